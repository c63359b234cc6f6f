package posture_test

import (
	"testing"

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
