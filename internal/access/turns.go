package access

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// turnEvery and turnsAtOnce bound the questions about callers that have not had a yes: one turn
	// per interval, and so many in one go after a quiet time. A flood of made-up tokens does not
	// reach the API server faster.
	turnEvery   = 50 * time.Millisecond
	turnsAtOnce = 100
	// mostWaiting and mostOfOrigin bound the callers that wait for a turn, on each ring and from
	// one origin: well below the connections that the server holds, because each takes one.
	mostWaiting  = 128
	mostOfOrigin = 64
)

var (
	// errBusy means that a caller got no turn.
	errBusy = errors.New("too many questions about callers that are not known yet")
	// errLeft means that the caller that waited for its turn went away.
	errLeft = errors.New("the caller went away while it waited for its turn")
)

// origin is where a caller comes from, as far as it shares turns with others: an IPv4 address, or
// an IPv6 network of 64 bits, of which one machine may have all addresses. The zero value is an
// address that cannot be read. Headers such as X-Forwarded-For do not count: a caller writes them.
type origin = netip.Prefix

// originOf returns the origin of a request's remote address.
func originOf(remote string) origin {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return origin{}
	}
	address, bits := at.Addr().Unmap().WithZone(""), 32
	if address.Is6() {
		bits = 64
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return origin{}
	}
	return prefix
}

// turns hands out turns to ask the API server about a caller that is not known. Callers wait in a
// queue for each origin, and the queues are served in turn, so that an origin that floods delays
// itself. Origins that had an allowed request before share every other turn among themselves.
type turns struct {
	now func() time.Time
	// after calls a function later; what it returns cancels that.
	after    func(time.Duration, func()) (stop func() bool)
	patience time.Duration

	mu sync.Mutex
	// spare turns can be taken at once; counted is the time up to which turns were added.
	spare   int
	counted time.Time
	queues  map[origin]*queue
	// rings are the queues that are not empty, the next one first: strangers, and allowed before.
	rings [2][]*queue
	// ring is the one that had the last turn; waiting are the callers on each.
	ring    int
	waiting [2]int
	armed   bool
}

// queue are the waiting callers of one origin.
type queue struct {
	of      origin
	ring    int
	waiters []*waiter
}

// waiter is a caller that waits. done is closed when it has a turn, or err.
type waiter struct {
	of   *queue
	done chan struct{}
	err  error
}

func newTurns(now func() time.Time, after func(time.Duration, func()) func() bool, patience time.Duration) *turns {
	return &turns{now: now, after: after, patience: patience, spare: turnsAtOnce, counted: now(), queues: make(map[origin]*queue)}
}

// wait returns nil once it is the caller's turn. It returns errBusy when too many wait, or the turn
// does not come within the patience, and errLeft when ctx ends first.
func (t *turns) wait(ctx context.Context, from origin, allowedBefore bool) error {
	w := t.enter(from, allowedBefore)
	stop := t.after(t.patience, func() { t.leave(w, errBusy) })
	defer stop()
	select {
	case <-w.done:
	case <-ctx.Done():
		t.leave(w, errLeft)
		<-w.done
	}
	return w.err
}

// enter makes a caller wait, unless there is a turn or no room.
func (t *turns) enter(from origin, allowedBefore bool) *waiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &waiter{done: make(chan struct{})}
	q := t.queues[from]
	if q == nil {
		q = &queue{of: from}
		if allowedBefore {
			q.ring = 1
		}
	}
	if !t.room(q) {
		w.end(errBusy)
		return w
	}
	if len(q.waiters) == 0 {
		t.queues[from] = q
		t.rings[q.ring] = append(t.rings[q.ring], q)
	}
	w.of = q
	q.waiters = append(q.waiters, w)
	t.waiting[q.ring]++
	t.serve()
	return w
}

// room reports whether another caller may wait in the queue. When all places of its ring are taken,
// the last one of the longest queue makes room for a shorter one.
func (t *turns) room(q *queue) bool {
	if len(q.waiters) >= mostOfOrigin {
		return false
	}
	if t.waiting[q.ring] < mostWaiting {
		return true
	}
	longest := slices.MaxFunc(t.rings[q.ring], func(a, b *queue) int { return cmp.Compare(len(a.waiters), len(b.waiters)) })
	if len(longest.waiters) <= len(q.waiters)+1 {
		return false
	}
	t.remove(longest.waiters[len(longest.waiters)-1], errBusy)
	return true
}

// serve hands out the turns that there are, and comes back when there are more.
func (t *turns) serve() {
	now := t.now()
	if more := int(now.Sub(t.counted) / turnEvery); more > 0 {
		t.spare = min(t.spare+more, turnsAtOnce)
		t.counted = t.counted.Add(time.Duration(more) * turnEvery)
	}
	for t.spare > 0 && t.waiting[0]+t.waiting[1] > 0 {
		t.spare--
		t.next()
	}
	if t.waiting[0]+t.waiting[1] > 0 && !t.armed {
		t.armed = true
		t.after(t.counted.Add(turnEvery).Sub(now), t.tick)
	}
}

func (t *turns) tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed = false
	t.serve()
}

// next hands a turn to the first caller of the next queue.
func (t *turns) next() {
	t.ring = 1 - t.ring
	if len(t.rings[t.ring]) == 0 {
		t.ring = 1 - t.ring
	}
	q := t.rings[t.ring][0]
	t.rings[t.ring] = append(t.rings[t.ring][1:], q)
	t.remove(q.waiters[0], nil)
}

// leave ends the waiting of a caller that waits no longer. A turn that it has got already is used.
func (t *turns) leave(w *waiter, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-w.done:
	default:
		t.remove(w, err)
	}
}

// remove takes a caller out of its queue, and an empty queue out of its ring.
func (t *turns) remove(w *waiter, err error) {
	q := w.of
	q.waiters = slices.DeleteFunc(q.waiters, func(other *waiter) bool { return other == w })
	if len(q.waiters) == 0 {
		delete(t.queues, q.of)
		t.rings[q.ring] = slices.DeleteFunc(t.rings[q.ring], func(other *queue) bool { return other == q })
	}
	t.waiting[q.ring]--
	w.end(err)
}

func (w *waiter) end(err error) {
	w.err = err
	close(w.done)
}
