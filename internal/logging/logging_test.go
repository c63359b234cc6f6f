package logging_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/kube-posture/kube-posture-exporter/internal/logging"
)

// newLogger returns a logger and the buffer that it writes to.
func newLogger(t *testing.T, format, lvl string) (log.Logger, *bytes.Buffer) {
	t.Helper()
	var buf bytes.Buffer
	l, err := logging.New(&buf, format, lvl)
	if err != nil {
		t.Fatalf("New(%q, %q): %v", format, lvl, err)
	}
	return l, &buf
}

// parseJSON reads one JSON object per line.
func parseJSON(t *testing.T, buf *bytes.Buffer) []map[string]any {
	t.Helper()
	var events []map[string]any
	dec := json.NewDecoder(buf)
	for dec.More() {
		var event map[string]any
		if err := dec.Decode(&event); err != nil {
			t.Fatalf("a line is no JSON object: %v", err)
		}
		events = append(events, event)
	}
	return events
}

func TestLogfmtLine(t *testing.T) {
	l, buf := newLogger(t, "logfmt", "info")
	level.Info(log.With(l, "component", "informers")).Log("msg", "cache synced", "objects", 3)
	want := regexp.MustCompile(`^ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z caller=logging_test\.go:\d+ level=info component=informers msg="cache synced" objects=3\n$`)
	if !want.MatchString(buf.String()) {
		t.Errorf("got  %q\nwant %s", buf.String(), want)
	}
}

func TestJSONLine(t *testing.T) {
	l, buf := newLogger(t, "json", "info")
	before := time.Now().Truncate(time.Millisecond)
	level.Warn(l).Log("msg", "two\nlines", "objects", 3)
	events := parseJSON(t, buf)
	if len(events) != 1 {
		t.Fatalf("got %d events, want 1", len(events))
	}
	got := events[0]
	ts, err := time.Parse(time.RFC3339, got["ts"].(string))
	if err != nil || ts.Before(before) || ts.After(time.Now()) || ts.Location() != time.UTC {
		t.Errorf("ts = %v (%v), want the present time in UTC", got["ts"], err)
	}
	if caller, _ := got["caller"].(string); !strings.HasPrefix(caller, "logging_test.go:") {
		t.Errorf("caller = %v, want this file", got["caller"])
	}
	if got["level"] != "warn" || got["msg"] != "two\nlines" || got["objects"] != 3.0 {
		t.Errorf("got %v", got)
	}
}

func TestCallerIsTheCallSite(t *testing.T) {
	l, buf := newLogger(t, "json", "debug")
	l.Log("msg", "bare")
	log.With(l, "a", 1).Log("msg", "with context")
	level.Error(log.With(log.With(l, "a", 1), "b", 2)).Log("msg", "with level and context")
	for _, event := range parseJSON(t, buf) {
		if caller := event["caller"].(string); !strings.HasPrefix(caller, "logging_test.go:") {
			t.Errorf("%v: caller = %s, want this file", event["msg"], caller)
		}
	}
}

func TestOwnKeysOfAnEventStay(t *testing.T) {
	l, buf := newLogger(t, "logfmt", "info")
	l.Log("msg", "odd", "ts", "mine", "lonely")
	if got := buf.String(); !strings.HasSuffix(got, " msg=odd ts=mine lonely=null\n") {
		t.Errorf("got %q", got)
	}
}

func TestLevels(t *testing.T) {
	names := []string{"debug", "info", "warn", "error"}
	for i, lvl := range names {
		t.Run(lvl, func(t *testing.T) {
			l, buf := newLogger(t, "json", lvl)
			level.Debug(l).Log("msg", "debug")
			level.Info(l).Log("msg", "info")
			level.Warn(l).Log("msg", "warn")
			level.Error(l).Log("msg", "error")
			var got []string
			for _, event := range parseJSON(t, buf) {
				got = append(got, event["msg"].(string))
			}
			if strings.Join(got, " ") != strings.Join(names[i:], " ") {
				t.Errorf("got %v, want %v", got, names[i:])
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct{ name, format, level, want string }{
		{"format", "xml", "info", `log format "xml" is not supported: use logfmt or json`},
		{"no format", "", "info", `log format "" is not supported: use logfmt or json`},
		{"level", "json", "verbose", `log level "verbose" is not supported: use debug, info, warn or error`},
		{"case matters", "json", "INFO", `log level "INFO" is not supported: use debug, info, warn or error`},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := logging.New(&bytes.Buffer{}, test.format, test.level)
			if err == nil || err.Error() != test.want || l != nil {
				t.Errorf("got logger %v, error %v\nwant error %s", l, err, test.want)
			}
		})
	}
}

// oneWriter fails the race detector, and the test, when two events are written at once.
type oneWriter struct {
	lines int
}

func (w *oneWriter) Write(p []byte) (int, error) {
	w.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

func TestConcurrentUse(t *testing.T) {
	var w oneWriter
	l, err := logging.New(&w, "logfmt", "info")
	if err != nil {
		t.Fatal(err)
	}
	s := logging.Slog(l)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				level.Info(l).Log("msg", "go-kit")
				s.Info("slog")
			}
		})
	}
	wg.Wait()
	if w.lines != 1600 {
		t.Errorf("got %d lines, want 1600", w.lines)
	}
}

func BenchmarkDiscarded(b *testing.B) {
	l, err := logging.New(&bytes.Buffer{}, "logfmt", "info")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		level.Debug(l).Log("msg", "not written")
	}
}
