package main

import (
	"errors"
	"testing"
)

// TestErrorsAreOneLine: an error can quote a file. It is one line, and no terminal obeys it.
func TestErrorsAreOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"a.yaml: fix it":             "a.yaml: fix it",
		"first\n\tsecond\r\nthird":   "first second third",
		"pod \x1b[2Jx\a\u009b\u202e": "pod \ufffd[2Jx\ufffd\ufffd\ufffd",
		"größer als 1 µs":            "größer als 1 µs",
	} {
		if got := lines(errors.New(text)); len(got) != 1 || got[0] != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
