package informers_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// scripted is a source whose answers the test decides; what a real API server does is tested in test/live.
type scripted struct {
	mu     sync.Mutex
	refuse map[model.Kind]error
	hidden map[model.Kind]bool
	// puzzled are the kinds of which the source cannot say whether it serves them.
	puzzled map[model.Kind]error
	pods    int
	version int
	watches map[model.Kind][]*watch.RaceFreeFakeWatcher
}

func newScripted() *scripted {
	return &scripted{refuse: map[model.Kind]error{}, hidden: map[model.Kind]bool{}, puzzled: map[model.Kind]error{}, watches: map[model.Kind][]*watch.RaceFreeFakeWatcher{}, version: 1}
}

func (s *scripted) Version() string { return "v0" }

func (s *scripted) Groups() []string { return []string{} }

func (s *scripted) GroupVersions() []string { return nil }

func (s *scripted) Served(_ context.Context, k *informers.Kind) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.hidden[k.Kind], s.puzzled[k.Kind]
}

func (s *scripted) Run(ctx context.Context) error { <-ctx.Done(); return nil }

func (s *scripted) ListWatch(k *informers.Kind) (cache.ListerWatcher, runtime.Object) {
	kind := *k
	lw := &cache.ListWatch{
		ListWithContextFunc: func(context.Context, metav1.ListOptions) (runtime.Object, error) { return s.list(&kind) },
		WatchFuncWithContext: func(context.Context, metav1.ListOptions) (watch.Interface, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if err := s.refuse[kind.Kind]; err != nil {
				return nil, err
			}
			w := watch.NewRaceFreeFake()
			s.watches[kind.Kind] = append(s.watches[kind.Kind], w)
			return w, nil
		},
	}
	return cache.ToListWatcherWithWatchListSemantics(lw, unsupported{}), nil
}

type unsupported struct{}

// IsWatchListSemanticsUnSupported tells the reflector to list, then watch.
func (unsupported) IsWatchListSemanticsUnSupported() bool { return true }

func (s *scripted) list(k *informers.Kind) (runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refuse[k.Kind]; err != nil {
		return nil, err
	}
	list := &corev1.PodList{ListMeta: metav1.ListMeta{ResourceVersion: strconv.Itoa(s.version)}}
	if k.Kind == model.Pods {
		for i := range s.pods {
			list.Items = append(list.Items, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: fmt.Sprint("p", i), ResourceVersion: "1"}})
		}
	}
	return list, nil
}

// expire ends the watches of a kind as an API server does that has forgotten their resourceVersion.
func (s *scripted) expire(k model.Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	for _, w := range s.watches[k] {
		w.Error(&apierrors.NewResourceExpired("too old").ErrStatus)
		w.Stop()
	}
	s.watches[k] = nil
}

func (s *scripted) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func start(t *testing.T, s *scripted, options ...informers.Option) (*informers.Set, *sync.Map) {
	t.Helper()
	return startSource(t, s, log.NewNopLogger(), options...)
}

func startSource(t *testing.T, s informers.Source, logger log.Logger, options ...informers.Option) (*informers.Set, *sync.Map) {
	t.Helper()
	var errs sync.Map
	set := informers.New(s, projector(t, every), logger, func(resource, reason string) {
		n, _ := errs.LoadOrStore(resource+" "+reason, new(atomic.Int32))
		n.(*atomic.Int32).Add(1)
	}, options...)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- set.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return set, &errs
}

