package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// stoppedClock moves by hand, and calls what is due.
type stoppedClock struct {
	now   time.Time
	calls []delayedCall
}

type delayedCall struct {
	at   time.Time
	call func()
}

func (c *stoppedClock) Now() time.Time { return c.now }

func (c *stoppedClock) After(d time.Duration, call func()) func() bool {
	c.calls = append(c.calls, delayedCall{c.now.Add(d), call})
	return func() bool { return false }
}

func (c *stoppedClock) move(by time.Duration) {
	for end := c.now.Add(by); ; {
		due := slices.IndexFunc(c.calls, func(d delayedCall) bool { return !d.at.After(end) })
		if due < 0 {
			c.now = end
			return
		}
		next := c.calls[due]
		c.calls = slices.Delete(c.calls, due, due+1)
		c.now = next.at
		next.call()
	}
}

// newQueue returns turns of which none is left, so that everyone waits.
func newQueue() (*turns, *stoppedClock) {
	c := &stoppedClock{now: time.Unix(1e9, 0)}
	t := newTurns(c.Now, c.After, time.Hour)
	for range turnsAtOnce {
		<-t.enter(origin{}, false).done
	}
	return t, c
}

// state is "waits", "turn" or "busy".
func state(w *waiter) string {
	select {
	case <-w.done:
		if w.err == nil {
			return "turn"
		}
		return "busy"
	default:
		return "waits"
	}
}

func states(list []*waiter) map[string]int {
	n := make(map[string]int)
	for _, w := range list {
		n[state(w)]++
	}
	return n
}

func at(address string) origin { return originOf(address + ":1234") }

// TestAFloodDelaysItself: whatever waits from one origin, a caller from another has the turn after
// the next one.
func TestAFloodDelaysItself(t *testing.T) {
	q, clock := newQueue()
	var flood []*waiter
	for range mostOfOrigin + 10 {
		flood = append(flood, q.enter(at("10.0.0.1"), false))
	}
	if got := states(flood); got["waits"] != mostOfOrigin || got["busy"] != 10 {
		t.Fatalf("of the flood %v", got)
	}
	other := q.enter(at("10.0.0.2"), false)
	clock.move(2 * turnEvery)
	if got := state(other); got != "turn" {
		t.Errorf("after two turns the other caller %s", got)
	}
	if got := states(flood)["turn"]; got != 1 {
		t.Errorf("after two turns %d of the flood had one", got)
	}
	clock.move(10 * turnEvery)
	if got := states(flood)["turn"]; got != 11 {
		t.Errorf("alone the flood had %d turns, want the next ten as well", got)
	}
}

// TestAllowedBeforeShareEveryOtherTurn: many origins of strangers do not delay one that was allowed
// before, nor the other way round.
func TestAllowedBeforeShareEveryOtherTurn(t *testing.T) {
	q, clock := newQueue()
	var strangers, known []*waiter
	for i := range mostWaiting + 50 {
		strangers = append(strangers, q.enter(at(fmt.Sprint("10.0.1.", i)), false))
	}
	if got := states(strangers); got["waits"] != mostWaiting {
		t.Errorf("of the strangers %v", got)
	}
	for range 8 {
		known = append(known, q.enter(at("10.0.0.2"), true))
	}
	if got := states(known); got["waits"] != 8 {
		t.Errorf("strangers take the places of those allowed before: %v", got)
	}
	clock.move(10 * turnEvery)
	if s, k := states(strangers)["turn"], states(known)["turn"]; s != 5 || k != 5 {
		t.Errorf("of ten turns strangers had %d, and those allowed before %d", s, k)
	}
	clock.move(10 * turnEvery)
	if s, k := states(strangers)["turn"], states(known)["turn"]; s != 12 || k != 8 {
		t.Errorf("of twenty turns strangers had %d, and those allowed before %d, all of them", s, k)
	}
}

// TestTheLongestQueueMakesRoom: when all places are taken, an origin with fewer callers gets one of
// an origin with more.
func TestTheLongestQueueMakesRoom(t *testing.T) {
	q, _ := newQueue()
	var floods []*waiter
	for _, from := range []string{"10.0.0.1", "10.0.0.2"} {
		for range mostOfOrigin {
			floods = append(floods, q.enter(at(from), false))
		}
	}
	if got := state(q.enter(at("10.0.0.3"), false)); got != "waits" {
		t.Errorf("a third origin: %s", got)
	}
	if got := states(floods); got["busy"] != 1 || got["waits"] != mostWaiting-1 {
		t.Errorf("of the floods %v", got)
	}
}

// TestTurnsAreBounded: no more than a burst and the rate, and no more is saved up than a burst.
func TestTurnsAreBounded(t *testing.T) {
	q, clock := newQueue()
	clock.move(time.Hour)
	had := 0
	for i := range 3 * turnsAtOnce {
		if state(q.enter(at(fmt.Sprint("10.", i/200, ".0.", i%200)), false)) == "turn" {
			had++
		}
	}
	if had != turnsAtOnce {
		t.Errorf("after a quiet hour %d turns at once, want %d", had, turnsAtOnce)
	}
}

// TestLeaving: a caller that goes away, or waits too long, takes nothing from those behind it.
func TestLeaving(t *testing.T) {
	q, clock := newQueue()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.wait(ctx, at("10.0.0.1"), false); !errors.Is(err, errLeft) {
		t.Errorf("a caller that went away: %v", err)
	}
	behind := q.enter(at("10.0.0.1"), false)
	if q.waiting[0] != 1 || len(q.queues) != 1 {
		t.Errorf("%d wait in %d queues", q.waiting[0], len(q.queues))
	}
	clock.move(turnEvery)
	if got := state(behind); got != "turn" {
		t.Errorf("the caller behind it %s", got)
	}
	// A caller whose turn does not come within the patience.
	q.after = func(d time.Duration, call func()) func() bool {
		if d == q.patience {
			go call()
		}
		return func() bool { return false }
	}
	if err := q.wait(t.Context(), at("10.0.0.1"), false); !errors.Is(err, errBusy) {
		t.Errorf("a caller that waited too long: %v", err)
	}
	if q.waiting[0] != 0 || len(q.queues) != 0 || len(q.rings[0]) != 0 {
		t.Errorf("%d wait in %d queues", q.waiting[0], len(q.queues))
	}
}

func TestOrigin(t *testing.T) {
	for remote, want := range map[string]string{
		"10.1.2.3:80": "10.1.2.3/32", "[::ffff:10.1.2.3]:80": "10.1.2.3/32", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:80": "fe80::/64", "[::1]:80": "::/64", "": "invalid Prefix", "pipe": "invalid Prefix",
	} {
		if got := originOf(remote).String(); got != want {
			t.Errorf("%q is of %s, want %s", remote, got, want)
		}
	}
}
