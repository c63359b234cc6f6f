package app

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/go-kit/log"

	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// TestAnnouncer: a note is said once for as long as it holds, again when it comes back, and nobody can fill the log with them.
func TestAnnouncer(t *testing.T) {
	var out bytes.Buffer
	a := announcer{logger: log.NewLogfmtLogger(&out)}
	said := func(notes ...string) int {
		out.Reset()
		a.say(&posture.Report{Notes: notes})
		return strings.Count(out.String(), "\n")
	}
	for i, step := range []struct {
		notes []string
		want  int
	}{
		{[]string{"a", "b"}, 2}, {[]string{"b", "a"}, 0}, {[]string{"a"}, 0}, {[]string{"a", "b"}, 1}, {nil, 0}, {[]string{"a"}, 1},
	} {
		if got := said(step.notes...); got != step.want {
			t.Errorf("step %d: %d lines, want %d: %s", i, got, step.want, out.String())
		}
	}
	var many []string
	for i := range 5 * fewNotes {
		many = append(many, fmt.Sprint("note ", i))
	}
	if got := said(many...); got != fewNotes {
		t.Errorf("%d lines for %d notes, want %d", got, len(many), fewNotes)
	}
}
