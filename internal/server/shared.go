package server

import (
	"context"
	"sync"
)

// Shared computes for many callers at once. A caller that asks while a computation runs gets the
// next one, together with all others that do: no result is older than the question, and there is
// never more than one computation at a time for a key. A computation that no caller waits for any
// more is told to stop.
//
// The zero value is ready for use. Results are shared and must not be changed.
type Shared[K comparable, T any] struct {
	mu sync.Mutex
	// running has an entry for each key for which something is computed: the computation after it,
	// nil when there is none yet.
	running map[K]*computation[T]
}

// computation is one result on its way.
type computation[T any] struct {
	compute func(context.Context) T
	// waiting is how many callers there are; cancel stops the computation, nil before it begins.
	waiting  int
	cancel   context.CancelFunc
	done     chan struct{}
	value    T
	panicked any
}

// Do returns what compute, or that of another caller for the same key, computes from now on. The
// context of compute ends when no caller waits for it any more; what it returns then is dropped. Do
// returns an error when ctx ends first. A panic reaches all callers that share it.
func (s *Shared[K, T]) Do(ctx context.Context, key K, compute func(context.Context) T) (T, error) {
	c := s.join(key, compute)
	select {
	case <-c.done:
	case <-ctx.Done():
		s.leave(c)
		var none T
		return none, ctx.Err()
	}
	if c.panicked != nil {
		panic(c.panicked)
	}
	return c.value, nil
}

func (s *Shared[K, T]) join(key K, compute func(context.Context) T) *computation[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, busy := s.running[key]
	if next != nil {
		next.waiting++
		return next
	}
	c := &computation[T]{compute: compute, waiting: 1, done: make(chan struct{})}
	if s.running == nil {
		s.running = make(map[K]*computation[T])
	}
	if busy {
		s.running[key] = c
		return c
	}
	s.running[key] = nil
	go s.run(key, c)
	return c
}

// leave is called by a caller that waits no more.
func (s *Shared[K, T]) leave(c *computation[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.waiting--; c.waiting == 0 && c.cancel != nil {
		c.cancel()
	}
}

// run computes until no caller waits for another result.
func (s *Shared[K, T]) run(key K, c *computation[T]) {
	for c != nil {
		if ctx := s.begin(c); ctx != nil {
			c.run(ctx)
			c.cancel()
		}
		s.mu.Lock()
		c = s.running[key]
		if c == nil {
			delete(s.running, key)
		} else {
			s.running[key] = nil
		}
		s.mu.Unlock()
	}
}

// begin returns the context of a computation, nil when no caller waits for it.
func (s *Shared[K, T]) begin(c *computation[T]) (ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.waiting > 0 {
		ctx, c.cancel = context.WithCancel(context.Background())
	}
	return ctx
}

func (c *computation[T]) run(ctx context.Context) {
	defer close(c.done)
	defer func() { c.panicked = recover() }()
	c.value = c.compute(ctx)
}
