package snapshot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

const (
	// dataLink is the link in a mounted ConfigMap that is swapped to the new
	// version of all its files at once.
	dataLink = "..data"
	// debounce is how long the files must be quiet before they are read, and
	// patience how long a restless folder can put that off.
	debounce = 200 * time.Millisecond
	patience = 10 * debounce
	// settleTime is how long a file must stay as it is before it is taken:
	// kubectl writes a large cluster in many steps.
	settleTime = time.Second
	// retryAfter is when a reading that failed is tried again, for failures
	// whose end causes no file event.
	retryAfter = 10 * time.Second
)

var errNotificationsEnded = errors.New("snapshot: the file notifications ended: restart to follow the files")

// Run follows the files until the context ends and then returns nil: when
// something below the paths changes and has been quiet for 200 ms (or 2 s have
// gone by), everything is read again, and a changed file is taken once it has
// stayed as it is for a second. It returns an error if the system's file
// notifications cannot be had at all. With Options.FS it only waits. It is to
// be run once.
func (s *Source) Run(ctx context.Context) error {
	disk, ok := s.tree.(*diskFiles)
	if !ok {
		<-ctx.Done()
		return nil
	}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("snapshot: cannot follow the files (raise fs.inotify.max_user_instances if it is exhausted): %w", err)
	}
	f := &follower{source: s, disk: disk, notify: notify, logger: s.logger, unwatched: map[string]bool{}}
	err = f.run(ctx)
	if closeErr := notify.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("snapshot: closing the file notifications: %w", closeErr)
	}
	return err
}

// follower turns file events into readings.
type follower struct {
	source *Source
	disk   *diskFiles
	notify *fsnotify.Watcher
	logger log.Logger
	// folders are the folders that are to be watched: see listing.
	folders map[string]map[string]bool
	// unwatched are the folders that could not be watched, lastErr why the
	// latest reading failed: the log says each once.
	unwatched map[string]bool
	lastErr   string
}

func (f *follower) run(ctx context.Context) error {
	timer := time.NewTimer(0) // the first reading catches what changed since New
	defer timer.Stop()
	var restless time.Time // since when events have been waiting
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, ok := <-f.notify.Events:
			if !ok {
				return errNotificationsEnded
			}
			if !f.relevant(event) {
				continue
			}
		case err, ok := <-f.notify.Errors:
			if !ok {
				return errNotificationsEnded
			}
			level.Warn(f.logger).Log("msg", "file notifications may be lost: reading the snapshot again", "err", err)
		case <-timer.C:
			restless = time.Time{}
			if after := f.read(); after > 0 {
				timer.Reset(after)
			}
			continue
		}
		now := time.Now()
		if restless.IsZero() {
			restless = now
		}
		timer.Reset(min(debounce, restless.Add(patience).Sub(now)))
	}
}

// read reads everything again and returns when to do that again even without
// an event, 0 for never.
func (f *follower) read() time.Duration {
	f.watchFolders()
	waiting, err := f.source.follow()
	again := retryAfter
	if waiting {
		again = f.source.settle
	}
	if err == nil {
		f.lastErr = ""
		if !waiting {
			again = 0
		}
		return again
	}
	if err.Error() != f.lastErr {
		f.lastErr = err.Error()
		level.Error(f.logger).Log("msg", "reading the snapshot failed and is tried again", "every", retryAfter, "err", err)
	}
	return again
}

// maxLooks bounds how often new folders are looked for in one go; what appears
// still later causes an event.
const maxLooks = 10

// watchFolders watches every folder of the snapshot. New folders are watched
// before they are looked into, so it looks again until there are none.
func (f *follower) watchFolders() {
	for range maxLooks {
		f.folders = f.disk.list().folders
		watched := map[string]bool{}
		for _, folder := range f.notify.WatchList() {
			watched[folder] = true
			if _, wanted := f.folders[folder]; !wanted {
				_ = f.notify.Remove(folder) // fails if the folder is gone, which is as well
			}
		}
		added := false
		for folder := range f.folders {
			added = !watched[folder] && f.watch(folder) || added
		}
		if !added {
			return
		}
	}
}

// watch reports whether the folder is watched now; the log says once if not.
func (f *follower) watch(folder string) bool {
	err := f.notify.Add(folder)
	if err == nil {
		delete(f.unwatched, folder)
		return true
	}
	if !f.unwatched[folder] && !errors.Is(err, os.ErrNotExist) {
		f.unwatched[folder] = true
		level.Warn(f.logger).Log("msg", "cannot watch a snapshot folder, changes in it show at the next reload: raise fs.inotify.max_user_watches if it is exhausted",
			"folder", folder, "err", err)
	}
	return false
}

// relevant reports whether an event can change what a reading finds.
func (f *follower) relevant(event fsnotify.Event) bool {
	if _, is := f.folders[event.Name]; is {
		return true
	}
	folder, name := filepath.Dir(event.Name), filepath.Base(event.Name)
	names, known := f.folders[folder]
	switch {
	case !known:
		return false
	case names != nil:
		return names[name]
	case name == dataLink:
		return true
	case hidden(name):
		return false
	case isManifest(name) || event.Has(fsnotify.Remove) || event.Has(fsnotify.Rename):
		return true
	}
	// Other files do not matter, but folders and links to folders do.
	info, err := os.Stat(event.Name)
	return err != nil || info.IsDir()
}
