package snapshot

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// fileState is what is known of one file.
type fileState struct {
	// sum is the hash of the content that was parsed last; the zero value
	// stands for a file that could not be read.
	sum [sha256.Size]byte
	// fresh are the objects in the file, kept those from earlier readings that
	// may be in its broken parts.
	fresh, kept []entry

	documents, broken int
	unknown           map[schema.GroupVersionKind]int
	readable          bool
	// trouble is the first problem of the file, with its place.
	trouble error
}

// readAll brings the known files up to date with a listing.
func (s *Source) readAll(l listing) {
	next := make(map[string]*fileState, len(l.files))
	for _, name := range l.files {
		next[name] = s.readOne(name, s.known[name])
	}
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

// readOne reads a file, unless it says what it said the last time.
func (s *Source) readOne(name string, old *fileState) *fileState {
	data, err := readFile(s.tree, name)
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) { // the file is named beside it
			err = pathErr.Err
		}
		s.report.unread(name, err)
		return old.unreadable(err)
	}
	sum := sha256.Sum256(data)
	if old != nil && old.sum == sum {
		return old
	}
	p := parse(name, data, s.kinds)
	state := &fileState{
		sum: sum, fresh: p.entries, documents: p.documents, broken: len(p.problems),
		unknown: p.unknown, readable: p.readable,
	}
	if p.unidentified {
		state.kept = old.missingFrom(p.entries)
	}
	if len(p.problems) > 0 {
		first := p.problems[0]
		state.trouble = fmt.Errorf("document %d (line %d): %w", first.document, first.line, first.err)
	}
	s.report.problems(name, p.problems, len(state.kept))
	return state
}

// unreadable is the state of a file that cannot be read now: it keeps its
// objects. The error is nil if not even the file's folder can be listed, which
// is counted there.
func (f *fileState) unreadable(err error) *fileState {
	state := &fileState{kept: f.missingFrom(nil), trouble: err}
	if err != nil {
		state.broken = 1
	}
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
	var stats Stats
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
