package informers

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// bookmarksWithin is after which time an API server has sent a bookmark to a watch that has nothing else to tell: it does so once a minute, and
// two seconds before the time is over for which the watch was asked.
const bookmarksWithin = 75 * time.Second

// lively is a watch that ends when it says nothing for too long, as one does whose time is over: the reflector opens another where this one
// was, which costs next to nothing and lists nothing.
type lively struct {
	inner   watch.Interface
	events  chan watch.Event
	stopped chan struct{}
	stop    sync.Once
	// fruitless is told, at its end, whether it has brought nothing though it had the time.
	fruitless *atomic.Bool
}

// follow passes the events of a watch on. onEvent is told of each; fruitless says afterwards whether the watch has brought nothing for as long as
// the patience lasts.
func follow(inner watch.Interface, l *life, fruitless *atomic.Bool, onEvent func(*watch.Event)) watch.Interface {
	w := &lively{inner: inner, events: make(chan watch.Event), stopped: make(chan struct{}), fruitless: fruitless}
	go w.run(l, onEvent)
	return w
}

// Stop implements watch.Interface.
func (w *lively) Stop() {
	w.stop.Do(func() { close(w.stopped) })
	w.inner.Stop()
}

// ResultChan implements watch.Interface.
func (w *lively) ResultChan() <-chan watch.Event { return w.events }

func (w *lively) run(l *life, onEvent func(*watch.Event)) {
	defer close(w.events)
	defer w.inner.Stop()
	began, patience := l.moment(), l.patience()
	defer func() {
		lasted := l.moment() - began
		// The API server counts the time of a watch in whole seconds.
		w.fruitless.Store(patience > 0 && lasted > patience-2*time.Second && l.silent() >= lasted)
	}()
	var timer *time.Timer
	var fires <-chan time.Time
	if patience > 0 {
		timer = time.NewTimer(patience)
		defer timer.Stop()
		fires = timer.C
	}
	for {
		select {
		case e, ok := <-w.inner.ResultChan():
			if !ok {
				return
			}
			l.note(&e)
			if onEvent(&e); !w.send(e) {
				return
			}
		case <-fires:
			// Events only note the time: setting the timer for each would cost more than looking again.
			silent := min(l.silent(), l.moment()-began)
			if silent >= patience {
				return
			}
			timer.Reset(patience - silent)
		case <-w.stopped:
			return
		}
	}
}

// note notes the version of an event, and that it is a change if it is one.
func (l *life) note(e *watch.Event) {
	if l.staleAfter == 0 || e.Type == watch.Error {
		return
	}
	if e.Type != watch.Bookmark {
		l.changed()
	}
	if version := versionOf(e); version > 0 {
		l.seen.Store(uint64(version))
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

// expired is a watch that is over at once, as one from a version that the API server has forgotten: the reflector lists everything anew.
func expired(why error) watch.Interface {
	events := make(chan watch.Event, 1)
	events <- watch.Event{Type: watch.Error, Object: &metav1.Status{
		Status: metav1.StatusFailure, Reason: metav1.StatusReasonExpired, Code: http.StatusGone, Message: why.Error(),
	}}
	return watch.NewProxyWatcher(events)
}
