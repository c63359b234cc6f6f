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
	"k8s.io/client-go/kubernetes"

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

// loader writes a generated cluster to an API server.
type loader struct {
	client   kubernetes.Interface
	progress io.Writer

	written, pods, bytes atomic.Int64

	mu   sync.Mutex
	kept []*corev1.Pod // some of the pods, evenly over the cluster
	keep int64         // every how manieth
}

// load writes the whole cluster: the objects of a namespace one after another, because they need each other, many namespaces at a time.
func (l *loader) load(ctx context.Context, o *options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.keep = int64(max(1, o.Pods/changeable))
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
	for i, object := range objects {
		var err error
		switch x := object.(type) {
		case *metav1.PartialObjectMetadata:
			owner, err = l.replicaSet(ctx, replicaSet(x, objects[i+1].(*corev1.Pod)))
		case *corev1.Pod:
			err = l.pod(ctx, x, owner)
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

// pod creates a pod and lets it run.
func (l *loader) pod(ctx context.Context, generated *corev1.Pod, owner types.UID) error {
	fitPod(generated, owner)
	pods := l.client.CoreV1().Pods(generated.Namespace)
	created, err := pods.Create(ctx, generated, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	running(created, &generated.Status)
	updated, err := pods.UpdateStatus(ctx, created, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	l.bytes.Add(int64(updated.Size()))
	if l.pods.Add(1)%l.keep == 0 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.kept = append(l.kept, updated)
	}
	return nil
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
