package docs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// TestLinksLeadSomewhere follows every link within the repository, to the file and to the heading.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, path := range markdown(t) {
		for _, m := range link.FindAllStringSubmatch(document(t, path), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target := path
			if file != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(path), file))
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
				continue
			}
			if anchor != "" && !anchors(document(t, target))[anchor] {
				t.Errorf("%s links to %s, and %s has no such heading", path, m[1], target)
			}
		}
	}
}

// markdown lists every Markdown file of the repository, from its root.
func markdown(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "bin" || name == "node_modules"):
			return fs.SkipDir
		case filepath.Ext(name) == ".md":
			from, err := filepath.Rel(root, path)
			list = append(list, filepath.ToSlash(from))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// anchors are what the headings of a document can be linked by.
func anchors(content string) map[string]bool {
	drop := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(content, -1) {
		found[strings.ReplaceAll(drop.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return found
}

// TestDecisionsAreComplete: a decision is numbered without a gap and has its three parts.
func TestDecisionsAreComplete(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "docs/adr/[0-9]*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no decisions: %v", err)
	}
	index := document(t, "docs/adr/README.md")
	for i, path := range files {
		name := filepath.Base(path)
		content := document(t, "docs/adr/"+name)
		if number := name[:4]; number != fmt.Sprintf("%04d", i+1) || !strings.HasPrefix(content, "# "+number+": ") {
			t.Errorf("%s: want number %d, in the name and in the title", name, i+1)
		}
		for _, part := range []string{"## Context", "## Decision", "## Consequences"} {
			if !strings.Contains(content, "\n"+part+"\n") {
				t.Errorf("%s has no %q", name, part)
			}
		}
		if !strings.Contains(index, "("+name+")") {
			t.Errorf("docs/adr/README.md does not list %s", name)
		}
	}
}
