package informers_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/test/world"
)

// podsOf makes that many realistic pods.
func podsOf(n int) []*corev1.Pod {
	var pods []*corev1.Pod
	world.New(1, world.Size{Namespaces: max(n/100, 1), Pods: n, Nodes: 100}).Objects(func(o kruntime.Object) {
		if p, ok := o.(*corev1.Pod); ok {
			pods = append(pods, p)
		}
	})
	return pods
}

func projector(tb testing.TB, keep func(*check.Check) bool) *informers.Projector {
	tb.Helper()
	checks := slices.DeleteFunc(check.Catalog(), func(c check.Check) bool { return !keep(&c) })
	set, err := check.NewSet(checks)
	if err != nil {
		tb.Fatal(err)
	}
	return informers.NewProjector(set, func(id string, recovered any) { tb.Errorf("%s panicked: %v", id, recovered) })
}

const podSecurity = "pods_violating_pod_security"

// BenchmarkProjectPod is the cost of one pod event beyond decoding: with every pod check, without those of the Pod Security library,
// and with nothing else.
func BenchmarkProjectPod(b *testing.B) {
	pods := podsOf(1000)
	for name, keep := range map[string]func(*check.Check) bool{
		"all":                  func(*check.Check) bool { return true },
		"without-pod-security": func(c *check.Check) bool { return c.ID != podSecurity },
		"only-pod-security":    func(c *check.Check) bool { return c.ID == podSecurity },
		"no-checks":            func(*check.Check) bool { return false },
	} {
		b.Run(name, func(b *testing.B) {
			p := projector(b, keep)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p.Pod(pods[i%len(pods)])
			}
		})
	}
}

// BenchmarkMemoryPerPod is what one pod holds in memory once it is in the store, everything included.
func BenchmarkMemoryPerPod(b *testing.B) {
	const n = 100_000
	p := projector(b, func(*check.Check) bool { return true })
	for b.Loop() {
		before := heap()
		store := cache.NewIndexer(cache.DeletionHandlingMetaNamespaceKeyFunc, cache.Indexers{})
		for batch := range n / 1000 {
			for i, pod := range podsOf(1000) {
				// Copies as a decoder would make them: strings of their own, shared with nothing.
				pod.Namespace = fmt.Sprintf("namespace-%d", batch*50+i/20)
				pod.Name = fmt.Sprintf("%s-%d", pod.Name, batch)
				if err := store.Add(p.Pod(pod)); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(heap()-before)/float64(len(store.ListKeys())), "B/pod")
		runtime.KeepAlive(store)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
