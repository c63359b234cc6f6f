package collector_test

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/kube-posture/kube-posture-exporter/collector"
	posturemodel "github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/test/world"
	"github.com/kube-posture/kube-posture-exporter/test/world/projected"
)

// TestNothingBeforeReady: before every required kind is known there is no word about posture, not even a zero.
func TestNothingBeforeReady(t *testing.T) {
	set := newSet(t)
	c := collector.New(set, collector.NewCounters([]string{"x"}), func() collector.View {
		return collector.View{Informers: []collector.Informer{{Resource: "pods"}}}
	})
	var self []string
	for _, m := range collector.Metrics(set) {
		if strings.HasPrefix(m.Name, "kube_posture_informer_") || strings.HasPrefix(m.Name, "kube_posture_config_") ||
			slices.Contains([]string{"kube_posture_check_panics_total"}, m.Name) {
			self = append(self, m.Name)
		}
	}
	got := string(expose(t, c))
	for line := range strings.Lines(got) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "{")
		name, _, _ = strings.Cut(name, " ")
		if !strings.HasPrefix(line, "#") && !slices.Contains(self, name) {
			t.Errorf("said before anything is known: %s", line)
		}
	}
	if !strings.Contains(got, `kube_posture_informer_synced{resource="pods"} 0`) {
		t.Error("and not that pods are not synced")
	}
}

// TestEveryFamilyIsDescribed: what is exposed is what the documentation's list says, with those labels and no others.
func TestEveryFamilyIsDescribed(t *testing.T) {
	set := newSet(t)
	described := make(map[string]collector.Metric)
	for _, m := range collector.Metrics(set) {
		described[m.Name] = m
	}
	var parser = expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(expose(t, demoCollector(t))))
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range families {
		m, ok := described[name]
		if !ok {
			t.Errorf("%s is not described", name)
		}
		if f.GetHelp() != m.Help {
			t.Errorf("%s: help %q, described as %q", name, f.GetHelp(), m.Help)
		}
		for _, pair := range f.GetMetric()[0].GetLabel() {
			if !slices.Contains(m.Labels, pair.GetName()) {
				t.Errorf("%s has a label %s that is not described", name, pair.GetName())
			}
		}
	}
	for _, e := range set.Entries() {
		if e.ID == "network_policies_unenforced" {
			continue // the recording has no DaemonSets, so that nobody can tell
		}
		if families[collector.Namespace+e.ID] == nil {
			t.Errorf("the recorded cluster has no %s", e.ID)
		}
	}
}

// TestHostileNames: no name can break the exposition, take another's place or end a scrape.
func TestHostileNames(t *testing.T) {
	set := newSet(t)
	names := []string{"", "a", "a\xff", "a\xfe", `a\xff`, "a\nb", `a"b`, `a\`, "a\x00", strings.Repeat("x", 1<<20), "ä", "{}", "# HELP"}
	snap := &posture.Snapshot{}
	for k := range snap.Have {
		snap.Have[k] = true
	}
	for _, name := range names {
		snap.Namespaces = append(snap.Namespaces, &posturemodel.Namespace{
			Namespaced: posturemodel.Namespaced{Meta: posturemodel.NewMeta("", name)}, Self: posturemodel.Intern(name), Labels: posturemodel.NewLabelSet(map[string]string{"team": name})})
		snap.Pods = append(snap.Pods, posturemodel.NewPod(posturemodel.NewMeta(name, name), 0, posturemodel.Sym{},
			&posturemodel.Replica{Flags: posturemodel.Judged, Verdicts: posturemodel.Verdicts{Fail: 1<<64 - 1}}))
		snap.Nodes = append(snap.Nodes, &posturemodel.Node{Namespaced: posturemodel.Namespaced{Meta: posturemodel.NewMeta("", name)}})
		b := &posturemodel.Binding{Namespaced: posturemodel.Namespaced{Meta: posturemodel.NewMeta("", name)}, RoleKind: "ClusterRole", RoleName: "all"}
		for _, other := range names {
			b.Subjects = append(b.Subjects, posturemodel.Subject{Kind: posturemodel.User, Name: other})
		}
		snap.Bindings = append(snap.Bindings, b)
	}
	all := []string{"*"}
	snap.Roles = []*posturemodel.Role{{Namespaced: posturemodel.Namespaced{Meta: posturemodel.NewMeta("", "all")},
		Rules: []posturemodel.Rule{{Verbs: all, APIGroups: all, Resources: all}}}}
	settings := posture.NewSettings(set, posture.Options{OwnerLabel: "team", FindingsLimit: 10_000})
	report := posture.Compute(snap, settings, moment, func(id string, r any) { t.Errorf("%s: %v", id, r) })
	c := collector.New(set, collector.NewCounters(nil), func() collector.View { return collector.View{Report: report} })
	text := expose(t, c)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 10<<20 {
		t.Errorf("the exposition has %d bytes", len(text))
	}
	if n := len(families["kube_posture_cluster_admin_subject_info"].GetMetric()); n != len(names)*len(names) {
		t.Errorf("%d admins, want %d: names took each other's place", n, len(names)*len(names))
	}
}

// TestConcurrentScrapes: scrapes share nothing that they change.
func TestConcurrentScrapes(t *testing.T) {
	set := newSet(t)
	snap := projected.Snapshot(t, set, world.New(1, world.Size{Namespaces: 20, Pods: 400, Policies: 2, Bindings: 2, Nodes: 5}))
	settings := posture.NewSettings(set, defaultOptions())
	var engine posture.Engine
	counters := collector.NewCounters(nil)
	c := collector.New(set, counters, func() collector.View {
		return collector.View{Report: engine.Compute(snap, settings, moment, func(string, any) {})}
	})
	ways := []func() []byte{
		func() []byte { return expose(t, c) },
		func() []byte { return encode(t, served(t, c), expfmt.NewFormat(expfmt.TypeTextPlain)) },
	}
	var wg sync.WaitGroup
	for _, way := range ways {
		want := way()
		for range 4 {
			wg.Go(func() {
				for range 5 {
					if got := way(); !bytes.Equal(want, got) {
						t.Error("two scrapes of the same world differ")
					}
				}
			})
		}
	}
	wg.Wait()
}
