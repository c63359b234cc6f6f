package live_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	operations = 600
	// checkpoint is after how many operations the gauges are compared with the truth.
	checkpoint = 100
)

// TestRandomHistory adds, changes and deletes objects of every kind at random, with the network cut and the API server restarted in
// between, and compares the gauges with what they must be now and then, and at the end.
func TestRandomHistory(t *testing.T) {
	cluster := startCluster(t)
	h := &history{rng: rand.New(rand.NewPCG(newSeed(t), 0)), client: cluster.Client(), done: make(map[string]int)}
	for i := range namespaces {
		cluster.CreateNamespace(t, namespaceName(i), map[string]string{"team": "payments"})
	}
	p := startProxy(t, cluster.Config())
	e := startExporter(t, p.config())
	for i := range operations {
		if err := h.operate(context.Background()); err != nil {
			t.Fatalf("operation %d: %v", i, err)
		}
		if i%checkpoint == checkpoint-1 {
			e.awaitTruth(t, cluster)
			h.disturb(t, i/checkpoint, cluster, p)
		}
	}
	p.mend(t)
	e.awaitTruth(t, cluster)
	t.Logf("done: %v", h.done)
}

// disturb does something to the network, so that what happens next is learned in different ways.
func (h *history) disturb(t *testing.T, round int, cluster *testcluster.Cluster, p *proxy) {
	switch round {
	case 1:
		cluster.RestartAPIServer()
	case 2:
		cluster.StopAPIServer()
		cluster.Compact()
		cluster.StartAPIServer()
	case 3, 4:
		p.cut(t, hangsUp)
		for range checkpoint / 2 {
			noError(t, h.operate(context.Background()))
		}
		p.mend(t)
	}
}

// history is the objects that may exist, and what has been done to them.
type history struct {
	rng    *rand.Rand
	client kubernetes.Interface
	done   map[string]int
}

const (
	namespaces = 4
	// names is how many objects of a kind a namespace may have: few, so that they come and go often.
	names = 5
)

func namespaceName(i int) string { return fmt.Sprintf("space-%d", i) }

// one returns true once in n times.
func (h *history) one(n int) bool { return h.rng.IntN(n) == 0 }

// objects is what the typed clients have in common.
type objects[T metav1.Object] interface {
	Create(context.Context, T, metav1.CreateOptions) (T, error)
	Update(context.Context, T, metav1.UpdateOptions) (T, error)
	Delete(context.Context, string, metav1.DeleteOptions) error
	Get(context.Context, string, metav1.GetOptions) (T, error)
}

// put creates the object, or changes or deletes the one that has its name.
func put[T metav1.Object](ctx context.Context, h *history, api objects[T], object T) error {
	kind := fmt.Sprintf("%T", object)
	old, err := api.Get(ctx, object.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		_, err = api.Create(ctx, object, create)
		h.done["create "+kind]++
	case err != nil:
	case h.one(2):
		err = api.Delete(ctx, object.GetName(), atOnce())
		h.done["delete "+kind]++
	default:
		object.SetResourceVersion(old.GetResourceVersion())
		_, err = api.Update(ctx, object, update)
		h.done["update "+kind]++
	}
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return nil
	}
	return err
}

// putPod is put for pods, of which hardly anything may change but the metadata and the status.
func (h *history) putPod(ctx context.Context, namespace string, pod *corev1.Pod) error {
	api := h.client.CoreV1().Pods(namespace)
	_, err := api.Get(ctx, pod.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return put(ctx, h, api, pod)
	case err != nil:
		return err
	case h.one(3):
		h.done["delete *v1.Pod"]++
		return api.Delete(ctx, pod.Name, atOnce())
	}
	h.done["update *v1.Pod"]++
	if h.one(2) {
		change := fmt.Sprintf(`{"metadata":{"labels":{"app":"app-%d"}}}`, h.rng.IntN(3))
		_, err = api.Patch(ctx, pod.Name, types.MergePatchType, []byte(change), metav1.PatchOptions{})
		return err
	}
	phase := []corev1.PodPhase{corev1.PodRunning, corev1.PodPending, corev1.PodSucceeded, corev1.PodFailed}[h.rng.IntN(4)]
	change := fmt.Sprintf(`{"status":{"phase":%q,"containerStatuses":[{"name":"main","image":"i","imageID":"i","restartCount":0,"ready":true,`+
		`"state":{"running":{}},"user":{"linux":{"uid":%d,"gid":0}}}]}}`, phase, h.rng.IntN(2)*1000)
	_, err = api.Patch(ctx, pod.Name, types.MergePatchType, []byte(change), metav1.PatchOptions{}, "status")
	if apierrors.IsInvalid(err) { // a finished pod does not run again
		return nil
	}
	return err
}
