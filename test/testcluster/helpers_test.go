package testcluster_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// timeout bounds what one test waits for.
const timeout = time.Minute

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return ctx
}

func newClient(t *testing.T, config *rest.Config) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func podSpec() corev1.PodSpec {
	return corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example.test/app:1"}}}
}

func createPod(t *testing.T, client kubernetes.Interface, namespace, name string) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: podSpec()}
	created, err := client.CoreV1().Pods(namespace).Create(testContext(t), pod, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create pod %s: %v", name, err)
	}
	return created
}

// firstEvent is the first thing that a watch of the pods in namespace shop
// says when it begins after the given resource version.
func firstEvent(t *testing.T, client kubernetes.Interface, after string) watch.Event {
	t.Helper()
	ctx := testContext(t)
	watcher, err := client.CoreV1().Pods("shop").Watch(ctx, metav1.ListOptions{ResourceVersion: after})
	if err != nil {
		t.Fatalf("watch pods from %s: %v", after, err)
	}
	defer watcher.Stop()
	select {
	case event, ok := <-watcher.ResultChan():
		if !ok {
			t.Fatalf("the watch from %s ended without an event", after)
		}
		return event
	case <-ctx.Done():
		t.Fatalf("the watch from %s says nothing: %v", after, ctx.Err())
	}
	return watch.Event{}
}

// listExactly asks for the pods as they were, which a restarted API server has
// to ask etcd for.
func listExactly(ctx context.Context, client kubernetes.Interface, resourceVersion string) error {
	_, err := client.CoreV1().Pods("shop").List(ctx, metav1.ListOptions{
		ResourceVersion:      resourceVersion,
		ResourceVersionMatch: metav1.ResourceVersionMatchExact,
	})
	return err
}

func eventually(t *testing.T, what string, condition func() (bool, error)) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, timeout, true, func(context.Context) (bool, error) {
		var done bool
		done, last = condition()
		return done, nil
	})
	if err != nil {
		t.Fatalf("waited for: %s: %v; last answer: %v", what, err, last)
	}
}
