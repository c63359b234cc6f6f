package snapshot

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// fileState is the latest reading of one file.
type fileState struct {
	// sum is the hash of the content that was read last; the zero value stands
	// for a file that could not be read.
	sum [sha256.Size]byte
	// info is of the file with that content.
	info fs.FileInfo
	// fresh are the objects in the file, kept those from earlier readings that
	// may be in its broken parts. Both are of the last good reading while the
	// file is incomplete.
	fresh, kept []entry
	// good is the content that fresh was read from.
	good outline

	documents, broken int
	unknown           map[schema.GroupVersionKind]int
	readable          bool
	// trouble is the first problem of the file, with its place.
	trouble error
	// incomplete is why the content is not taken, nil if it is.
	incomplete *problem
}

// unsettled is a content that the file has had since a moment, and that is not
// taken yet.
type unsettled struct {
	sum   [sha256.Size]byte
	since time.Time
	// first is since when the file has not settled, warned whether the log says so.
	first  time.Time
	warned bool
}

// readAll brings the known files up to date with a listing.
func (s *Source) readAll(l listing, settle time.Duration) {
	next := make(map[string]*fileState, len(l.files))
	waiting := make(map[string]unsettled)
	for _, name := range l.files {
		state, since := s.readOne(name, s.known[name], settle)
		if since != (unsettled{}) {
			waiting[name] = since
		}
		if state != nil {
			next[name] = state
		}
	}
	s.unsettled = waiting
	s.warnUnsettled()
	for folder, err := range l.failed {
		s.report.unlisted(folder, err)
		for name, old := range s.known {
			if _, listed := next[name]; !listed && below(name, folder) {
				next[name] = old.unreadable(nil)
			}
		}
	}
	s.report.recovered(func(path string) bool {
		return l.failed[path] != nil || next[path] != nil && next[path].sum == [sha256.Size]byte{}
	})
	s.known = next
}

// readOne reads a file, unless it says what it said the last time. A content
// that the file has not had for the time to settle is returned, and the state
// stays what it was: nil for a new file.
func (s *Source) readOne(name string, old *fileState, settle time.Duration) (*fileState, unsettled) {
	data, info, err := readFile(s.tree, name)
	switch changing := errors.Is(err, errChanging); {
	case changing && settle > 0:
		return old, s.unsettled[name].with([sha256.Size]byte{}, s.now())
	case changing:
		return old.incompleteWith([sha256.Size]byte{}, nil, &problem{line: 1, err: err}), unsettled{}
	}
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) { // the file is named beside it
			err = pathErr.Err
		}
		s.report.unread(name, err)
		return old.unreadable(err), unsettled{}
	}
	sum := sha256.Sum256(data)
	if old != nil && old.sum == sum && (old.incomplete == nil || os.SameFile(old.info, info)) {
		return old, unsettled{}
	}
	if since := s.unsettled[name].with(sum, s.now()); s.now().Sub(since.since) < settle {
		return old, since
	}
	p := parse(name, data, s.kinds)
	if cut := s.incomplete(old, &p, data, info); cut != nil {
		s.report.incomplete(name, cut, old != nil)
		return old.incompleteWith(sum, info, cut), unsettled{}
	}
	state := &fileState{
		sum: sum, info: info, fresh: p.entries, documents: p.documents, broken: len(p.problems),
		unknown: p.unknown, readable: p.readable, good: outlineOf(data, &p, info),
	}
	if p.unidentified {
		state.kept = old.missingFrom(p.entries)
	}
	if len(p.problems) > 0 {
		state.trouble = p.problems[0].placed()
	}
	s.report.problems(name, p.problems, len(state.kept))
	return state, unsettled{}
}

// with is the same file with the content that it has now.
func (u unsettled) with(sum [sha256.Size]byte, now time.Time) unsettled {
	if u.first.IsZero() {
		u.first = now
	}
	if u.since.IsZero() || u.sum != sum {
		u.sum, u.since = sum, now
	}
	return u
}

// warnUnsettled warns, once, of each file that does not settle.
func (s *Source) warnUnsettled() {
	for name, u := range s.unsettled {
		if !u.warned && s.now().Sub(u.first) >= retryAfter {
			u.warned = true
			s.unsettled[name] = u
			s.report.incomplete(name, &problem{line: 1, err: errChanging}, s.known[name] != nil)
		}
	}
}

// unreadable is the state of a file that cannot be read now: it keeps its
// objects. The error is nil if not even the file's folder can be listed, which
// is counted there.
func (f *fileState) unreadable(err error) *fileState {
	state := &fileState{kept: f.missingFrom(nil), trouble: err}
	if f != nil {
		state.good = f.good
	}
	if err != nil {
		state.broken = 1
	}
	return state
}

// incompleteWith is the state of a file whose content is not taken: it keeps
// what its last good reading found.
func (f *fileState) incompleteWith(sum [sha256.Size]byte, info fs.FileInfo, cut *problem) *fileState {
	state := &fileState{}
	if f != nil {
		*state = *f
	}
	if state.incomplete == nil {
		state.broken++
	}
	state.sum, state.info, state.incomplete = sum, info, cut
	return state
}

// missingFrom returns the objects of a file, older kept ones included, that a
// new reading of it did not find.
func (f *fileState) missingFrom(found []entry) []entry {
	if f == nil {
		return nil
	}
	here := make(map[objectKey]bool, len(found))
	for i := range found {
		here[found[i].key] = true
	}
	var missing []entry
	for _, e := range slices.Concat(f.kept, f.fresh) {
		if !here[e.key] {
			missing = append(missing, e)
		}
	}
	return missing
}

// merge puts the objects of all files together, by sorted path. Fresh objects
// win over kept ones, and later over earlier.
func (s *Source) merge() (map[objectKey]*entry, Stats) {
	stats := Stats{Incomplete: len(s.unsettled)}
	next := map[objectKey]*entry{}
	names := slices.Sorted(maps.Keys(s.known))
	for _, name := range names {
		for i := range s.known[name].kept {
			e := &s.known[name].kept[i]
			next[e.key] = e
		}
	}
	from, twice := map[objectKey]string{}, map[objectKey]passedOver{}
	unknown := map[schema.GroupVersionKind]int{}
	for _, name := range names {
		f := s.known[name]
		stats.Documents += f.documents
		stats.Broken += f.broken
		if _, waits := s.unsettled[name]; f.incomplete != nil && !waits {
			stats.Incomplete++
		}
		for kind, n := range f.unknown {
			unknown[kind] += n
			stats.UnknownKinds += n
		}
		for i := range f.fresh {
			e := &f.fresh[i]
			if before, known := from[e.key]; known {
				twice[e.key] = passedOver{file: before, by: name}
			}
			from[e.key], next[e.key] = name, e
		}
	}
	stats.Objects = len(next)
	s.report.duplicates(twice)
	s.report.unknownKinds(unknown)
	return next, stats
}
