package scale

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// changers is how many changes are written at the same time.
const changers = 16

// changer changes the pods of a loaded cluster.
type changer struct {
	client kubernetes.Interface
	pods   []*corev1.Pod // which it copies
	rate   int           // a second
	seed   uint64

	runs    int // that began: the pods of each have names of their own
	written atomic.Int64
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
		// What has begun is finished: a request that is cut off says so in the log.
		if err := c.change(context.WithoutCancel(ctx), writer, n, rng); err != nil {
			return fmt.Errorf("change a pod: %w", err)
		}
		c.written.Add(1)
	}
}

// change is one write: six of ten to a status, three to annotations, and one that creates a pod or deletes the one that it created before.
func (c *changer) change(ctx context.Context, writer, n int, rng *rand.Rand) (err error) {
	switch kind := n % 10; {
	case kind < 6:
		pod := c.copyOfOne(rng)
		touch(pod, time.Now(), n)
		_, err = c.client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, pod, metav1.UpdateOptions{})
	case kind < 9:
		pod := c.copyOfOne(rng)
		note(pod, time.Now())
		_, err = c.client.CoreV1().Pods(pod.Namespace).Update(ctx, pod, metav1.UpdateOptions{})
	case n%20 < 10:
		_, err = c.client.CoreV1().Pods(metav1.NamespaceDefault).Create(ctx, c.passing(writer, n), metav1.CreateOptions{})
	default:
		err = c.client.CoreV1().Pods(metav1.NamespaceDefault).Delete(ctx, c.passing(writer, n-10).Name, atOnce())
	}
	return err
}

// copyOfOne is a pod that may be written whatever others have made of it.
func (c *changer) copyOfOne(rng *rand.Rand) *corev1.Pod {
	pod := c.pods[rng.IntN(len(c.pods))].DeepCopy()
	fitMeta(&pod.ObjectMeta)
	return pod
}

// passing is a pod that lives for ten changes of its writer.
func (c *changer) passing(writer, n int) *corev1.Pod {
	pod := marker(metav1.NamespaceDefault, fmt.Sprintf("passing-%d-%d-%d", c.runs, writer, n))
	pod.Spec.Containers[0].SecurityContext = nil
	return pod
}

func atOnce() metav1.DeleteOptions { return metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))} }

// changing is what changes cost the exporter.
type changing struct {
	// Rate is how many were written a second, markers included, and CPU the exporter's a second; Scrapes is how many there were meanwhile.
	Rate    float64 `json:"changesPerSecond"`
	CPU     float64 `json:"cpuPerSecond"`
	Scrapes int     `json:"scrapes"`
	// Idle is the share of the machine's time in which it had nothing to do.
	Idle float64 `json:"machineIdle"`
}

// measureChanges lets the pods change for a time, while something else is done: then it counts how many writes it made and scrapes it read.
func measureChanges(ctx context.Context, p *process, c *changer, o *options, meanwhile func(context.Context) (writes, scrapes int, err error)) (*changing, error) {
	c.written.Store(0)
	c.runs++
	before, err := p.usage()
	if err != nil {
		return nil, err
	}
	began, idle := time.Now(), idleSeconds()
	ending, cancel := context.WithTimeout(ctx, o.changing())
	defer cancel()
	result := &changing{}
	writes := 0
	var running errgroup.Group
	running.Go(func() error { return c.run(ending) })
	running.Go(func() (err error) {
		defer cancel()
		writes, result.Scrapes, err = meanwhile(ending)
		return err
	})
	if err := running.Wait(); err != nil {
		return nil, err
	}
	took := time.Since(began).Seconds()
	after, err := p.usage()
	if err != nil {
		return nil, err
	}
	result.Rate, result.CPU = (float64(c.written.Load())+float64(writes))/took, (after.CPU-before.CPU)/took
	result.Idle = (idleSeconds() - idle) / took / float64(runtime.NumCPU())
	return result, ctx.Err()
}

// nothing is done until ctx ends.
func nothing(ctx context.Context) (writes, scrapes int, err error) {
	<-ctx.Done()
	return 0, 0, nil
}
