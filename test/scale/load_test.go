package scale

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
	"github.com/kube-posture/kube-posture-exporter/test/world"
)

const (
	// writers is how many namespaces are written at the same time.
	writers = 32
	// progressEvery is the distance of two lines about the progress.
	progressEvery = 10 * time.Second
	// changeable is about how many pods are kept to be changed later.
	changeable = 2000
)

// loader writes a generated cluster to an API server, and what is like what that has written to its etcd.
type loader struct {
	client   kubernetes.Interface
	storage  *testcluster.Storage
	direct   bool // only the first pod of a workload goes through the API server
	progress io.Writer

	written, pods, copied, bytes atomic.Int64

	mu   sync.Mutex
	kept []string // the keys of some of the pods, evenly over the cluster
	// Every keep-th of the noted pods is.
	keep, noted int64
}

// load writes the whole cluster: the objects of a namespace one after another, because they need each other, many namespaces at a time.
func (l *loader) load(ctx context.Context, o *options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.keep, l.direct = int64(max(1, o.Pods/changeable)), o.Load == loadDirect
	if err := l.create(ctx, reader()); err != nil {
		return err
	}
	go l.report(ctx, o.Pods)
	running, ctx := errgroup.WithContext(ctx)
	running.SetLimit(writers)
	var batch []runtime.Object
	flush := func() {
		objects := batch
		batch = nil
		if len(objects) > 0 && ctx.Err() == nil {
			running.Go(func() error { return l.batch(ctx, objects) })
		}
	}
	world.New(o.Seed, o.size()).Objects(func(object runtime.Object) {
		if namespace, begins := object.(*corev1.Namespace); begins {
			flush()
			batch = append(batch, namespace, clusterBinding(namespace.Name))
			return
		}
		batch = append(batch, object)
	})
	flush()
	return running.Wait()
}

// batch writes the objects of one namespace, or those of none, in their order.
func (l *loader) batch(ctx context.Context, objects []runtime.Object) error {
	var owner types.UID
	var first *corev1.Pod // of the workload, as it is stored
	for i, object := range objects {
		var err error
		switch x := object.(type) {
		case *metav1.PartialObjectMetadata:
			first = nil
			owner, err = l.replicaSet(ctx, replicaSet(x, objects[i+1].(*corev1.Pod)))
		case *corev1.Pod:
			if first == nil || !l.direct {
				first, err = l.pod(ctx, x, owner)
			} else {
				err = l.copy(ctx, first, x)
			}
		default:
			err = l.create(ctx, object)
		}
		if err != nil && !apierrors.IsAlreadyExists(err) { // as the cluster roles that every API server makes itself
			return fmt.Errorf("write a %T: %w", object, err)
		}
		l.written.Add(1)
	}
	return nil
}

func (l *loader) replicaSet(ctx context.Context, set *appsv1.ReplicaSet) (types.UID, error) {
	created, err := l.client.AppsV1().ReplicaSets(set.Namespace).Create(ctx, set, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return created.UID, nil
}

// pod creates a pod, lets it run, and returns what etcd then holds.
func (l *loader) pod(ctx context.Context, generated *corev1.Pod, owner types.UID) (*corev1.Pod, error) {
	fitPod(generated, owner)
	pods := l.client.CoreV1().Pods(generated.Namespace)
	created, err := pods.Create(ctx, generated, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	running(created, &generated.Status, l.pods.Add(1))
	if _, err := pods.UpdateStatus(ctx, created, metav1.UpdateOptions{}); err != nil {
		return nil, err
	}
	stored, err := storedPod(ctx, l.storage, podKey(created.Namespace, created.Name))
	if err != nil {
		return nil, err
	}
	l.note(stored)
	return stored, nil
}

// copy writes another replica of a stored pod.
func (l *loader) copy(ctx context.Context, first, generated *corev1.Pod) error {
	pod := sibling(first, generated.Name, generated.Spec.NodeName, l.pods.Add(1))
	if err := storePod(ctx, l.storage, pod); err != nil {
		return err
	}
	l.copied.Add(1)
	l.note(pod)
	return nil
}

// note counts a pod that is written.
func (l *loader) note(pod *corev1.Pod) {
	l.bytes.Add(int64(pod.Size()))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.noted++; l.noted%l.keep == 0 {
		l.kept = append(l.kept, podKey(pod.Namespace, pod.Name))
	}
}

// create writes an object that nothing depends on by its UID.
func (l *loader) create(ctx context.Context, object runtime.Object) (err error) {
	if o, ok := object.(interface{ GetObjectMeta() metav1.Object }); ok {
		fitMeta(o.GetObjectMeta().(*metav1.ObjectMeta))
	}
	c, options := l.client, metav1.CreateOptions{}
	switch x := object.(type) {
	case *corev1.Node:
		_, err = c.CoreV1().Nodes().Create(ctx, x, options)
	case *corev1.Namespace:
		_, err = c.CoreV1().Namespaces().Create(ctx, x, options)
	case *corev1.ServiceAccount:
		_, err = c.CoreV1().ServiceAccounts(x.Namespace).Create(ctx, x, options)
	case *corev1.LimitRange:
		_, err = c.CoreV1().LimitRanges(x.Namespace).Create(ctx, x, options)
	case *corev1.ResourceQuota:
		_, err = c.CoreV1().ResourceQuotas(x.Namespace).Create(ctx, x, options)
	case *networkingv1.NetworkPolicy:
		_, err = c.NetworkingV1().NetworkPolicies(x.Namespace).Create(ctx, x, options)
	case *rbacv1.Role:
		_, err = c.RbacV1().Roles(x.Namespace).Create(ctx, x, options)
	case *rbacv1.RoleBinding:
		_, err = c.RbacV1().RoleBindings(x.Namespace).Create(ctx, x, options)
	case *rbacv1.ClusterRole:
		_, err = c.RbacV1().ClusterRoles().Create(ctx, x, options)
	case *rbacv1.ClusterRoleBinding:
		_, err = c.RbacV1().ClusterRoleBindings().Create(ctx, x, options)
	default:
		err = fmt.Errorf("nobody knows how to write a %T", object)
	}
	return err
}

// caughtUp waits until the API server serves the pod that was written last: what went straight to etcd was written before, and comes to
// its cache in that order.
func (l *loader) caughtUp(ctx context.Context, namespace, name string) error {
	return wait.PollUntilContextTimeout(ctx, progressEvery/100, patience, true, func(ctx context.Context) (bool, error) {
		_, err := l.client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{ResourceVersion: "0"})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// report says how far the loading is, until ctx ends.
func (l *loader) report(ctx context.Context, pods int) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			fmt.Fprintf(l.progress, "  %d of %d pods, %d objects\n", l.pods.Load(), pods, l.written.Load())
		}
	}
}
