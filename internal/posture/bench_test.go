package posture_test

import (
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
	"github.com/kube-posture/kube-posture-exporter/test/world"
	"github.com/kube-posture/kube-posture-exporter/test/world/projected"
)

var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func newSet(tb testing.TB) *check.Set {
	tb.Helper()
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

func defaults(set *check.Set) *posture.Settings {
	return posture.NewSettings(set, posture.Options{
		OwnerLabel: "team", SystemNamespaces: []string{"kube-system", "kube-public", "kube-node-lease"}, FindingsLimit: 20000,
		Review: rbac.ReviewRule{Annotation: "kube-posture/reviewed-at", Period: 90 * 24 * time.Hour},
	})
}

// BenchmarkCompute is one scrape without its exposition: 100,000 pods in 5,000 namespaces with 10 network policies each.
func BenchmarkCompute(b *testing.B) {
	set := newSet(b)
	settings := defaults(set)
	for _, bench := range []struct {
		name string
		size world.Size
		// changed has a network policy change before each scrape, so that nothing about isolation is remembered.
		changed bool
	}{
		{"pods=10000", world.Size{Namespaces: 500, Pods: 10_000, Policies: 10, Bindings: 4, Nodes: 200}, false},
		{"pods=100000", world.Size{Namespaces: 5000, Pods: 100_000, Policies: 10, Bindings: 4, Nodes: 2000}, false},
		{"pods=100000/policies=changed", world.Size{Namespaces: 5000, Pods: 100_000, Policies: 10, Bindings: 4, Nodes: 2000}, true},
	} {
		b.Run(bench.name, func(b *testing.B) {
			snap := projected.Snapshot(b, set, world.New(1, bench.size))
			var engine posture.Engine
			engine.Compute(snap, settings, now, nil)
			b.ReportAllocs()
			for b.Loop() {
				if bench.changed {
					again := *snap.Policies[0]
					snap.Policies[0] = &again
				}
				engine.Compute(snap, settings, now, nil)
			}
		})
	}
}
