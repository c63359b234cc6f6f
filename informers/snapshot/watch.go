package snapshot

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// bookmarkInterval is how often a quiet watch that asked for bookmarks shows
// that it is alive.
const bookmarkInterval = 30 * time.Second

// watcher follows one kind from a version on. It owns one goroutine, which
// ends with the watch, and buffers nothing: the world remembers the events.
type watcher struct {
	lw        *ListWatcher
	version   uint64
	bookmarks bool
	result    chan watch.Event
	ctx       context.Context // ends with the caller's context, Stop or the timeout
	cancel    context.CancelFunc
}

func startWatcher(ctx context.Context, lw *ListWatcher, version uint64, initial []event, options metav1.ListOptions) *watcher {
	w := &watcher{lw: lw, version: version, bookmarks: options.AllowWatchBookmarks, result: make(chan watch.Event)}
	if t := options.TimeoutSeconds; t != nil && *t > 0 {
		w.ctx, w.cancel = context.WithTimeout(ctx, time.Duration(*t)*time.Second)
	} else {
		w.ctx, w.cancel = context.WithCancel(ctx)
	}
	go w.run(initial)
	return w
}

// Stop implements watch.Interface. It may be called more than once.
func (w *watcher) Stop() { w.cancel() }

// ResultChan implements watch.Interface.
func (w *watcher) ResultChan() <-chan watch.Event { return w.result }

func (w *watcher) run(initial []event) {
	defer close(w.result)
	defer w.cancel()
	if !w.sendAll(initial) {
		return
	}
	ticker := time.NewTicker(bookmarkInterval)
	defer ticker.Stop()
	seen := w.lw.world.since(w.lw.kind, w.version).readings
	for due := false; ; {
		news := w.lw.world.since(w.lw.kind, w.version)
		if news.expired {
			status := w.lw.expired(formatVersion(w.version)).ErrStatus
			w.send(watch.Event{Type: watch.Error, Object: &status})
			return
		}
		if !w.sendAll(news.events) {
			return
		}
		w.version = news.version
		if (due || news.readings != seen) && !w.sendBookmark() {
			return
		}
		seen, due = news.readings, false
		select {
		case <-w.ctx.Done():
			return
		case <-news.changed:
		case <-ticker.C:
			due = true
		}
	}
}

// send reports false when the watch is over.
func (w *watcher) send(e watch.Event) bool {
	select {
	case w.result <- e:
		return true
	case <-w.ctx.Done():
		return false
	}
}

func (w *watcher) sendAll(events []event) bool {
	for _, e := range events {
		if !w.send(watch.Event{Type: e.kind, Object: e.object}) {
			return false
		}
	}
	return true
}

// sendBookmark tells the consumer the version it is at, in an object of the
// kind's own Go type, as an API server does.
func (w *watcher) sendBookmark() bool {
	if !w.bookmarks {
		return true
	}
	mark, err := newObject(w.lw.kind)
	if err != nil { // the kind was checked when the source was made
		return true
	}
	mark.SetResourceVersion(formatVersion(w.version))
	return w.send(watch.Event{Type: watch.Bookmark, Object: mark})
}
