package docs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// root is the repository's, seen from here.
const root = "../.."

func catalog(t *testing.T) *check.Set {
	t.Helper()
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestGeneratedDocumentsAreCommitted(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		committed, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Errorf("%v: run make generate", err)
			continue
		}
		if diff := cmp.Diff(strings.Split(string(committed), "\n"), strings.Split(string(f.Content), "\n")); diff != "" {
			t.Errorf("%s is not what the code says, run make generate (-committed +generated):\n%s", f.Path, diff)
		}
	}
}

// TestEveryFamilyIsDocumentedOnce: a family that the tables here forget would be missing from the document without a sound.
func TestEveryFamilyIsDocumentedOnce(t *testing.T) {
	set, known := catalog(t), families()
	page := string(Metrics(set))
	for _, m := range collector.Metrics(set) {
		name := strings.TrimPrefix(m.Name, collector.Namespace)
		if _, ok := known[name]; ok == (set.Entry(name) != nil) {
			t.Errorf("family %s: it must be a check's own or in families(), and not both", m.Name)
		}
		if n := strings.Count(page, "`"+m.Name+"` |") + strings.Count(page, "`"+m.Name+"`]("); n != 1 {
			t.Errorf("docs/metrics.md has %d rows for %s, want 1", n, m.Name)
		}
		for label := range known[name].closed {
			if !slices.Contains(m.Labels, label) {
				t.Errorf("families() gives values to the label %s of %s, which has none", label, m.Name)
			}
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("families() knows %s, which nobody serves", name)
	}
}

func TestEveryCheckIsDocumented(t *testing.T) {
	set := catalog(t)
	page := string(Checks(set))
	for _, e := range set.Entries() {
		if !strings.Contains(page, "\n### "+e.ID+"\n") {
			t.Errorf("docs/checks.md has no section %s", e.ID)
		}
		if questions[e.Gap] == "" || !slices.Contains(everyGap(), string(e.Gap)) {
			t.Errorf("gap %s is not described", e.Gap)
		}
		if judged[e.Resource()] == "" {
			t.Errorf("nothing says which resources %s judges", e.Resource())
		}
	}
}

func TestProse(t *testing.T) {
	for in, want := range map[string]string{
		"pods/* and */* mean nothing": `pods/\* and \*/\* mean nothing`,
		"named `a*b` | [x] <y>":       "named `a*b` \\| \\[x] \\<y>",
		"pods_running_as_root":        "pods_running_as_root",
	} {
		if got := prose(in); got != want {
			t.Errorf("prose(%q) = %q, want %q", in, got, want)
		}
	}
}
