package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Options say what a Source serves.
type Options struct {
	// Paths are files and folders. Folders are read with their subfolders:
	// *.yaml, *.yml and *.json, but nothing hidden. A file named here may have
	// any extension.
	Paths []string
	// FS, if not nil, is read instead of Paths and is taken never to change.
	FS fs.FS
	// Kinds are the wanted kinds; objects of other kinds are counted and
	// skipped. An object in another version of a wanted kind is taken if it
	// has no field that the wanted version lacks. A kind that the client-go
	// scheme does not know is served as *unstructured.Unstructured.
	Kinds []schema.GroupVersionKind
	// Logger takes what is wrong with the files; nil discards it.
	Logger log.Logger
}

// Stats count what the latest reading found.
type Stats struct {
	// Files is the number of manifest files, readable or not.
	Files int
	// Documents is the number of YAML documents and JSON values with content.
	Documents int
	// Objects is the number of objects served, each Undecodable and each
	// object kept from an earlier reading included.
	Objects int
	// UnknownKinds is the number of objects skipped because their kind, or
	// their version of the kind, is not wanted.
	UnknownKinds int
	// Broken is the number of documents, list items, files and folders that
	// could not be read or decoded, and of files that are incomplete.
	Broken int
	// Incomplete is the number of files whose content is not taken, because it
	// is empty, ends too early, or was written less than a second ago. The
	// last good content of each is served instead.
	Incomplete int
}

// Source serves the objects of manifest files to informers: ListWatch gives
// each kind's list and watch functions, Run follows the files.
//
// Every reading makes a new world, whose differences to the one before become
// watch events. Of two objects with the same kind, namespace and name the one
// in the file that sorts last counts. An object without a namespace is in
// "default" unless its kind has none; one with only a generateName gets a name
// that stays the same as long as the order of such objects in its file does.
// The resourceVersion of a recording is replaced by the source's own.
//
// Two things that a cluster would do cannot be seen in a single object, and are
// done here: ClusterRoles with an aggregationRule are filled in, and a Pod that
// was never stored by an API server (it has no resourceVersion, uid,
// creationTimestamp or phase) mounts the API token that it would be given.
// Nothing else is defaulted.
//
// What cannot be read is never taken for deleted:
//
//   - A file that is gone from a folder takes its objects with it.
//   - A list item or document that says who it is but does not decode is
//     served as an Undecodable, in place of what was served before.
//   - A file that is empty or ends too early is served as it was, until it is
//     whole again. Without a last good content nothing of it is served, and New
//     returns an error. docs/configuration.md lists the signs.
//   - While anything else in a file is broken beyond recognition (a document
//     that is not YAML, an unreadable file), the objects that the file had before and that cannot be found in
//     it now are kept, until the file is whole again. The rest of the file is
//     taken as it is. An object kept this way yields to one read from any file.
//   - The objects below a folder that cannot be listed, or below a path of
//     Options.Paths that has vanished, are kept, and Reload returns an error
//     for the latter: nobody can tell an unmounted volume from a deletion.
type Source struct {
	logger log.Logger
	kinds  *kindTable
	tree   fileTree
	world  *world

	reading   sync.Mutex // one reading at a time; guards what follows
	known     map[string]*fileState
	unsettled map[string]unsettled
	report    *reporter
	now       func() time.Time
	// settle is how long Run waits for a file to stay as it is.
	settle time.Duration

	statsMu sync.RWMutex
	stats   Stats
}

