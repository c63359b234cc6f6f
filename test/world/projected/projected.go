// Package projected makes snapshots of seeded worlds, as the informers would have filled them.
//
// It must never project in a way of its own. Tests and benchmarks of what reads snapshots import it.
package projected

import (
	"math/rand/v2"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/test/world"
)

// Snapshot projects a world; every kind is there. A check that panics fails the test.
func Snapshot(tb testing.TB, set *check.Set, w *world.World) *posture.Snapshot {
	tb.Helper()
	return With(tb, informers.NewProjector(set, func(id string, recovered any) { tb.Errorf("%s panicked: %v", id, recovered) }), w)
}

// With is Snapshot by a projector of the caller's.
func With(tb testing.TB, p *informers.Projector, w *world.World) *posture.Snapshot {
	tb.Helper()
	snap := &posture.Snapshot{}
	for k := range snap.Have {
		snap.Have[k] = true
	}
	controlled := make(map[string]*model.Controlled)
	w.Objects(func(o runtime.Object) {
		kind := model.Pods
		if _, ok := o.(*metav1.PartialObjectMetadata); ok {
			kind = model.ReplicaSets
		}
		out, err := p.Transform(kind)(o)
		if err != nil {
			tb.Fatal(err)
		}
		if o, ok := out.(*model.Controlled); ok {
			controlled[o.Namespace()+"/"+o.Name()] = o
			snap.Objects[kind]++
		}
		snap.Add(out)
	})
	// A store has them in no order, least of all in that of memory.
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(snap.Pods), func(i, j int) { snap.Pods[i], snap.Pods[j] = snap.Pods[j], snap.Pods[i] })
	snap.Controlled = func(_ model.Kind, namespace, name string) *model.Controlled { return controlled[namespace+"/"+name] }
	return snap
}
