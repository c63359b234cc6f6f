package informers_test

import (
	"reflect"
	"runtime"
	"testing"

	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/test/world"
)

// BenchmarkMemoryPerObject is what one object of a kind holds in memory once it is in the store, everything included, for the kinds of which
// namespaces have several: ten network policies, four bindings and three ServiceAccounts each.
func BenchmarkMemoryPerObject(b *testing.B) {
	p := projector(b, every)
	for _, kind := range []model.Kind{model.NetworkPolicies, model.RoleBindings, model.ServiceAccounts, model.Namespaces} {
		b.Run(kind.String(), func(b *testing.B) {
			for b.Loop() {
				before := heap()
				store := cache.NewIndexer(cache.DeletionHandlingMetaNamespaceKeyFunc, cache.Indexers{})
				world.New(1, world.Size{Namespaces: 2000, Pods: 2000, Policies: 10, Bindings: 4}).Objects(func(o kruntime.Object) {
					if kindOf(b, o) != kind {
						return
					}
					out, err := p.Transform(kind)(decoded(b, o))
					if err != nil {
						b.Fatal(err)
					}
					if err := store.Add(out); err != nil {
						b.Fatal(err)
					}
				})
				b.ReportMetric(float64(heap()-before)/float64(len(store.ListKeys())), "B/object")
				runtime.KeepAlive(store)
			}
		})
	}
}

// message is what the API's types can do: their form on the wire.
type message interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// decoded is a copy of an object as a decoder makes it: its strings are its own, shared with nothing.
func decoded(tb testing.TB, o kruntime.Object) kruntime.Object {
	tb.Helper()
	data, err := o.(message).Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	out := reflect.New(reflect.TypeOf(o).Elem()).Interface()
	if err := out.(message).Unmarshal(data); err != nil {
		tb.Fatal(err)
	}
	return out.(kruntime.Object)
}
