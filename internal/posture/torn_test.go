package posture_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// TestReachOfTornPods: a pod that could not be decoded may reach others and be reached, so that no 0 is certain.
func TestReachOfTornPods(t *testing.T) {
	set := newSet(t)
	torn := model.NewPod(model.NewMeta("b", "torn"), 0, model.Sym{}, &model.Replica{Flags: model.Judged | model.BrokenPod})
	s := podsOnly(pod("a", "web", 0), torn)
	for k := range s.Have {
		s.Have[k] = true
	}
	for _, name := range []string{"a", "b"} {
		self := model.Intern(name)
		s.Namespaces = append(s.Namespaces, &model.Namespace{Namespaced: model.Namespaced{Meta: model.NewMeta("", name)}, Self: self, Labels: model.NewLabelSet(nil)})
	}
	for _, state := range posture.Compute(s, defaults(set), now, noPanic(t)).States {
		if state.ReachableFrom == 0 || state.FromOutside == check.No {
			t.Errorf("%s: reachable from %d namespaces, from outside %v", state.Name, state.ReachableFrom, state.FromOutside)
		}
	}
}

// TestPodsWithTooManyLabels: what policies make of a pod whose labels are not kept is unknown, and
// whatever does not depend on its labels is judged.
func TestPodsWithTooManyLabels(t *testing.T) {
	set := newSet(t)
	projector := informers.NewProjector(set, func(string, any) {})
	snap := &posture.Snapshot{}
	for k := range snap.Have {
		snap.Have[k] = true
	}
	add := func(kind model.Kind, o any) {
		projected, err := projector.Transform(kind)(o)
		if err != nil {
			t.Fatal(err)
		}
		snap.Add(projected)
	}
	many := map[string]string{"app": "web"}
	for i := range 1000 {
		many[fmt.Sprint("padding-", i)] = strings.Repeat("x", 60)
	}
	privileged := corev1.PodSpec{Containers: []corev1.Container{{Name: "c", SecurityContext: &corev1.SecurityContext{Privileged: new(true)}}}}
	add(model.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "a"}})
	add(model.Pods, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "web", Labels: many}, Spec: privileged})
	add(model.NetworkPolicies, &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "p"}, Spec: networkingv1.NetworkPolicySpec{
		PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
	}})
	r := posture.Compute(snap, defaults(set), now, noPanic(t))
	for i, e := range set.Entries() {
		got := r.Checks[i].Results
		switch e.ID {
		case "pods_without_network_policy", "network_policies_selecting_nothing":
			if got[posture.Unknown] == 0 || got[posture.Pass]+got[posture.Fail] > 0 {
				t.Errorf("%s: %v, want it unknown", e.ID, got)
			}
		case "pods_privileged":
			if got[posture.Fail] != 1 {
				t.Errorf("%s: %v, want 1 to fail", e.ID, got)
			}
		}
	}
	p, err := posture.ExplainNetwork(snap, "a", "web", defaults(set))
	if err != nil || !p.TooManyLabels {
		t.Errorf("explain: %+v, %v", p, err)
	}
}

// TestPolicyWithTooLargeSelector: such a policy is unknown for the pods of its namespace, and for
// no other.
func TestPolicyWithTooLargeSelector(t *testing.T) {
	set := newSet(t)
	projector := informers.NewProjector(set, func(string, any) {})
	snap := &posture.Snapshot{}
	for k := range snap.Have {
		snap.Have[k] = true
	}
	add := func(kind model.Kind, o any) {
		projected, err := projector.Transform(kind)(o)
		if err != nil {
			t.Fatal(err)
		}
		snap.Add(projected)
	}
	values := make([]string, 10_000)
	for i := range values {
		values[i] = fmt.Sprint("value-", i)
	}
	for _, name := range []string{"a", "b"} {
		add(model.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
		add(model.Pods, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: "web", Labels: map[string]string{"app": "web"}}})
	}
	add(model.NetworkPolicies, &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "p"}, Spec: networkingv1.NetworkPolicySpec{
		PodSelector: metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpNotIn, Values: values}}},
	}})
	r := posture.Compute(snap, defaults(set), now, noPanic(t))
	for i, e := range set.Entries() {
		if e.ID == "pods_without_network_policy" && (r.Checks[i].Results[posture.Unknown] != 1 || r.Checks[i].Results[posture.Fail] != 1) {
			t.Errorf("%v, want the pod of a unknown and that of b to fail", r.Checks[i].Results)
		}
	}
	note := strings.Join(r.Notes, "\n")
	if !strings.Contains(note, "NetworkPolicy a/p: what it does is unknown") || !strings.Contains(note, "split it") || len(note) > 1000 {
		t.Errorf("notes of %d bytes: %.500s", len(note), note)
	}
}