// errorsOf is how many errors of a resource and reason were counted.
func errorsOf(errs *sync.Map, key string) int {
	n, ok := errs.Load(key)
	if !ok {
		return 0
	}
	return int(n.(*atomic.Int32).Load())
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

func state(set *informers.Set, k model.Kind) informers.State {
	for _, s := range set.States() {
		if s.Kind.Kind == k {
			return s
		}
	}
	return informers.State{}
}

// TestForbiddenKind: a kind that may not be listed does not keep the others waiting, comes once it is allowed, and is gone again,
// cache and all, once lists have been refused for a while.
func TestForbiddenKind(t *testing.T) {
	t.Parallel()
	forbidden := apierrors.NewForbidden(corev1.Resource("pods"), "", errors.New("no"))
	s := newScripted()
	s.pods = 3
	s.refuse[model.Pods] = forbidden
	set, errs := start(t, s)
	await(t, "ready without pods", set.Ready)
	if snap := set.Snapshot(); snap.Have[model.Pods] || !snap.Have[model.Nodes] {
		t.Errorf("have %v", snap.Have)
	}
	if got := state(set, model.Pods); got.Status != informers.Unavailable || got.Reason != "forbidden" {
		t.Errorf("state %+v", got)
	}
	if _, ok := errs.Load("pods forbidden"); !ok {
		t.Error("the refusal was not counted")
	}
	s.set(func() { delete(s.refuse, model.Pods) })
	await(t, "pods, once allowed", func() bool { return len(set.Snapshot().Pods) == 3 })
	if got := state(set, model.Pods); got.Status != informers.Synced || got.Reason != "" {
		t.Errorf("state %+v", got)
	}
	s.set(func() { s.refuse[model.Pods] = forbidden })
	s.expire(model.Pods)
	await(t, "pods gone, once refused", func() bool { snap := set.Snapshot(); return !snap.Have[model.Pods] && snap.Pods == nil })
	if !set.Ready() {
		t.Error("a kind that went made the whole exporter blind")
	}
}

// TestShortRefusalKeepsTheCache: an API server that starts refuses for a moment, and that is no reason to forget. An expired watch is
// counted once, whichever way client-go tells of it.
func TestShortRefusalKeepsTheCache(t *testing.T) {
	t.Parallel()
	s := newScripted()
	s.pods = 3
	set, errs := start(t, s)
	await(t, "sync", func() bool { return set.Ready() && len(set.Snapshot().Pods) == 3 })
	s.set(func() {
		s.refuse[model.Pods] = apierrors.NewForbidden(corev1.Resource("pods"), "", errors.New("starting"))
	})
	s.expire(model.Pods)
	await(t, "two refusals", func() bool { return errorsOf(errs, "pods forbidden") == 2 })
	if got := state(set, model.Pods); got.Status != informers.Synced {
		t.Errorf("state %+v after a second of refusals", got)
	}
	s.set(func() { delete(s.refuse, model.Pods); s.pods = 5 })
	await(t, "the new world", func() bool {
		snap := set.Snapshot()
		if !snap.Have[model.Pods] {
			t.Fatal("the cache was dropped")
		}
		return len(snap.Pods) == 5
	})
	if got := errorsOf(errs, "pods expired"); got != 1 {
		t.Errorf("the expired watch was counted %d times", got)
	}
}

// TestUnreachableKeepsTheLastWorld: an API server that does not answer says nothing about what it holds.
func TestUnreachableKeepsTheLastWorld(t *testing.T) {
	t.Parallel()
	s := newScripted()
	s.pods = 3
	set, errs := start(t, s)
	await(t, "sync", func() bool { return set.Ready() && len(set.Snapshot().Pods) == 3 })
	s.set(func() { s.refuse[model.Pods] = errors.New("connection refused") })
	s.expire(model.Pods)
	await(t, "the error is counted", func() bool { _, ok := errs.Load("pods network"); return ok })
	if snap := set.Snapshot(); !snap.Have[model.Pods] || len(snap.Pods) != 3 {
		t.Errorf("have %t, %d pods", snap.Have[model.Pods], len(snap.Pods))
	}
	s.set(func() { delete(s.refuse, model.Pods); s.pods = 5 })
	await(t, "the new world", func() bool { return len(set.Snapshot().Pods) == 5 })
}

// TestNotReadyBeforeEveryKind: one kind that neither lists nor refuses keeps everything silent.
func TestNotReadyBeforeEveryKind(t *testing.T) {
	t.Parallel()
	s := newScripted()
	s.refuse[model.RoleBindings] = errors.New("timeout")
	set, _ := start(t, s)
	await(t, "the other kinds", func() bool {
		return state(set, model.Jobs).Status == informers.Synced && set.Snapshot().Have[model.Pods]
	})
	if set.Ready() {
		t.Fatal("ready although role bindings are not known")
	}
	s.set(func() { delete(s.refuse, model.RoleBindings) })
	await(t, "ready", set.Ready)
}

// TestRelistIsAtomic: whoever reads while a list replaces the world sees one of the two and nothing in between.
func TestRelistIsAtomic(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the reflector pauses between lists, longer each time")
	}
	const few, many, relists = 10, 3000, 3
	s := newScripted()
	s.pods = few
	set, _ := start(t, s)
	await(t, "sync", set.Ready)
	stop, seen := make(chan struct{}), make(chan map[int]int, 1)
	go func() {
		counts := map[int]int{}
		for {
			select {
			case <-stop:
				seen <- counts
				return
			default:
				counts[len(set.Snapshot().Pods)]++
			}
		}
	}()
	for i := range relists {
		want := many
		if i%2 == 1 {
			want = few
		}
		s.set(func() { s.pods = want })
		s.expire(model.Pods)
		await(t, "the other world", func() bool { return len(set.Snapshot().Pods) == want })
	}
	close(stop)
	counts := <-seen
	if counts[few] == 0 || counts[many] == 0 || len(counts) != 2 {
		t.Errorf("worlds seen by size: %v, want only %d and %d", counts, few, many)
	}
}
