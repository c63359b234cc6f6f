package history

import (
	"context"
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// History is the objects that may exist, and what has been done to them. It is not safe for concurrent use.
type History struct {
	rng    *rand.Rand
	client kubernetes.Interface
	// Done counts what was done, by verb and type.
	Done map[string]int
}

// New makes a history that a seed decides on.
func New(seed uint64, client kubernetes.Interface) *History {
	return &History{rng: rand.New(rand.NewPCG(seed, 0)), client: client, Done: make(map[string]int)}
}

const (
	// Namespaces is how many namespaces the objects are in. Whoever runs a history creates them before.
	Namespaces = 4
	// names is how many objects of a kind a namespace may have: few, so that they come and go often.
	names = 5
)

// Namespace is the name of a namespace, from 0 to Namespaces-1.
func Namespace(i int) string { return fmt.Sprintf("space-%d", i) }

// one returns true once in n times.
func (h *History) one(n int) bool { return h.rng.IntN(n) == 0 }

// objects is what the typed clients have in common.
type objects[T metav1.Object] interface {
	Create(context.Context, T, metav1.CreateOptions) (T, error)
	Update(context.Context, T, metav1.UpdateOptions) (T, error)
	Delete(context.Context, string, metav1.DeleteOptions) error
	Get(context.Context, string, metav1.GetOptions) (T, error)
}

// put creates the object, or changes or deletes the one that has its name.
func put[T metav1.Object](ctx context.Context, h *History, api objects[T], object T) error {
	kind := fmt.Sprintf("%T", object)
	old, err := api.Get(ctx, object.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		_, err = api.Create(ctx, object, metav1.CreateOptions{})
		h.Done["create "+kind]++
	case err != nil:
	case h.one(2):
		err = api.Delete(ctx, object.GetName(), atOnce())
		h.Done["delete "+kind]++
	default:
		object.SetResourceVersion(old.GetResourceVersion())
		_, err = api.Update(ctx, object, metav1.UpdateOptions{})
		h.Done["update "+kind]++
	}
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return nil
	}
	return err
}

// putPod is put for pods, of which hardly anything may change but the metadata and the status.
func (h *History) putPod(ctx context.Context, namespace string, pod *corev1.Pod) error {
	api := h.client.CoreV1().Pods(namespace)
	_, err := api.Get(ctx, pod.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return put(ctx, h, api, pod)
	case err != nil:
		return err
	case h.one(3):
		h.Done["delete *v1.Pod"]++
		return api.Delete(ctx, pod.Name, atOnce())
	}
	h.Done["update *v1.Pod"]++
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

// atOnce deletes without waiting for a kubelet, which there is none of.
func atOnce() metav1.DeleteOptions { return metav1.DeleteOptions{GracePeriodSeconds: new(int64)} }
