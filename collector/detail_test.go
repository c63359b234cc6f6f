package collector_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/demo"
	posturemodel "github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// parse reads an exposition as Prometheus does.
func parse(t *testing.T, text []byte) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// recordedNames are the names of everything that the recorded cluster holds or refers to, but those that are also a namespace's.
func recordedNames(t *testing.T) map[string]bool {
	t.Helper()
	names, namespaces := make(map[string]bool), make(map[string]bool)
	files, err := fs.Glob(demo.Cluster(), "*/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		f, err := demo.Cluster().Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for decoder := yaml.NewYAMLOrJSONDecoder(f, 4096); ; {
			var o unstructured.Unstructured
			if err := decoder.Decode(&o.Object); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			collectNames(o.Object, names, namespaces)
		}
		f.Close()
	}
	for n := range namespaces {
		delete(names, n)
	}
	return names
}

// collectNames takes the names of an object, of the items of a list, and of what they refer to.
func collectNames(o map[string]any, names, namespaces map[string]bool) {
	items, _, _ := unstructured.NestedSlice(o, "items")
	for _, item := range items {
		collectNames(item.(map[string]any), names, namespaces)
	}
	name, _, _ := unstructured.NestedString(o, "metadata", "name")
	if o["kind"] == "Namespace" {
		namespaces[name] = true
		return
	}
	for _, path := range [][]string{{"metadata", "name"}, {"spec", "nodeName"}, {"spec", "serviceAccountName"}, {"roleRef", "name"}} {
		if n, _, _ := unstructured.NestedString(o, path...); n != "" {
			names[n] = true
		}
	}
	for _, path := range [][]string{{"metadata", "ownerReferences"}, {"subjects"}} {
		list, _, _ := unstructured.NestedSlice(o, path...)
		for _, entry := range list {
			if n, ok := entry.(map[string]any)["name"].(string); ok {
				names[n] = true
			}
		}
	}
}

// namesObject says whether a label holds one of the names. A level and a team are words of their own, which objects of the recording
// happen to be called as well.
func namesObject(l *dto.LabelPair, names map[string]bool) bool {
	return names[l.GetValue()] && l.GetName() != "level" && l.GetName() != "team"
}

// TestNamed: exactly the families that are marked hold names of objects, and without them no name is left.
func TestNamed(t *testing.T) {
	set := newSet(t)
	marked := make(map[string]bool)
	for _, m := range collector.Metrics(set) {
		marked[m.Name] = m.Named
		// The recording has no reviews, for instance, so that its names alone do not tell.
		for _, label := range []string{"kind", "node", "subject_name", "binding"} {
			if slices.Contains(m.Labels, label) && !m.Named {
				t.Errorf("%s has the label %s, and is not marked as Named", m.Name, label)
			}
		}
	}
	names := recordedNames(t)
	report := demoReport(t, set, defaultOptions())
	view := func() collector.View { return collector.View{Report: report, ConfigSuccessful: true} }
	holding := make(map[string]bool)
	for name, f := range parse(t, expose(t, collector.New(set, collector.NewCounters(nil), view))) {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if namesObject(l, names) {
					holding[name] = true
					if !marked[name] {
						t.Errorf("%s{%s=%q} is the name of an object, and %s is not marked as Named", name, l.GetName(), l.GetValue(), name)
					}
				}
			}
		}
	}
	for _, name := range []string{"finding", "cluster_admin_subject_info", "rbac_binding_created_timestamp_seconds", "node_unbounded_pods"} {
		if !holding[collector.Namespace+name] {
			t.Errorf("no name was found in %s: the test sees nothing", name)
		}
	}
	low := expose(t, collector.New(set, collector.NewCounters(nil), view, collector.WithoutNames))
	left := parse(t, low)
	for name, f := range left {
		if marked[name] {
			t.Errorf("%s is left", name)
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if namesObject(l, names) {
					t.Errorf("%s{%s=%q} is left", name, l.GetName(), l.GetValue())
				}
			}
		}
	}
	// What is left says what it always says.
	full := string(expose(t, collector.New(set, collector.NewCounters(nil), view)))
	for line := range strings.Lines(string(low)) {
		if !strings.Contains(full, line) {
			t.Errorf("only without names: %s", line)
		}
	}
	if len(left) < 40 {
		t.Errorf("only %d families are left", len(left))
	}
}

// FuzzLabels: no text of an object can break the exposition, take another's series, or grow without bound.
func FuzzLabels(f *testing.F) {
	for _, s := range []string{"", "a", "a\xff", "a\nb", `a"b\`, "\uFFFD", "\uFFFD\"a\"", "# HELP", "\x00", strings.Repeat("ä", 400)} {
		f.Add(s, s+"x")
	}
	f.Add("a\xff", `"a\xff"`) // the first must not be written as the second
	set := newSet(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		settings := posture.NewSettings(set, posture.Options{OwnerLabel: "team", FindingsLimit: 100})
		report := posture.Compute(hostile(a, b), settings, moment, func(id string, r any) { t.Errorf("%s: %v", id, r) })
		text := expose(t, collector.New(set, collector.NewCounters(nil), func() collector.View { return collector.View{Report: report} }))
		if !utf8.Valid(text) || len(text) > 256<<10 {
			t.Errorf("%d bytes, valid: %t", len(text), utf8.Valid(text))
		}
		want := 2
		if a == b {
			want = 1
		}
		teams := make(map[string]bool)
		for _, m := range parse(t, text)[collector.Namespace+"namespace_info"].GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "team" {
					teams[l.GetValue()] = true
				}
			}
		}
		if len(teams) != want {
			t.Errorf("%d teams, want %d: %v", len(teams), want, teams)
		}
	})
}

// hostile is a cluster of two texts wherever an object may have one.
func hostile(texts ...string) *posture.Snapshot {
	snap := &posture.Snapshot{}
	for k := range snap.Have {
		snap.Have[k] = true
	}
	for i, text := range texts {
		name := text + strings.Repeat(" ", i)
		snap.Namespaces = append(snap.Namespaces, &posturemodel.Namespace{
			Namespaced: posturemodel.Namespaced{Meta: posturemodel.NewMeta("", name)}, Self: posturemodel.Intern(name), Labels: posturemodel.NewLabelSet(map[string]string{"team": text})})
		snap.Pods = append(snap.Pods, posturemodel.NewPod(posturemodel.NewMeta(name, name), 0, posturemodel.Sym{},
			&posturemodel.Replica{Flags: posturemodel.Judged, Verdicts: posturemodel.Verdicts{Fail: 1<<64 - 1}}))
		snap.Nodes = append(snap.Nodes, &posturemodel.Node{Namespaced: posturemodel.Namespaced{Meta: posturemodel.NewMeta("", name)}})
	}
	return snap
}

// TestHostilePromtool asks the real tool about an exposition full of hostile names.
func TestHostilePromtool(t *testing.T) {
	promtool := os.Getenv("PROMTOOL")
	if testing.Short() || promtool == "" {
		t.Skip("PROMTOOL does not name the tool: run make test, which builds it")
	}
	set := newSet(t)
	settings := posture.NewSettings(set, posture.Options{OwnerLabel: "team", FindingsLimit: 10_000})
	snap := hostile("", "a\xff", "a\nb", `a"b`, `a\`, "a\x00", "\uFFFD", "{}", "# HELP", strings.Repeat("x", 1<<20))
	report := posture.Compute(snap, settings, moment, func(id string, r any) { t.Errorf("%s: %v", id, r) })
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = bytes.NewReader(expose(t, collector.New(set, collector.NewCounters(nil), func() collector.View { return collector.View{Report: report} })))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
