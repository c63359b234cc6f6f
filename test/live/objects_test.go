package live_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/test/history"
)

func privilegedPod(name string) *corev1.Pod {
	p := history.PlainPod(name)
	p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
	return p
}

// workers is how many requests are under way at once where there are many to make.
const workers = 8

// each calls do for 0 to n-1 from several goroutines, and returns the first error.
func each(n int, do func(i int) error) error {
	var next atomic.Int64
	var once sync.Once
	var first error
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
				if err := do(i); err != nil {
					once.Do(func() { first = fmt.Errorf("number %d: %w", i, err) })
					return
				}
			}
		})
	}
	running.Wait()
	return first
}

// createPods makes pods from 0 to n-1.
func createPods(t *testing.T, client kubernetes.Interface, namespace string, n int, make func(i int) *corev1.Pod) {
	t.Helper()
	noError(t, each(n, func(i int) error {
		_, err := client.CoreV1().Pods(namespace).Create(context.Background(), make(i), create)
		return err
	}))
}
