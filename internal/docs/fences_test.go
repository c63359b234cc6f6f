package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fence is a code block of a document.
type fence struct {
	// lang is what follows the opening backticks; before is the last line of text above it.
	lang, before, text string
}

// fencesOf returns the code blocks of a document in the given language; every one for the empty string.
func fencesOf(t *testing.T, path, lang string) []fence {
	t.Helper()
	content := document(t, path)
	var list []fence
	var open *fence
	before := ""
	for line := range strings.Lines(content) {
		text := strings.TrimRight(line, "\n")
		mark, isFence := strings.CutPrefix(strings.TrimSpace(text), "```")
		switch {
		case isFence && open == nil:
			open = &fence{lang: mark, before: before}
		case isFence:
			if lang == "" || open.lang == lang {
				list = append(list, *open)
			}
			open = nil
		case open != nil:
			open.text += text + "\n"
		case strings.TrimSpace(text) != "":
			before = strings.TrimSpace(text)
		}
	}
	if open != nil {
		t.Errorf("%s: a code block does not end", path)
	}
	return list
}

// document reads a file of the repository.
func document(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// documents splits a YAML stream.
func documents(text string) []string { return strings.Split(text, "\n---\n") }
