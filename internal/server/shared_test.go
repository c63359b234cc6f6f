package server

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestSharedIsNotOlderThanTheQuestion: who asks while something is computed does not get that, but shares the next.
func TestSharedIsNotOlderThanTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Shared[string, int32]
		var computed atomic.Int32
		release := make(chan struct{})
		compute := func() int32 {
			<-release
			return computed.Add(1)
		}
		const callers = 50
		first, late := make(chan int32, 1), make(chan int32, callers)
		go func() { first <- s.Do("a", compute) }()
		synctest.Wait()
		for range callers {
			go func() { late <- s.Do("a", compute) }()
		}
		synctest.Wait()
		if other := s.Do("b", func() int32 { return 100 }); other != 100 {
			t.Errorf("another key: got %d", other)
		}
		release <- struct{}{}
		if got := <-first; got != 1 {
			t.Errorf("the first got computation %d", got)
		}
		release <- struct{}{}
		for range callers {
			if got := <-late; got != 2 {
				t.Errorf("one who came later got computation %d, want 2", got)
			}
		}
		synctest.Wait()
		if len(s.running) > 0 {
			t.Errorf("it keeps %d keys", len(s.running))
		}
	})
}

// TestSharedUnderLoad: one computation at a time, and none that began before those asked who get it.
func TestSharedUnderLoad(t *testing.T) {
	var s Shared[string, int64]
	var clock, running atomic.Int64
	compute := func() int64 {
		if running.Add(1) > 1 {
			t.Error("two computations at a time")
		}
		defer running.Add(-1)
		return clock.Add(1)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 200 {
				asked := clock.Add(1)
				if began := s.Do("a", compute); began < asked {
					t.Errorf("asked at %d, and got what was computed at %d", asked, began)
				}
			}
		})
	}
	all.Wait()
}

// TestSharedPanic: a panic is the callers', and not the process's.
func TestSharedPanic(t *testing.T) {
	var s Shared[string, int]
	func() {
		defer func() {
			if r := recover(); r != "broken" {
				t.Errorf("recovered %v", r)
			}
		}()
		s.Do("a", func() int { panic("broken") })
	}()
	if got := s.Do("a", func() int { return 7 }); got != 7 {
		t.Errorf("afterwards: got %d", got)
	}
}
