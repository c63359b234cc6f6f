package snapshot

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// forms writes the same eight pods, the last fields of which matter, in each
// form that files have.
func forms() map[string]string {
	const n = 8
	var docs, sorted, first, array strings.Builder
	var objects []string
	sorted.WriteString("apiVersion: v1\nitems:\n")
	first.WriteString("apiVersion: v1\nkind: List\nitems:\n")
	for i := range n {
		name := fmt.Sprintf("p%d", i)
		text := pod(name, "i") + "    securityContext:\n      privileged: true\n"
		docs.WriteString(text + "---\n")
		sorted.WriteString(item(text))
		first.WriteString(item(text))
		array.WriteString(item(text))
		objects = append(objects, strings.ReplaceAll(strings.Replace(jsonPod(name), `"image":"i"`, `"image":"i","securityContext":{"privileged":true}`, 1), ",", ",\n"))
	}
	sorted.WriteString("kind: List\nmetadata:\n  resourceVersion: \"\"\n")
	return map[string]string{
		"documents":            docs.String(),
		"kubectl get -o yaml":  sorted.String(),
		"list with kind first": first.String(),
		"YAML array":           array.String(),
		"kubectl get -o json":  "{\"apiVersion\":\"v1\",\n\"items\":[\n" + strings.Join(objects, ",\n") + "\n],\n\"kind\":\"List\"\n}\n",
		"JSON array":           "[\n" + strings.Join(objects, ",\n") + "\n]\n",
		"JSON values":          strings.Join(objects, "\n") + "\n",
	}
}

// wholeForm reports whether all pods are served with their last field.
func wholeForm(t *testing.T, s *Source) bool {
	t.Helper()
	pods := list(t, s, podKind)
	for _, o := range pods {
		if !strings.Contains(fmt.Sprint(o), "Privileged:") {
			return false
		}
	}
	return len(pods) == 8
}

// TestCutFileLosesNothing saves a good file again, as far as each of its lines
// and as far as the middle of each: all is served as before, and counted as
// incomplete.
func TestCutFileLosesNothing(t *testing.T) {
	for name, text := range forms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "a.yaml", text)
			s, _ := open(t, dir)
			at := 0
			for line := range strings.Lines(text) {
				for _, end := range []int{at + len(line)/2, at + len(line)} {
					write(t, dir, "a.yaml", text[:end])
					reload(t, s)
					stats := s.Stats()
					if !wholeForm(t, s) {
						t.Errorf("cut at %d of %d: %d pods are served, or one without its end", end, len(text), stats.Objects)
					}
					if rest := strings.TrimSpace(text[end:]); stats.Incomplete != 1 && !harmless(rest) {
						t.Errorf("cut before %.40q: %+v", rest, stats)
					}
				}
				at += len(line)
			}
			write(t, dir, "a.yaml", text)
			reload(t, s)
			same(t, "stats of the whole file", s.Stats(), Stats{Files: 1, Documents: s.Stats().Documents, Objects: 8})
		})
	}
}

// harmless reports whether nothing is missing without the rest of a file.
func harmless(rest string) bool {
	return rest == "" || rest == "---" || rest == "--" || strings.HasPrefix(rest, "metadata:\n") || !strings.Contains(rest, "\n") && strings.Contains("resourceVersion: \"\"", rest)
}

// TestCutFileAtFirst: of a file that is cut when it is read first nothing is
// served, unless the part that is there is a whole file by itself. Lines says
// after how many lines that cannot be told.
func TestCutFileAtFirst(t *testing.T) {
	for name, want := range map[string]int{
		// What kubectl writes ends with the list's kind, or a bracket.
		"kubectl get -o yaml": 0, "kubectl get -o json": 0, "JSON array": 0,
		// After each value a file can end, but not after the last.
		"JSON values": 7,
		// An object can end after its last container's image, after each line from there on, and
		// after "---".
		"documents": 8*4 - 2, "list with kind first": 8*3 - 1, "YAML array": 8*3 - 1,
	} {
		t.Run(name, func(t *testing.T) {
			text := forms()[name]
			silent, at := 0, 0
			for line := range strings.Lines(text) {
				at += len(line)
				s, err := New(Options{Kinds: testKinds, FS: fstest.MapFS{
					"a.yaml": {Data: []byte(text[:at])}, "b.yaml": {Data: []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")},
				}})
				switch {
				case err != nil && strings.Contains(err.Error(), `"a.yaml" is incomplete: document `):
				case err != nil:
					t.Errorf("after %q: %v", line, err)
				case !wholeForm(t, s):
					silent++
					t.Logf("cannot be told after %q", line)
				}
			}
			same(t, "lines after which a cut cannot be told", silent, want)
		})
	}
}
