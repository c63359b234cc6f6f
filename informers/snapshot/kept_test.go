package snapshot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingIsLostWhileAFileIsBroken holds the rule in the documentation of Source.
func TestNothingIsLostWhileAFileIsBroken(t *testing.T) {
	x, z, n := pod("x", "1"), pod("z", "1"), pod("n", "1")
	all := map[string]string{"a/x": "1", "a/z": "1", "a/n": "1"}
	files := map[string]string{"a.yaml": x + "---\n" + z, "b.yaml": n}
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		want   map[string]string
		broken int
	}{
		"clean deletion of a document": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", z) },
			map[string]string{"a/z": "1", "a/n": "1"}, 0,
		},
		"last document is gone from the same file": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", x) },
			all, 1,
		},
		"last document is gone from a file put in its place": {
			func(t *testing.T, dir string) { replace(t, dir, "a.yaml", x) },
			map[string]string{"a/x": "1", "a/n": "1"}, 0,
		},
		"last document is gone from a file that says where it ends": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", x+"...\n") },
			map[string]string{"a/x": "1", "a/n": "1"}, 0,
		},
		"clean deletion of a file": {
			func(t *testing.T, dir string) { remove(t, dir, "a.yaml") },
			map[string]string{"a/n": "1"}, 0,
		},
		"emptied file": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", "") },
			all, 1,
		},
		"file put in its place that is empty": {
			func(t *testing.T, dir string) { replace(t, dir, "a.yaml", "") },
			all, 1,
		},
		"only comments": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", "---\n# not yet\n") },
			all, 1,
		},
		"last line without its end": {
			func(t *testing.T, dir string) {
				write(t, dir, "a.yaml", pod("y", "2")+"---\n"+strings.TrimSpace(pod("z", "2")))
			},
			all, 1,
		},
		"changed file that lacks what the old one ended with": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", pod("new", "1")+"---\n"+pod("x", "2")) },
			all, 1,
		},
		"half a file": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  na") },
			all, 1,
		},
		"broken document, another one changed": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", pod("x", "2")+"---\na: b: c\n") },
			map[string]string{"a/x": "2", "a/z": "1", "a/n": "1"}, 1,
		},
		"not an object any more": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", x+"---\nspec: {}\n") },
			all, 1,
		},
		"undecodable, but known who": {
			func(t *testing.T, dir string) { write(t, dir, "a.yaml", badPod("x")+"---\n"+z) },
			map[string]string{"a/x": "undecodable", "a/z": "1", "a/n": "1"}, 1,
		},
		"too large": {
			func(t *testing.T, dir string) {
				if err := os.Truncate(filepath.Join(dir, "a.yaml"), maxFileBytes+1); err != nil {
					t.Fatal(err)
				}
			},
			all, 1,
		},
		"dangling link": {
			func(t *testing.T, dir string) {
				remove(t, dir, "a.yaml")
				symlink(t, "nowhere", filepath.Join(dir, "a.yaml"))
			},
			all, 1,
		},
		"kept yields to another file": {
			func(t *testing.T, dir string) {
				write(t, dir, "b.yaml", "a: b: c\n")
				write(t, dir, "a.yaml", x+"---\n"+pod("n", "2"))
			},
			map[string]string{"a/x": "1", "a/n": "2"}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range files {
				write(t, dir, name, content)
			}
			s, logs := open(t, dir)
			c.change(t, dir)
			for range 2 { // what is kept stays kept
				reload(t, s)
				same(t, "pods", served(t, s, podKind), c.want)
				same(t, "broken", s.Stats().Broken, c.broken)
			}
			if warned := len(logs.lines("level=warn")) > 0; warned != (c.broken > 0) {
				t.Errorf("warned: %v, broken: %d, log:\n%s", warned, c.broken, logs)
			}
			for name, content := range files { // whole again
				if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
				write(t, dir, name, content)
			}
			reload(t, s)
			same(t, "pods when all is good again", served(t, s, podKind), all)
			same(t, "broken when all is good again", s.Stats().Broken, 0)
		})
	}
}

func TestVanishedPathKeepsItsObjects(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "gone/a.yaml", pod("x", "1"))
	file := write(t, dir, "b.yaml", pod("z", "1"))
	s, _ := open(t, filepath.Join(dir, "gone"), file)
	if err := os.Rename(filepath.Join(dir, "gone"), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "b.yaml", pod("z", "2"))
	for range 2 {
		if err := s.Reload(); err == nil || !strings.Contains(err.Error(), "gone\" does not exist") {
			t.Errorf("Reload = %v", err)
		}
		same(t, "pods", served(t, s, podKind), map[string]string{"a/x": "1", "a/z": "2"})
		same(t, "stats", s.Stats(), Stats{Files: 1, Documents: 1, Objects: 2, Broken: 1})
	}
	if err := os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, "gone")); err != nil {
		t.Fatal(err)
	}
	remove(t, dir, "gone/a.yaml")
	reload(t, s)
	same(t, "pods of the emptied folder", served(t, s, podKind), map[string]string{"a/z": "2"})
}
