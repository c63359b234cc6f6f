package server

import (
	"context"
	"errors"
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
		go func() { first <- do(&s, "a", compute) }()
		synctest.Wait()
		for range callers {
			go func() { late <- do(&s, "a", compute) }()
		}
		synctest.Wait()
		if other := do(&s, "b", func() int32 { return 100 }); other != 100 {
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
				if began := do(&s, "a", compute); began < asked {
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
		do(&s, "a", func() int { panic("broken") })
	}()
	if got := do(&s, "a", func() int { return 7 }); got != 7 {
		t.Errorf("afterwards: got %d", got)
	}
}

// do asks without an end.
func do[T any](s *Shared[string, T], key string, compute func() T) T {
	value, _ := s.Do(context.Background(), key, func(context.Context) T { return compute() })
	return value
}

// TestSharedGivesUp: a computation goes on while one caller waits for it, and stops when none does;
// one that has not begun by then never begins.
func TestSharedGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Shared[string, int]
		var begun, stopped atomic.Int32
		release := make(chan struct{})
		compute := func(ctx context.Context) int {
			begun.Add(1)
			select {
			case <-release:
				return 1
			case <-ctx.Done():
				stopped.Add(1)
				return 0
			}
		}
		ask := func() (leave context.CancelFunc, result chan error) {
			ctx, leave := context.WithCancel(t.Context())
			result = make(chan error, 1)
			go func() {
				n, err := s.Do(ctx, "a", compute)
				if err == nil && n != 1 {
					t.Errorf("got %d, which was given up", n)
				}
				result <- err
			}()
			synctest.Wait()
			return leave, result
		}
		leaveFirst, first := ask()
		leaveSecond, second := ask()
		leaveThird, third := ask() // together with the second
		leaveFirst()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the first, which left: %v", err)
		}
		synctest.Wait()
		if stopped.Load() != 1 || begun.Load() != 2 {
			t.Errorf("%d have begun and %d were stopped, want 2 and 1", begun.Load(), stopped.Load())
		}
		leaveSecond()
		<-second
		synctest.Wait()
		if stopped.Load() != 1 {
			t.Error("it was stopped although the third caller waits")
		}
		// The fourth and only caller of the next computation leaves before it begins.
		leaveFourth, fourth := ask()
		leaveFourth()
		<-fourth
		close(release)
		if err := <-third; err != nil {
			t.Errorf("the third: %v", err)
		}
		leaveThird()
		synctest.Wait()
		if begun.Load() != 2 || len(s.running) > 0 {
			t.Errorf("%d have begun, %d are kept", begun.Load(), len(s.running))
		}
	})
}
