package posture_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// TestDroppedFindingsTakeNothing: where nearly all findings are dropped, the objects go with them, and those that stay are about what they were about.
func TestDroppedFindingsTakeNothing(t *testing.T) {
	var pods []*model.Pod
	for i := range 200 {
		pods = append(pods, pod(fmt.Sprint("n", i%7), fmt.Sprint("w", i), plain|bothIn))
	}
	say := func(limit int) (*posture.Report, map[string]bool) {
		set := twoChecks(t)
		r := posture.Compute(podsOnly(pods...), posture.NewSettings(set, posture.Options{FindingsLimit: limit}), now, noPanic(t))
		said := make(map[string]bool)
		for _, f := range r.Findings {
			o := r.Objects[f.Object]
			said[fmt.Sprint(f.Check, r.Namespaces[o.Namespace], o.Kind, o.Name, f.Count)] = true
		}
		return r, said
	}
	_, all := say(1000)
	for _, limit := range []int{1, 5, 20, 39} {
		r, few := say(limit)
		if len(few) != limit || r.Dropped != len(all)-limit {
			t.Errorf("limit %d: %d of %d findings, %d dropped", limit, len(few), len(all), r.Dropped)
		}
		if len(r.Objects) > limit {
			t.Errorf("limit %d: %d objects are kept", limit, len(r.Objects))
		}
		for f := range few {
			if !all[f] {
				t.Errorf("limit %d: %s is no finding without a limit", limit, f)
			}
		}
	}
}

// TestDroppedWhileMoreAreFound: which findings stay does not depend on when the others are dropped, and be it while more are found, nor on the
// order of the objects.
func TestDroppedWhileMoreAreFound(t *testing.T) {
	const limit, many, few = 100, 9000, 30
	var pods []*model.Pod
	for i := range many {
		pods = append(pods, pod(fmt.Sprint("n", i%7), fmt.Sprint("w", i), plain|bothIn))
	}
	say := func(limit int, pods ...*model.Pod) []string {
		r := posture.Compute(podsOnly(pods...), posture.NewSettings(twoChecks(t), posture.Options{FindingsLimit: limit}), now, noPanic(t))
		if len(r.Findings) != limit || r.Dropped != 2*many-limit || len(r.Objects) > limit {
			t.Errorf("limit %d: %d findings, %d dropped, %d objects", limit, len(r.Findings), r.Dropped, len(r.Objects))
		}
		var said []string
		for _, f := range r.Findings {
			o := r.Objects[f.Object]
			said = append(said, fmt.Sprint(f.Check, r.Namespaces[o.Namespace], o.Kind, o.Name, f.Count))
		}
		slices.Sort(said)
		return said
	}
	want := say(limit, pods...)
	slices.Reverse(pods)
	if got := say(limit, pods...); !slices.Equal(got, want) {
		t.Errorf("in the other order others stay: %v, and %v", got, want)
	}
	// With a limit as high nothing is dropped before the end.
	all := say(many, pods...)
	for _, of := range [][]string{want, say(few, pods...)} {
		for _, f := range of {
			if _, ok := slices.BinarySearch(all, f); !ok {
				t.Errorf("%s stays, but not with a higher limit", f)
			}
		}
	}
	for _, f := range say(few, pods...) {
		if !slices.Contains(want, f) {
			t.Errorf("%s stays with the limit %d, but not with %d", f, few, limit)
		}
	}
}