// New reads the files once. It fails if a path does not exist or cannot be
// read, or if no Kubernetes manifest at all can be read below it; single
// broken documents and files among good ones are logged and counted.
func New(opts Options) (*Source, error) {
	kinds, err := newKindTable(opts.Kinds)
	if err != nil {
		return nil, err
	}
	s := &Source{logger: opts.Logger, kinds: kinds, world: newWorld(kinds), now: time.Now, settle: settleTime}
	if s.logger == nil {
		s.logger = log.NewNopLogger()
	}
	s.report = &reporter{logger: s.logger, failing: map[string]string{}}
	switch {
	case opts.FS != nil:
		s.tree = fixedFiles{opts.FS}
	case len(opts.Paths) > 0:
		s.tree = newDiskFiles(opts.Paths)
	default:
		return nil, errors.New("snapshot: no path: name at least one file or folder")
	}
	l, err := s.reload(0)
	if err != nil {
		return nil, err
	}
	for _, root := range s.tree.roots() {
		if err := s.usable(root, l); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Reload reads the files again and publishes what has changed, without waiting
// for files to settle. An error means that one of the paths cannot be read any
// more; the others have been.
func (s *Source) Reload() error {
	_, err := s.reload(0)
	return err
}

// follow is Reload that waits for files to settle. It reports whether any file
// has not: then it has to be called again.
func (s *Source) follow() (waiting bool, err error) {
	_, err = s.reload(s.settle)
	s.reading.Lock()
	defer s.reading.Unlock()
	return len(s.unsettled) > 0, err
}

// Stats returns what the latest reading found.
func (s *Source) Stats() Stats {
	s.statsMu.RLock()
	defer s.statsMu.RUnlock()
	return s.stats
}

func (s *Source) reload(settle time.Duration) (listing, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	l := s.tree.list()
	s.readAll(l, settle)
	next, stats := s.merge()
	stats.Files = len(l.files)
	stats.Broken += len(l.failed)
	aggregateRoles(next)
	admitPods(next)
	n := s.world.publish(next)
	s.statsMu.Lock()
	s.stats = stats
	s.statsMu.Unlock()
	logAt := level.Debug
	if n != (changes{}) {
		logAt = level.Info
	}
	logAt(s.logger).Log("msg", "snapshot read", "files", stats.Files, "documents", stats.Documents,
		"objects", stats.Objects, "unknown_kinds", stats.UnknownKinds, "broken", stats.Broken, "incomplete", stats.Incomplete,
		"added", n.added, "modified", n.modified, "deleted", n.deleted)
	var errs []error
	for _, root := range s.tree.roots() {
		if err, failed := l.failed[root]; failed {
			errs = append(errs, whyUnlisted(root, err))
		}
	}
	return l, errors.Join(errs...)
}

// usable returns an error if nothing below a root could be read, or if a file
// there is incomplete: it would be served as a smaller cluster.
func (s *Source) usable(root string, l listing) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	found, readable := 0, false
	var first error
	for _, name := range l.files {
		if !below(name, root) {
			continue
		}
		found++
		state := s.known[name]
		if state.incomplete != nil {
			return fmt.Errorf("snapshot file %q is incomplete: %w: %s", name, state.incomplete.placed(), state.incomplete.fix())
		}
		readable = readable || state.readable
		if first == nil && state.trouble != nil {
			first = fmt.Errorf("%s: %w", name, state.trouble)
		}
	}
	switch {
	case readable, l.covered[root]: // another root vouches for what is shared with it
		return nil
	case found == 0:
		return fmt.Errorf("snapshot folder %q holds no manifest: put *.yaml, *.yml or *.json files with Kubernetes objects there", root)
	case first != nil:
		return fmt.Errorf("snapshot path %q holds no manifest that can be read: fix %w", root, first)
	default:
		return fmt.Errorf("snapshot path %q holds no Kubernetes object: the files there are empty", root)
	}
}

// below reports whether a path is another one or in that folder.
func below(name, folder string) bool {
	name, folder = filepath.ToSlash(name), filepath.ToSlash(folder)
	if folder == "." {
		return !filepath.IsAbs(name) && name != ".." && !strings.HasPrefix(name, "../")
	}
	return name == folder || strings.HasPrefix(name, strings.TrimSuffix(folder, "/")+"/")
}
