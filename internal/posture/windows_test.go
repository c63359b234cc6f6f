package posture_test

import (
	"slices"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// TestWindows: the node decides whether a pod runs on Windows, and the pod itself while no node is
// known. Replicas that agree in everything but their node are judged by it.
func TestWindows(t *testing.T) {
	set, err := check.NewSet([]check.Check{
		{ID: "plain", Severity: check.High, Needs: []model.Kind{model.Pods}, LinuxOnly: true, Judge: check.PodJudge(func(*check.Pod, *check.Report) {})},
		{ID: "both", Severity: check.Low, Needs: []model.Kind{model.Pods}, Labels: []check.Label{{Name: "way", Values: []string{"in", "out"}}},
			Judge: check.PodJudge(func(*check.Pod, *check.Report) {})},
	})
	if err != nil {
		t.Fatal(err)
	}
	node := func(name string, os model.OS) *model.Node {
		return &model.Node{Namespaced: model.Namespaced{Meta: model.NewMeta("", name)}, OS: os}
	}
	nodes := []*model.Node{node("lin", model.Linux), node("win", model.Windows), node("silent", model.UnknownOS)}
	claiming, silent := model.Judged|model.ClaimsWindows, model.Judged
	for _, tc := range []struct {
		name  string
		flags model.PodFlags
		on    []string
		// fails are how many fail the check that Windows does not have; all fail the other.
		fails string
	}{
		{"says nothing, on Linux", silent, []string{"lin"}, "1"},
		{"says nothing, on Windows", silent, []string{"win"}, "0"},
		{"says nothing, not scheduled", silent, []string{""}, "1"},
		{"claims Windows, on Linux", claiming, []string{"lin"}, "1"},
		{"claims Windows, on Windows", claiming, []string{"win"}, "0"},
		{"claims Windows, not scheduled", claiming, []string{""}, "0"},
		{"claims Windows, on a node that does not say", claiming, []string{"silent"}, "0"},
		{"claims Windows, on a node that is not there", claiming, []string{"gone"}, "0"},
		{"replicas everywhere", silent, []string{"lin", "win", "lin", "", "win"}, "3"},
		{"claiming replicas everywhere", claiming, []string{"lin", "win", "lin", "", "win"}, "2"},
	} {
		var pods []*model.Pod
		for _, on := range tc.on {
			p := pod("a", "web", plain|bothIn)
			p.Node = model.Intern(on)
			change(p, func(r *model.Replica) { r.Flags = tc.flags })
			pods = append(pods, p)
		}
		for _, listed := range []bool{true, false} {
			s := podsOnly(pods...)
			want := tc.fails
			if s.Have[model.Nodes] = listed; listed {
				s.Nodes = nodes
			} else if want = "0"; tc.flags == silent {
				want = string(rune('0' + len(pods)))
			}
			got := result(t, set, posture.Options{}, s)
			if all := `count both[in] "a" ` + string(rune('0'+len(pods))); !slices.Contains(got, `count plain[] "a" `+want) || !slices.Contains(got, all) {
				t.Errorf("%s, nodes listed %t: %q, want %s to fail", tc.name, listed, got, want)
			}
		}
	}
}

// TestWindowsKeepsUnknown: a check that broke is unknown on Windows too.
func TestWindowsKeepsUnknown(t *testing.T) {
	set := newSet(t)
	p := pod("a", "web", 0)
	change(p, func(r *model.Replica) {
		r.Flags |= model.ClaimsWindows
		r.Verdicts = model.Verdicts{Unknown: set.LinuxOnly()}
	})
	r := posture.Compute(podsOnly(p), defaults(set), now, noPanic(t))
	for _, e := range set.Entries() {
		if e.LinuxOnly && r.Checks[e.Index].Results != [posture.ResultCount]int{posture.Unknown: 1} {
			t.Errorf("%s: %v, want unknown", e.ID, r.Checks[e.Index].Results)
		}
	}
	if set.LinuxOnly() == 0 {
		t.Error("no check is for Linux only")
	}
}
