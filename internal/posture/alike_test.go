package posture_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/test/world"
	"github.com/kube-posture/kube-posture-exporter/test/world/projected"
)

// TestAlike: a report says the same when no two pods have anything in common by which they could be judged together.
func TestAlike(t *testing.T) {
	set := newSet(t)
	for seed := range uint64(6) {
		whole := projected.Snapshot(t, set, world.New(seed, world.Size{Namespaces: 5, Pods: 150, Policies: 3, Bindings: 2, Nodes: 3}))
		for _, snap := range []*posture.Snapshot{whole, without(whole, model.Nodes)} {
			unlike := *snap
			unlike.Pods = nil
			together := make(map[any]bool)
			for i, p := range snap.Pods {
				together[p.Replica] = true
				alone := *p
				change(&alone, func(r *model.Replica) {
					for of := range model.ResourceCount {
						// It says nothing of a resource that is unbounded, and nothing at all where there are no nodes.
						if r.Unbounded(of) || !snap.Have[model.Nodes] {
							r.Limits[of] = int64(i)
						}
					}
				})
				unlike.Pods = append(unlike.Pods, &alone)
			}
			if len(together) > len(snap.Pods)/2 {
				t.Fatalf("only %d pods of %d have something in common", len(snap.Pods)-len(together), len(snap.Pods))
			}
			sameReport(t, fmt.Sprintf("seed %d, nodes %v", seed, snap.Have[model.Nodes]),
				posture.Compute(&unlike, defaults(set), now, noPanic(t)), posture.Compute(snap, defaults(set), now, noPanic(t)))
		}
	}
}

// TestAlikeByName: pods that have nobody above them are each one of their own, however alike they are.
func TestAlikeByName(t *testing.T) {
	named := func(name string, owner model.OwnerRef) *model.Pod {
		r := model.Replica{Flags: model.Judged, Verdicts: model.Verdicts{Fail: plain}, Labels: model.NewLabelSet(nil), Owner: owner}
		return model.NewPod(model.NewMeta("prod", name), 0, model.Sym{}, &r)
	}
	replicas, odd := ownedBy("apps/v1", "ReplicaSet", "web-1", "", ""), ownedBy("apps/v1", "ReplicaSet", "odd", "", "")
	snap := podsOnly(
		named("a", model.OwnerRef{}), named("b", model.OwnerRef{}), named("c", ownedBy("v1", "Pod", "a", "", "")), named("d", ownedBy("v1", "Pod", "a", "", "")),
		named("e", replicas), named("f", replicas), named("g", odd), named("h", odd),
	)
	snap.Have[model.ReplicaSets], snap.Objects[model.ReplicaSets] = true, 2
	snap.Controlled = func(_ model.Kind, _, name string) *model.Controlled {
		if name == "odd" { // nobody makes one, and nothing forbids it
			return &model.Controlled{Owner: ownedBy("v1", "Pod", "a", "", "")}
		}
		return &model.Controlled{Owner: ownedBy("apps/v1", "Deployment", "web", "", "")}
	}
	got := slices.DeleteFunc(result(t, twoChecks(t), posture.Options{}, snap), func(line string) bool { return line[0] != 'f' })
	want := []string{`finding plain "prod" Deployment web 2`}
	for _, name := range []string{"a", "b", "c", "d", "g", "h"} {
		want = append(want, fmt.Sprintf(`finding plain "prod" Pod %s 1`, name))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
