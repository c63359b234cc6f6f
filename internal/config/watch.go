package config

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/go-kit/log/level"
)

// timing says how soon a change is read.
type timing struct {
	// settle is the time from an event to reading the file, and from there to reading it again to see whether it is complete.
	settle time.Duration
	// poll is how often the file is looked at without any event. It finds what no event tells of: a network file
	// system, a link to another folder, a folder that was replaced, a node without inotify instances left.
	poll time.Duration
}

func defaultTiming() timing { return timing{settle: 200 * time.Millisecond, poll: 30 * time.Second} }

// Run watches the file until ctx is done, and reloads it when its content has changed. The folder is watched rather
// than the file, because an editor's rename and the swap of a mounted ConfigMap's ..data link put another file in its
// place. Without a file it only waits.
func (r *Reloader) Run(ctx context.Context) {
	if r.path == "" {
		<-ctx.Done()
		return
	}
	w := r.newWatcher()
	defer w.close()
	poll := time.NewTicker(r.timing.poll)
	defer poll.Stop()
	// The first check is made at once: the file may have changed between the first load and the start of the watch.
	settle := time.NewTimer(0)
	defer settle.Stop()
	// An event while the timer runs changes nothing, so that a folder in which something always happens cannot put the check off for ever.
	running := true
	arm := func() {
		if !running {
			settle.Reset(r.timing.settle)
			running = true
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-w.events:
			if !open {
				w.events = nil
			}
			arm()
		case err, open := <-w.errors:
			if !open {
				w.errors = nil
				continue
			}
			// Events were lost; what they told of is in the file.
			level.Warn(r.logger).Log("msg", "watching the configuration file failed, reading it instead", "file", r.path, "err", err)
			arm()
		case <-poll.C:
			w.renew()
			arm()
		case <-settle.C:
			running = false
			if r.check() {
				arm()
			}
		}
	}
}

// watcher is an fsnotify watcher of one folder; when none can be had, its channels are nil and polling is all there is.
type watcher struct {
	notify *fsnotify.Watcher
	folder string
	events <-chan fsnotify.Event
	errors <-chan error
}

func (r *Reloader) newWatcher() *watcher {
	w := &watcher{folder: filepath.Dir(r.path)}
	notify, err := fsnotify.NewWatcher()
	if err == nil {
		w.notify, w.events, w.errors = notify, notify.Events, notify.Errors
		err = notify.Add(w.folder)
	}
	if err != nil {
		level.Warn(r.logger).Log("msg", "cannot watch the configuration file, polling it instead", "file", r.path, "interval", r.timing.poll, "err", err)
	}
	return w
}

// renew watches the folder again if it was replaced by another one; adding a folder that is watched changes nothing.
func (w *watcher) renew() {
	if w.notify != nil {
		_ = w.notify.Add(w.folder) // polling goes on whatever comes of it
	}
}

func (w *watcher) close() {
	if w.notify != nil {
		_ = w.notify.Close()
	}
}
