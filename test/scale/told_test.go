package scale

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
)

// told is what the API server has told a watch of a pod, and when.
type told struct {
	kind watch.EventType
	name string
	at   time.Time
}

// listen has the API server tell of the pods of a namespace until ctx ends: whoever else watches them is told no sooner.
func listen(ctx context.Context, client kubernetes.Interface, namespace string) (<-chan told, error) {
	// Any state will do for a beginning, also one from before what is behind.
	watcher, err := client.CoreV1().Pods(namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: "0"})
	if err != nil {
		return nil, err
	}
	all := make(chan told, 100)
	go func() {
		defer close(all)
		defer watcher.Stop()
		for event := range watcher.ResultChan() {
			if pod, ok := event.Object.(*corev1.Pod); ok {
				all <- told{event.Type, pod.Name, time.Now()}
			}
		}
	}()
	return all, nil
}

// when is the time at which something was told; what was told before it is forgotten.
func when(ctx context.Context, all <-chan told, kind watch.EventType, name string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, tooLate)
	defer cancel()
	for {
		select {
		case t, ok := <-all:
			if !ok {
				return time.Time{}, errors.New("the watch has ended")
			}
			if t.kind == kind && t.name == name {
				return t.at, nil
			}
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("the API server does not tell of %s: %w", name, ctx.Err())
		}
	}
}

// behind is how long the API server takes to tell of a pod that it creates itself, and so how late it is with all that was written before.
func behind(ctx context.Context, client kubernetes.Interface) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pod := marker(markerNamespace(0), "behind")
	pod.Spec.Containers[0].SecurityContext = nil // the gauge is not for it
	all, err := listen(ctx, client, pod.Namespace)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	pods := client.CoreV1().Pods(pod.Namespace)
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return 0, err
	}
	at, err := when(ctx, all, watch.Added, pod.Name)
	if err != nil {
		return 0, err
	}
	return at.Sub(began), pods.Delete(ctx, pod.Name, atOnce())
}

// endedWatches is how many watches of pods the API server has ended because who watches, or it itself, was too slow for their buffers.
func endedWatches(ctx context.Context, client kubernetes.Interface) (int64, error) {
	const family = `apiserver_terminated_watchers_total{group="",resource="pods"} `
	text, err := client.CoreV1().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return 0, err
	}
	if !bytes.Contains(text, []byte(family)) {
		return 0, nil // there were none
	}
	return numberAfter(string(text), family)
}
