package snapshot

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

type textAt struct {
	Text string
	Line int
}

func splitText(t *testing.T, data string) []textAt {
	t.Helper()
	docs, err := split([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	var texts []textAt
	for _, d := range docs {
		texts = append(texts, textAt{strings.TrimSpace(string(d.data)), d.line})
	}
	return texts
}

func TestSplit(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want []textAt
	}{
		"nothing":                {"", nil},
		"only comments":          {"# a\n---\n  # b\n---\n", nil},
		"one":                    {"a: 1", []textAt{{"a: 1", 1}}},
		"leading marker":         {"---\na: 1\n", []textAt{{"a: 1", 2}}},
		"two":                    {"a: 1\n---\nb: 2\n", []textAt{{"a: 1", 1}, {"b: 2", 3}}},
		"CRLF":                   {"a: 1\r\n---\r\nb: 2\r\n", []textAt{{"a: 1", 1}, {"b: 2", 3}}},
		"lone CR":                {"a: 1\r---\rb: 2", []textAt{{"a: 1", 1}, {"b: 2", 3}}},
		"BOM":                    {"\ufeff---\na: 1\n---\n\ufeffb: 2\n", []textAt{{"a: 1", 2}, {"b: 2", 4}}},
		"empty between":          {"a: 1\n---\n\n---\n# c\n---\nb: 2\n", []textAt{{"a: 1", 1}, {"b: 2", 7}}},
		"comment at the marker":  {"a: 1\n--- # next\nb: 2\n", []textAt{{"a: 1", 1}, {"b: 2", 3}}},
		"content at the marker":  {"a: 1\n--- {b: 2}\n", []textAt{{"a: 1", 1}, {"--- {b: 2}", 2}}},
		"end marker":             {"a: 1\n...\n---\nb: 2\n", []textAt{{"a: 1", 1}, {"b: 2", 4}}},
		"end marker without new": {"a: 1\n...\nb: 2\n", []textAt{{"a: 1", 1}, {"b: 2", 3}}},
		"directive":              {"%YAML 1.2\n---\na: 1\n", []textAt{{"a: 1", 3}}},
		"no marker: indented":    {"a: |\n  ---\n  x\n", []textAt{{"a: |\n  ---\n  x", 1}}},
		"no marker: four dashes": {"a: 1\n----\n", []textAt{{"a: 1\n----", 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			same(t, "documents", splitText(t, c.data), c.want)
		})
	}
}

func TestSplitRefusesUTF16(t *testing.T) {
	for _, data := range []string{"\xFF\xFEa\x00", "\xFE\xFF\x00a"} {
		if _, err := split([]byte(data)); !errors.Is(err, errEncoding) {
			t.Errorf("split(%q) = %v, want %v", data, err, errEncoding)
		}
	}
}

// TestSplitAgreesWithApimachinery compares the documents with those of the
// reader that kubectl uses, where that reader does not give up.
func TestSplitAgreesWithApimachinery(t *testing.T) {
	lines := []string{"a: 1", "---", "--- # c", "# c", "", "  x: |", "    --- ", "{}"}
	for n := range len(lines) * len(lines) * len(lines) * len(lines) {
		var text strings.Builder
		for range 4 {
			text.WriteString(lines[n%len(lines)] + "\n")
			n /= len(lines)
		}
		var want []string
		reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text.String())))
		for {
			doc, err := reader.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", text.String(), err)
			}
			// It leaves a marker at the very start in the document.
			if bytes.HasPrefix(doc, []byte("---")) {
				_, doc, _ = bytes.Cut(doc, []byte("\n"))
			}
			if !blank(doc) {
				want = append(want, string(bytes.TrimSpace(doc)))
			}
		}
		var got []string
		for _, d := range splitText(t, text.String()) {
			got = append(got, d.Text)
		}
		same(t, text.String(), got, want)
	}
}
