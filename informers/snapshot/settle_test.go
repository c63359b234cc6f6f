package snapshot

import (
	"testing"
	"time"
)

// TestFilesSettle: a change is taken when the file has stayed as it is for a
// second, and until then the file is served as it was.
func TestFilesSettle(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	s, logs := open(t, dir)
	now := time.Now()
	s.settle, s.now = settleTime, func() time.Time { return now }
	step := func(after time.Duration, waits bool, want map[string]string) {
		t.Helper()
		now = now.Add(after)
		waiting, err := s.follow()
		if err != nil || waiting != waits {
			t.Errorf("follow = %v, %v; want %v", waiting, err, waits)
		}
		if incomplete := s.Stats().Incomplete > 0; incomplete != waits {
			t.Errorf("incomplete: %v, want %v", incomplete, waits)
		}
		same(t, "pods", served(t, s, podKind), want)
	}
	one, two := map[string]string{"a/x": "1"}, map[string]string{"a/x": "2"}
	step(0, false, one)
	write(t, dir, "a.yaml", pod("x", "2"))
	step(0, true, one)
	step(settleTime-1, true, one)
	step(1, false, two)

	write(t, dir, "b.yaml", pod("z", "1")) // a new file waits, too
	step(0, true, two)
	write(t, dir, "b.yaml", pod("z", "2")) // and from its latest change on
	step(settleTime, true, two)
	step(settleTime, false, map[string]string{"a/x": "2", "a/z": "2"})
	remove(t, dir, "b.yaml") // a file that is gone does not wait
	step(0, false, two)

	for i := range 20 { // a file that never rests is served as it was, and the log says so
		write(t, dir, "a.yaml", pod("x", "3")+"# "+formatVersion(uint64(i))+"\n")
		step(settleTime, true, two)
	}
	if n := len(logs.lines("level=warn", "last good content is served", "is being written")); n != 1 {
		t.Errorf("%d log lines about the restless file:\n%s", n, logs)
	}
	step(settleTime, false, map[string]string{"a/x": "3"})
	if s, err := New(Options{Paths: []string{dir}, Kinds: testKinds}); err != nil || s.settle != time.Second {
		t.Errorf("a source waits for %v, %v", s.settle, err)
	}
}

// TestIncompleteIsLoggedOnce, with what to do, and again for another content.
func TestIncompleteIsLoggedOnce(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1")+"---\n"+pod("z", "1"))
	s, logs := open(t, dir)
	for _, cut := range []string{"", pod("x", "1")} {
		write(t, dir, "a.yaml", cut)
		for range 3 {
			reload(t, s)
		}
	}
	for _, want := range []string{"err=\"the file is empty, and it was not before\"", "line=9 kind= err=\"the file ends where the last good one went on\""} {
		if n := len(logs.lines("level=warn", "file="+dir+"/a.yaml", want, "rename that to this one")); n != 1 {
			t.Errorf("%d log lines with %s:\n%s", n, want, logs)
		}
	}
	same(t, "pods", served(t, s, podKind), map[string]string{"a/x": "1", "a/z": "1"})
	replace(t, dir, "a.yaml", pod("x", "1")) // the same content, and now it is whole
	reload(t, s)
	same(t, "pods of the new file", served(t, s, podKind), map[string]string{"a/x": "1"})
	same(t, "stats", s.Stats(), Stats{Files: 1, Documents: 1, Objects: 1})
}

// TestNewIncompleteFile: nothing of a file that was never whole is served, and
// the rest is.
func TestNewIncompleteFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	s, logs := open(t, dir)
	write(t, dir, "b.yaml", "apiVersion: v1\nitems:\n"+item(pod("z", "1")))
	write(t, dir, "c.yaml", "")
	reload(t, s)
	same(t, "pods", served(t, s, podKind), map[string]string{"a/x": "1"})
	same(t, "stats", s.Stats(), Stats{Files: 3, Documents: 1, Objects: 1, Broken: 2, Incomplete: 2})
	if n := len(logs.lines("level=warn", "nothing of it is served")); n != 2 {
		t.Errorf("%d warnings:\n%s", n, logs)
	}
	write(t, dir, "b.yaml", "apiVersion: v1\nitems:\n"+item(pod("z", "1"))+"kind: List\n")
	remove(t, dir, "c.yaml")
	reload(t, s)
	same(t, "pods when it is whole", served(t, s, podKind), map[string]string{"a/x": "1", "a/z": "1"})
	same(t, "stats when it is whole", s.Stats(), Stats{Files: 2, Documents: 2, Objects: 2})
}
