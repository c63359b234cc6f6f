package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
)

var (
	errEmptied = errors.New("the file is empty, and it was not before")
	errHalf    = errors.New("the file ends where the last good one went on")
	errNoEnd   = errors.New("the last line does not end, and the last good file ended with a whole line")
)

// fix is what to do about a file that is not whole.
func (p *problem) fix() string {
	const save = "wait until it is saved, or save it under another name and rename that to this one"
	switch {
	case errors.Is(p.err, errLogs):
		return "write the dump to a folder (kubectl cluster-info dump --output-directory=FOLDER) and name that folder"
	case errors.Is(p.err, errEmpty), errors.Is(p.err, errEmptied):
		return save + "; if nothing is to be in it, remove it"
	case errors.Is(p.err, errChanging):
		return save
	}
	return save + "; if it is whole, end it with a line of three dots (...)"
}

// placed is the problem as an error that names its place in the file.
func (p *problem) placed() error {
	return fmt.Errorf("document %d (line %d): %w", p.document, p.line, p.err)
}

// outline is what a later content of the same file is compared with, to see
// whether it is only the beginning of this one.
type outline struct {
	// info is of the file that had the content; nil if there was none.
	info fs.FileInfo
	// documents is how many documents there were.
	documents int
	// lines has a hash of the content up to the end of each line; none if the
	// content showed by itself that it was whole.
	lines []uint64
	// endsLine is set if the last line ended.
	endsLine bool
}

// lineSeed makes the hashes of one process comparable.
var lineSeed = maphash.MakeSeed()

func outlineOf(data []byte, p *parsed, info fs.FileInfo) outline {
	o := outline{info: info, documents: p.documents, endsLine: bytes.HasSuffix(data, []byte("\n"))}
	if !p.closed || p.documents > 1 {
		o.lines = lineHashes(data)
	}
	return o
}

// lineHashes returns a hash of the content up to the end of each line.
func lineHashes(data []byte) []uint64 {
	var hash maphash.Hash
	hash.SetSeed(lineSeed)
	hashes := make([]uint64, 0, bytes.Count(data, []byte("\n"))+1)
	for line := range bytes.Lines(data) {
		_, _ = hash.Write(line) // never fails
		hashes = append(hashes, hash.Sum64())
	}
	return hashes
}

// begins reports whether a content is the beginning of the outlined one, which
// went on. The last line may be cut anywhere.
func (o *outline) begins(data []byte) bool {
	lines := lineHashes(data)
	n := len(lines)
	if n == 0 || n > len(o.lines) {
		return false
	}
	if lines[n-1] == o.lines[n-1] {
		return n < len(o.lines)
	}
	return !bytes.HasSuffix(data, []byte("\n")) && n > 1 && lines[n-2] == o.lines[n-2]
}

// incomplete returns why a new content of a file is not taken, nil if it is.
// The first reading of a file has nothing to compare with. A file that was put
// in the place of the old one, and not written over it, is not compared: it
// cannot be half written, and people do remove what is at the end of a file.
func (s *Source) incomplete(old *fileState, p *parsed, data []byte, info fs.FileInfo) *problem {
	last := max(1, bytes.Count(bytes.TrimRight(data, "\r\n"), []byte("\n"))+1)
	cut := func(err error) *problem { return &problem{document: p.documents, line: last, err: err} }
	switch {
	case old != nil && p.documents == 0 && len(p.problems) == 0 && old.good.documents > 0:
		return cut(errEmptied)
	case p.unfinished != nil:
		return p.unfinished
	case old == nil || old.good.info == nil || !os.SameFile(old.good.info, info):
		return nil
	case endMarked(data):
		return nil
	case old.good.begins(data):
		return cut(errHalf)
	case old.good.endsLine && !p.closed && !bytes.HasSuffix(data, []byte("\n")):
		return cut(errNoEnd)
	case !p.unidentified && (!p.closed || p.documents < old.good.documents) && old.lostTail(p.entries):
		return cut(errHalf)
	}
	return nil
}

// lostTail reports whether a new content ends with an object that the last
// good one had, and has none of the objects that came after it there.
func (f *fileState) lostTail(found []entry) bool {
	if len(found) == 0 {
		return false
	}
	here := make(map[objectKey]bool, len(found))
	for i := range found {
		here[found[i].key] = true
	}
	last := found[len(found)-1].key
	for i := len(f.fresh) - 1; i >= 0; i-- {
		switch key := f.fresh[i].key; {
		case key == last:
			return i < len(f.fresh)-1
		case here[key]:
			return false
		}
	}
	return false
}
