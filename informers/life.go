package informers

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// ErrStalled says that a watch is open and has said nothing for too long, not even a bookmark.
var ErrStalled = errors.New("no event and no bookmark")

// life is how old what is cached of a kind may be.
//
// That something is received proves little: it may have waited on a slow connection, or belong to a list of which the rest is still to come.
// So the source is asked now and then which version is the newest, and once the cache has come as far, it is known to be as new as that
// question. Not even a list counts: an API server may answer it from what it remembers, and it is received before it is in the cache. Only
// where versions cannot be asked for or compared do lists, events and bookmarks count as they come.
type life struct {
	// staleAfter is for how long a kind is believed; 0 is for ever, as for manifests, which say nothing until they change.
	staleAfter time.Duration
	now        func() time.Time
	// began is where time is measured from, as it passes, whatever is done to the clock. fresh is the moment as of which the cache is known to
	// be complete, in nanoseconds after began.
	began time.Time
	fresh atomic.Int64
	// last is the time of the last answer, that a watch is opened included, in milliseconds; 0 before the first.
	last atomic.Int64

	mu sync.Mutex
	// asked are the questions whose answer the cache has not reached, in the order of time; exact says that there has been an answer.
	asked []question
	exact bool
}

// question is the newest version of a kind at a moment.
type question struct {
	at      time.Duration
	version model.Version
}

// moment is now, as it is measured.
func (l *life) moment() time.Duration { return time.Since(l.began) }

// complete notes that the cache has everything up to a moment.
func (l *life) complete(at time.Duration) {
	for {
		before := l.fresh.Load()
		if int64(at) <= before || l.fresh.CompareAndSwap(before, int64(at)) {
			return
		}
	}
}

// answered notes that the source has said something, which need not be about the kind's objects.
func (l *life) answered() { l.last.Store(l.now().UnixMilli()) }

// heard notes an event, a bookmark or the end of a list, and as of which moment it says something.
func (l *life) heard(at time.Duration) {
	l.answered()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.exact {
		l.complete(at)
	}
}

// newest notes which version the source said was the newest when it was asked. 0 cannot be compared.
func (l *life) newest(at time.Duration, version model.Version) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.exact = version > 0; !l.exact {
		return
	}
	if len(l.asked) == maxQuestions { // whoever is that far behind is stale, unless nobody has looked
		l.asked = slices.Delete(l.asked, 0, 1)
	}
	l.asked = append(l.asked, question{at, version})
}

// reached notes how far the cache has come.
func (l *life) reached(version model.Version) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = slices.DeleteFunc(l.asked, func(q question) bool {
		if q.version <= version {
			l.complete(q.at)
		}
		return q.version <= version
	})
}

// maxQuestions is how many questions are remembered: five are asked in the time after which a kind is stale.
const maxQuestions, questions = 16, 5

// stale says that what is cached may be older than anybody should believe.
func (l *life) stale() bool {
	return l.staleAfter > 0 && l.moment()-time.Duration(l.fresh.Load()) > l.staleAfter
}

// lastEvent is the time of the last answer, zero before the first.
func (l *life) lastEvent() time.Time {
	if ms := l.last.Load(); ms > 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// patience is for how long an open watch may say nothing: half of the time after which the kind is stale, so that there is another half to
// list it anew in.
func (l *life) patience() time.Duration { return l.staleAfter / 2 }

// lively is a watch that is ended when it says nothing for too long.
type lively struct {
	inner   watch.Interface
	events  chan watch.Event
	stopped chan struct{}
	stop    sync.Once
}

// follow passes the events of a watch on. onEvent is told of each. A watch that says nothing for longer than the patience, if there is any,
// ends as an expired one does, which makes the reflector list anew; onStalled is told.
func follow(inner watch.Interface, patience time.Duration, onEvent func(*watch.Event), onStalled func(error)) watch.Interface {
	w := &lively{inner: inner, events: make(chan watch.Event), stopped: make(chan struct{})}
	go w.run(patience, onEvent, onStalled)
	return w
}

// Stop implements watch.Interface.
func (w *lively) Stop() {
	w.stop.Do(func() { close(w.stopped) })
	w.inner.Stop()
}

// ResultChan implements watch.Interface.
func (w *lively) ResultChan() <-chan watch.Event { return w.events }

func (w *lively) run(patience time.Duration, onEvent func(*watch.Event), onStalled func(error)) {
	defer close(w.events)
	defer w.inner.Stop()
	var timer *time.Timer
	var fires <-chan time.Time
	if patience > 0 {
		timer = time.NewTimer(patience)
		defer timer.Stop()
		fires = timer.C
	}
	last := time.Now()
	for {
		select {
		case e, ok := <-w.inner.ResultChan():
			if !ok {
				return
			}
			onEvent(&e)
			if last = time.Now(); !w.send(e) {
				return
			}
		case <-fires:
			// Events only note the time: setting the timer for each would cost more than looking again.
			if left := patience - time.Since(last); left > 0 {
				timer.Reset(left)
				continue
			}
			onStalled(fmt.Errorf("%w for %s", ErrStalled, patience))
			w.send(watch.Event{Type: watch.Error, Object: &metav1.Status{
				Status: metav1.StatusFailure, Reason: metav1.StatusReasonExpired, Code: 410, Message: ErrStalled.Error(),
			}})
			return
		case <-w.stopped:
			return
		}
	}
}

func (w *lively) send(e watch.Event) bool {
	select {
	case w.events <- e:
		return true
	case <-w.stopped:
		return false
	}
}
