package scale

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// changers is how many changes are written at the same time.
const changers = 16

// changer changes the pods of a loaded cluster in its etcd: an API server that has to make the writes, too, takes a few hundred a second.
type changer struct {
	storage *testcluster.Storage
	// pods are what etcd holds; each of the writers has some that nobody else changes.
	pods    [changers][]*corev1.Pod
	passing *corev1.Pod // which comes and goes, under other names
	rate    int         // a second
	seed    uint64

	runs    int // that began: the pods of each have names of their own
	written atomic.Int64
}

// newChanger reads the pods that it shall change, and has the API server make one like those that come and go.
func newChanger(ctx context.Context, client kubernetes.Interface, storage *testcluster.Storage, keys []string, seed uint64) (*changer, error) {
	if len(keys) < changers {
		return nil, fmt.Errorf("%d pods are too few to be changed by %d writers", len(keys), changers)
	}
	c := &changer{storage: storage, seed: seed}
	for i, key := range keys {
		pod, err := storedPod(ctx, storage, key)
		if err != nil {
			return nil, err
		}
		c.pods[i%changers] = append(c.pods[i%changers], pod)
	}
	pod := marker(metav1.NamespaceDefault, "passing")
	pod.Spec.Containers[0].SecurityContext = nil
	pods := client.CoreV1().Pods(pod.Namespace)
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	var err error
	if c.passing, err = storedPod(ctx, storage, podKey(pod.Namespace, pod.Name)); err != nil {
		return nil, err
	}
	return c, pods.Delete(ctx, pod.Name, atOnce())
}

// run writes changes evenly until ctx ends, or as fast as it can when it is late.
func (c *changer) run(ctx context.Context) error {
	running, inner := errgroup.WithContext(ctx)
	for i := range changers {
		rng := rand.New(rand.NewPCG(c.seed, uint64(i)+1))
		running.Go(func() error { return c.changes(inner, i, rng) })
	}
	err := running.Wait()
	if ctx.Err() != nil {
		return nil // that is how it ends
	}
	return err
}

// changes is one of the writers: at each of its moments it makes one change.
func (c *changer) changes(ctx context.Context, writer int, rng *rand.Rand) error {
	every := time.Duration(changers) * time.Second / time.Duration(c.rate)
	next := time.Now().Add(time.Duration(rng.Int64N(int64(every))))
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(next)):
		}
		next = next.Add(every)
		// What has begun is finished, so that every change is either written or not.
		if err := c.change(context.WithoutCancel(ctx), writer, n, rng); err != nil {
			return fmt.Errorf("change a pod: %w", err)
		}
		c.written.Add(1)
	}
}

// change is one write: six of ten to a status, three to annotations, and one that creates a pod or deletes the one that it created before.
func (c *changer) change(ctx context.Context, writer, n int, rng *rand.Rand) error {
	own := c.pods[writer]
	pod := own[rng.IntN(len(own))]
	switch kind := n % 10; {
	case kind < 6:
		touch(pod, time.Now(), n)
	case kind < 9:
		note(pod, time.Now())
	case n%20 < 10:
		pod = sibling(c.passing, c.passingName(writer, n), c.passing.Spec.NodeName, int64(n))
	default:
		return c.storage.Delete(ctx, podKey(c.passing.Namespace, c.passingName(writer, n-10)))
	}
	return storePod(ctx, c.storage, pod)
}

// passingName is that of a pod which lives for ten changes of its writer.
func (c *changer) passingName(writer, n int) string {
	return fmt.Sprintf("passing-%d-%d-%d", c.runs, writer, n)
}

func atOnce() metav1.DeleteOptions { return metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))} }
