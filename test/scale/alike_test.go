package scale

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
	"github.com/kube-posture/kube-posture-exporter/test/world"
)

// TestAlike writes a pod to etcd and its like to the API server: what etcd holds must be the same but for name, UID
// and times.
func TestAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cluster := testcluster.Start(t)
	cluster.CreateNamespace(t, "shop", nil)
	l := &loader{client: cluster.Client(), storage: cluster.Storage(), direct: true, progress: io.Discard, keep: 1}
	for _, name := range []string{"app", "ci"} {
		noError(t, l.create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}))
	}
	var objects []runtime.Object
	world.New(1, world.Size{Nodes: 5}).Workload("shop", "web", 2, func(o runtime.Object) { objects = append(objects, o) })
	like := objects[2].(*corev1.Pod).DeepCopy()
	copied := like.Name
	like.Name += "-like"
	noError(t, l.batch(ctx, objects))
	if l.copied.Load() != 1 || l.pods.Load() != 2 || len(l.kept) != 2 {
		t.Fatalf("of %d pods %d are copied and %d kept, want 2, 1 and 2", l.pods.Load(), l.copied.Load(), len(l.kept))
	}
	first := stored(ctx, t, l, objects[1].(*corev1.Pod).Name)
	l.pods.Add(-1) // so that it has the same number, and the same addresses
	_, err := l.pod(ctx, like, first.OwnerReferences[0].UID)
	noError(t, err)

	got, want := stored(ctx, t, l, copied), stored(ctx, t, l, like.Name)
	if got.UID == first.UID || got.Status.PodIP == first.Status.PodIP {
		t.Errorf("it shares a UID or an address with another pod: %s, %s", got.UID, got.Status.PodIP)
	}
	if diff := cmp.Diff(common(want), common(got)); diff != "" {
		t.Errorf("stored by the API server (-) and by the harness (+):\n%s", diff)
	}
	pods := l.client.CoreV1().Pods("shop")
	read, err := pods.Get(ctx, copied, metav1.GetOptions{})
	noError(t, err)
	read.ResourceVersion, read.TypeMeta = "", got.TypeMeta
	if diff := cmp.Diff(got, read); diff != "" {
		t.Errorf("stored (-) and read (+):\n%s", diff)
	}
	// To the API server it is a pod as any other.
	note(read, time.Now())
	_, err = pods.Update(ctx, read, metav1.UpdateOptions{})
	noError(t, err)
	noError(t, pods.Delete(ctx, copied, atOnce()))
}

// stored reads a pod from etcd, and checks that encoding it again makes the same bytes.
func stored(ctx context.Context, t *testing.T, l *loader, name string) *corev1.Pod {
	t.Helper()
	key := podKey("shop", name)
	value, err := l.storage.Get(ctx, key)
	noError(t, err)
	pod, err := decodePod(key, value)
	noError(t, err)
	again, err := encodePod(pod)
	noError(t, err)
	if !bytes.Equal(value, again) {
		t.Errorf("%s is %d bytes in etcd, and %d others when it is encoded again", key, len(value), len(again))
	}
	return pod
}

// common is a pod without its name, its UID and all times.
func common(pod *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.Name, pod.UID, pod.CreationTimestamp = "", "", metav1.Time{}
	for i := range pod.ManagedFields {
		pod.ManagedFields[i].Time = nil
	}
	s := &pod.Status
	s.StartTime = nil
	for i := range s.Conditions {
		s.Conditions[i].LastTransitionTime = metav1.Time{}
	}
	for i := range s.ContainerStatuses {
		s.ContainerStatuses[i].State.Running = nil
	}
	return pod
}
