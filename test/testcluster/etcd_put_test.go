package testcluster_test

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// TestStorage writes past the API server, which has to tell of it.
func TestStorage(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a real control plane")
	}
	cluster := testcluster.Start(t)
	client, storage, ctx := cluster.Client(), cluster.Storage(), testContext(t)
	cluster.CreateNamespace(t, "shop", nil)
	created := createPod(t, client, "shop", "web")

	const first, second = "/registry/pods/shop/web", "/registry/pods/shop/bew"
	value, err := storage.Get(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	// A name of the same length needs no decoding.
	if err := storage.Put(ctx, second, []byte(strings.Replace(string(value), "\x03web", "\x03bew", 1))); err != nil {
		t.Fatal(err)
	}
	event := firstEvent(t, client, created.ResourceVersion)
	if pod, ok := event.Object.(*corev1.Pod); !ok || event.Type != watch.Added || pod.Name != "bew" || pod.UID != created.UID {
		t.Errorf("got %s of %#v, want the pod under its new name", event.Type, event.Object)
	}
	if err := storage.Delete(ctx, second); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Get(ctx, second); !errors.Is(err, testcluster.ErrNoKey) {
		t.Errorf("read what was deleted: %v", err)
	}
	if pods, err := client.CoreV1().Pods("shop").List(ctx, metav1.ListOptions{}); err != nil || len(pods.Items) != 1 {
		t.Errorf("the API server lists %v, %v, want the first pod", pods, err)
	}
	if err := storage.Put(ctx, "", nil); err == nil || !strings.Contains(err.Error(), "key is not provided") {
		t.Errorf("a write without a key: %v, want what etcd says", err)
	}
}
