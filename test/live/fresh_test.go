package live_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/test/history"
)

// TestStaysFresh holds an exporter that believes what it has for twenty seconds, the least that is allowed, beside an API server that has nothing to tell of any kind, while
// something else changes all the time: nothing may ever be taken for old. So many questions a second must not wait for each other.
func TestStaysFresh(t *testing.T) {
	cluster := startCluster(t)
	crds := crdClient{must[*dynamic.DynamicClient](t)(dynamic.NewForConfig(cluster.Config()))}
	for _, e := range engines {
		crds.install(t, e)
	}
	var mu sync.Mutex
	errors := make(map[string]int)
	set := informers.New(must[*informers.Cluster](t)(informers.NewCluster(cluster.Config())),
		informers.NewProjector(must[*check.Set](t)(check.NewSet(check.Catalog())), panicsFail(t)), log.NewNopLogger(), func(resource, reason string) {
			mu.Lock()
			defer mu.Unlock()
			errors[resource+" "+reason]++
		}, informers.StaleAfter(20*time.Second))
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { noError(t, set.Run(ctx)) })
	moving := cluster.Client().CoreV1().ConfigMaps("default")
	changes := 0
	running.Go(func() {
		wait.UntilWithContext(ctx, func(ctx context.Context) {
			changes++
			object := &corev1.ConfigMap{ObjectMeta: history.Named(fmt.Sprintf("moves-%d", changes))}
			if _, err := moving.Create(ctx, object, create); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}, 100*time.Millisecond)
	})
	// A definition that was just made is not served yet, and a kind that appears is rightly missing for a moment.
	await(t, "every kind to be served and known", func() error { return unserved(set) })
	for end := time.Now().Add(65 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := missing(set); err != nil {
			t.Errorf("%v, though nothing fails", err)
			break
		}
	}
	mu.Lock()
	defer mu.Unlock()
	t.Logf("errors counted: %v", errors)
}

// unserved says which kinds a set does not know, and of which it knows only that they are not served, though the test has defined them.
func unserved(set *informers.Set) error {
	defined := optionalKinds()
	for _, s := range set.States() {
		if s.Status == informers.NotServed && slices.ContainsFunc(defined, func(k informers.Kind) bool { return k.Kind == s.Kind.Kind }) {
			return fmt.Errorf("%s is not served yet", s.Kind)
		}
	}
	return missing(set)
}

// missing says which kinds a set does not know.
func missing(set *informers.Set) error {
	var names []string
	for _, s := range set.States() {
		if s.Status != informers.Synced && s.Status != informers.NotServed {
			names = append(names, fmt.Sprintf("%s (%s)", s.Kind.String(), s.Reason))
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("missing: %v", names)
	}
	return nil
}
