package collector_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/kube-posture/kube-posture-exporter/collector"
	posturemodel "github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// many is how much of everything the flood makes, limit how many names each list may hold.
const many, limit = 400, 100

func grant(namespace, name string, subject posturemodel.Subject) *posturemodel.Binding {
	return &posturemodel.Binding{
		Namespaced: posturemodel.Namespaced{Meta: posturemodel.NewMeta(namespace, name)},
		RoleKind:   "ClusterRole", RoleName: "all", Subjects: []posturemodel.Subject{subject}, Created: time.Unix(1e9, 0),
		Annotations: posturemodel.NewLabelSet(map[string]string{"reviewed": "2020-01-02"}),
	}
}

// flooded is a cluster with more of everything that has a name than the limit, nearly all of it in
// or by one namespace.
func flooded() *posture.Snapshot {
	snap := &posture.Snapshot{}
	for k := range snap.Have {
		snap.Have[k] = true
	}
	meta := func(name string) posturemodel.Namespaced {
		return posturemodel.Namespaced{Meta: posturemodel.NewMeta("", name)}
	}
	account := func(namespace, name string) posturemodel.Subject {
		return posturemodel.Subject{Kind: posturemodel.ServiceAccountSubject, Namespace: namespace, Name: name}
	}
	for _, name := range []string{"flood", "shop"} {
		snap.Namespaces = append(snap.Namespaces, &posturemodel.Namespace{Namespaced: meta(name), Self: posturemodel.Intern(name)})
	}
	all := []string{"*"}
	snap.Roles = []*posturemodel.Role{{Namespaced: meta("all"), Rules: []posturemodel.Rule{{Verbs: all, APIGroups: all, Resources: all}}}}
	for i := range many {
		name := fmt.Sprint("x", i)
		snap.Nodes = append(snap.Nodes, &posturemodel.Node{Namespaced: meta(name), Allocatable: [posturemodel.ResourceCount]int64{1000, 1000}})
		snap.Bindings = append(snap.Bindings, grant("", name, account("flood", name)), grant("flood", name, account("flood", name)))
		snap.Pods = append(snap.Pods, posturemodel.NewPod(posturemodel.NewMeta("flood", name), 0, posturemodel.Sym{},
			&posturemodel.Replica{Flags: posturemodel.Judged, Verdicts: posturemodel.Verdicts{Fail: 1<<64 - 1}}))
	}
	snap.Bindings = append(snap.Bindings,
		grant("", "root", posturemodel.Subject{Kind: posturemodel.User, Name: "ann"}), grant("", "shop", account("shop", "deployer")),
		grant("shop", "owners", posturemodel.Subject{Kind: posturemodel.Group, Name: "owners"}))
	return snap
}

func labelOf(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// TestEveryFamilyOfNamesIsBounded: a family that is marked as Named has at most so many series,
// whatever there is in the cluster, and what is left out is counted. One that is added without a
// bound fails here.
func TestEveryFamilyOfNamesIsBounded(t *testing.T) {
	set := newSet(t)
	settings := posture.NewSettings(set, posture.Options{
		FindingsLimit: limit, NamesLimit: limit, Review: rbac.ReviewRule{Annotation: "reviewed", Period: time.Hour},
	})
	report := posture.Compute(flooded(), settings, moment, func(id string, r any) { t.Errorf("%s: %v", id, r) })
	view := func() collector.View { return collector.View{Report: report} }
	families := parse(t, expose(t, collector.New(set, collector.NewCounters(nil), view)))
	for _, m := range collector.Metrics(set) {
		if !m.Named {
			continue
		}
		bound := limit
		if strings.HasPrefix(m.Name, collector.Namespace+"node_") {
			bound *= int(posturemodel.ResourceCount)
		}
		n := len(families[m.Name].GetMetric())
		if n > bound {
			t.Errorf("%s has %d series, and %d are its bound", m.Name, n, bound)
		}
		if n < limit && !strings.HasSuffix(m.Name, "_dropped") {
			t.Errorf("%s has %d series: the test does not reach its bound", m.Name, n)
		}
	}
	// 400 of each are the flood's, beside 2 cluster-admins and 3 privileged bindings of others.
	for list, want := range map[string]float64{"cluster_admins": many + 2 - limit, "nodes": many - limit, "privileged_bindings": 2*many + 3 - limit} {
		found := false
		for _, m := range families[collector.Namespace+"names_dropped"].GetMetric() {
			if labelOf(m, "list") == list {
				found = true
				if got := m.GetGauge().GetValue(); got != want {
					t.Errorf("%v are dropped of %s, want %v", got, list, want)
				}
			}
		}
		if !found {
			t.Errorf("how much of %s is dropped is not served", list)
		}
	}
	for family, names := range map[string][]string{
		"cluster_admin_subject_info": {"ann", "deployer"}, "rbac_binding_created_timestamp_seconds": {"owners"},
	} {
		for _, name := range names {
			found := false
			for _, m := range families[collector.Namespace+family].GetMetric() {
				found = found || labelOf(m, "name") == name || labelOf(m, "subject_name") == name
			}
			if !found {
				t.Errorf("the flood displaced %s from %s", name, family)
			}
		}
	}
}

// TestUnknownListsDropNothingKnown: a list that is unknown has no count of what is dropped.
func TestUnknownListsDropNothingKnown(t *testing.T) {
	set := newSet(t)
	snap := flooded()
	snap.Have[posturemodel.Nodes], snap.Have[posturemodel.ClusterRoleBindings] = false, false
	report := posture.Compute(snap, posture.NewSettings(set, posture.Options{}), moment, func(id string, r any) { t.Errorf("%s: %v", id, r) })
	view := func() collector.View { return collector.View{Report: report} }
	text := expose(t, collector.New(set, collector.NewCounters(nil), view))
	if f := parse(t, text)[collector.Namespace+"names_dropped"]; f != nil {
		t.Errorf("without nodes and ClusterRoleBindings: %v", f.GetMetric())
	}
}
