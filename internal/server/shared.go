package server

import "sync"

// Shared computes for many callers at once. Whoever asks while a computation runs gets the next one, together with everybody else who
// does: nobody gets a result that is older than the question, and there is never more than one computation at a time for a key.
//
// The zero value is ready for use. Results are shared and must not be changed.
type Shared[K comparable, T any] struct {
	mu sync.Mutex
	// running has an entry for each key for which something is computed: the computation after it, nil when nobody has asked for one.
	running map[K]*computation[T]
}

// computation is one result on its way.
type computation[T any] struct {
	compute  func() T
	done     chan struct{}
	value    T
	panicked any
}

// Do returns what compute, or that of another caller for the same key, computes from now on. A panic reaches all who share it.
func (s *Shared[K, T]) Do(key K, compute func() T) T {
	c := s.join(key, compute)
	<-c.done
	if c.panicked != nil {
		panic(c.panicked)
	}
	return c.value
}

func (s *Shared[K, T]) join(key K, compute func() T) *computation[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, busy := s.running[key]
	if next != nil {
		return next
	}
	c := &computation[T]{compute: compute, done: make(chan struct{})}
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

// run computes until nobody waits for another result.
func (s *Shared[K, T]) run(key K, c *computation[T]) {
	for c != nil {
		c.run()
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

func (c *computation[T]) run() {
	defer close(c.done)
	defer func() { c.panicked = recover() }()
	c.value = c.compute()
}
