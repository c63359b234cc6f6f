// Package projected makes snapshots of seeded worlds, as the informers would have filled them.
//
// It must never project in a way of its own. Tests and benchmarks of what reads snapshots import it.
package projected

import (
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
		switch o := out.(type) {
		case *model.Pod:
			snap.Pods = append(snap.Pods, o)
		case *model.Namespace:
			snap.Namespaces = append(snap.Namespaces, o)
		case *model.Node:
			snap.Nodes = append(snap.Nodes, o)
		case *model.ServiceAccount:
			snap.ServiceAccounts = append(snap.ServiceAccounts, o)
		case *model.LimitRange:
			snap.LimitRanges = append(snap.LimitRanges, o)
		case *model.ResourceQuota:
			snap.ResourceQuotas = append(snap.ResourceQuotas, o)
		case *model.NetworkPolicy:
			snap.NetworkPolicies = append(snap.NetworkPolicies, o)
		case *model.Role:
			snap.Roles = append(snap.Roles, o)
		case *model.Binding:
			snap.Bindings = append(snap.Bindings, o)
		case *model.Controlled:
			controlled[o.Namespace()+"/"+o.Name] = o
		}
	})
	snap.Controlled = func(_ model.Kind, namespace, name string) *model.Controlled { return controlled[namespace+"/"+name] }
	return snap
}
