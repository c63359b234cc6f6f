package live_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// image is never pulled: nothing runs the pods.
const image = "registry.example/app:1"

func named(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }

// plainPod says nothing but what it must.
func plainPod(name string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: named(name), Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: image}}}}
}

func privilegedPod(name string) *corev1.Pod {
	p := plainPod(name)
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
