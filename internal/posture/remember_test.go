package posture_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/test/world"
	"github.com/kube-posture/kube-posture-exporter/test/world/projected"
)

// TestRemembered: an engine that has seen other pods, policies and namespaces says what one says that has seen nothing.
func TestRemembered(t *testing.T) {
	set := newSet(t)
	for seed := range uint64(12) {
		whole := projected.Snapshot(t, set, world.New(seed, world.Size{Namespaces: 6, Pods: 120, Policies: 3, Bindings: 2, Nodes: 3}))
		rng := rand.New(rand.NewPCG(seed, 7))
		now, engine, settings := now, new(posture.Engine), defaults(set)
		snap := *whole
		for step := range 40 {
			snap.Pods, snap.Policies, snap.Namespaces = whole.Pods, whole.Policies, whole.Namespaces
			switch step % 5 {
			case 1: // replicas, or all pods of a kind, are gone
				snap.Pods = sample(rng, whole.Pods)
			case 2: // one cannot be read any more
				snap.Pods = append([]*model.Pod{}, whole.Pods...)
				i := rng.IntN(len(snap.Pods))
				torn := *snap.Pods[i]
				change(&torn, func(r *model.Replica) { r.Flags |= model.BrokenPod })
				snap.Pods[i] = &torn
			case 3:
				snap.Policies = sample(rng, whole.Policies)
			case 4:
				snap.Namespaces = sample(rng, whole.Namespaces)
			}
			sameReport(t, fmt.Sprintf("seed %d, step %d", seed, step), posture.Compute(&snap, settings, now, noPanic(t)), engine.Compute(&snap, settings, now, noPanic(t)))
		}
	}
}

// sample is a list without some of its members, in another order.
func sample[T any](rng *rand.Rand, list []*T) []*T {
	out := shuffled(rng, list)
	return out[:len(out)-rng.IntN(1+len(out)/3)]
}

// TestRememberedAcrossKinds: a kind that may not be listed any more is not forgotten to matter.
func TestRememberedAcrossKinds(t *testing.T) {
	set := newSet(t)
	snap := projected.Snapshot(t, set, world.New(1, small))
	var engine posture.Engine
	engine.Compute(snap, defaults(set), now, noPanic(t))
	for kind := range model.KindCount {
		if network.Unread(kind, network.Source{}, "x") == nil {
			continue
		}
		part := without(snap, kind)
		sameReport(t, "without "+kind.String(), posture.Compute(part, defaults(set), now, noPanic(t)), engine.Compute(part, defaults(set), now, noPanic(t)))
		sameReport(t, "with "+kind.String(), posture.Compute(snap, defaults(set), now, noPanic(t)), engine.Compute(snap, defaults(set), now, noPanic(t)))
	}
}

// TestGivenUp: a computation that is given up, wherever it is, says nothing and leaves nothing
// behind.
func TestGivenUp(t *testing.T) {
	set := newSet(t)
	whole := projected.Snapshot(t, set, world.New(3, world.Size{Namespaces: 4, Pods: 60, Policies: 3, Bindings: 2, Nodes: 3}))
	settings := defaults(set)
	want := posture.Compute(whole, settings, now, noPanic(t))
	var engine posture.Engine
	given := 0
	for after := 0; ; after++ {
		again := *whole
		again.Policies = slices.Clone(whole.Policies)
		changed := *again.Policies[0]
		again.Policies[0] = &changed // so that nothing of the policies is remembered
		asked := 0
		r := engine.ComputeUnless(func() bool { asked++; return asked > after }, &again, settings, now, noPanic(t))
		if r != nil {
			sameReport(t, "not given up", want, r)
			break
		}
		given++
		sameReport(t, fmt.Sprintf("after one that was given up at %d", after), want, engine.Compute(whole, settings, now, noPanic(t)))
	}
	if given < 10 {
		t.Errorf("it asked %d times only whether to go on", given)
	}
}

// TestRememberedAcrossVersions: the version of the API server decides what a role gives, though no
// role has changed.
func TestRememberedAcrossVersions(t *testing.T) {
	set := newSet(t)
	snap := projected.Snapshot(t, set, world.New(1, small))
	snap.Roles = append(snap.Roles, &model.Role{Namespaced: model.Namespaced{Meta: model.NewMeta("", "exec")},
		Rules: []model.Rule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods/exec"}}}})
	snap.Bindings = append(snap.Bindings, &model.Binding{Namespaced: model.Namespaced{Meta: model.NewMeta("", "exec")},
		RoleKind: "ClusterRole", RoleName: "exec", Subjects: []model.Subject{{Kind: model.User, Name: "eve"}}})
	var engine posture.Engine
	counts := make(map[string]int)
	for _, version := range []string{"v1.34.3", "v1.35.0", "v1.34.3"} {
		snap.KubernetesVersion = version
		report := engine.Compute(snap, defaults(set), now, noPanic(t))
		sameReport(t, version, posture.Compute(snap, defaults(set), now, noPanic(t)), report)
		for _, a := range report.Access {
			if a.Name == "exec-pods" {
				counts[version] = a.Subjects
			}
		}
	}
	if counts["v1.34.3"] != counts["v1.35.0"]+1 {
		t.Errorf("subjects with exec-pods by version: %v; get pods/exec counts before v1.35", counts)
	}
}
