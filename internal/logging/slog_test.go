package logging_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/logging"
)

// nest turns dotted keys back into the nested groups that slogtest looks for, and ts into slog's own name.
func nest(event map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range event {
		if key == "ts" {
			key = slog.TimeKey
		}
		m := out
		for {
			group, rest, dotted := strings.Cut(key, ".")
			if !dotted {
				break
			}
			if m[group] == nil {
				m[group] = map[string]any{}
			}
			m, key = m[group].(map[string]any), rest
		}
		m[key] = value
	}
	return out
}

// TestSlogHandler runs the standard library's conformance test. It goes through go-kit's own JSON logger, because one
// from New always has a time and the test wants none for a record without.
func TestSlogHandler(t *testing.T) {
	var buf bytes.Buffer
	err := slogtest.TestHandler(logging.Slog(log.NewJSONLogger(&buf)).Handler(), func() []map[string]any {
		var events []map[string]any
		for _, event := range parseJSON(t, &buf) {
			events = append(events, nest(event))
		}
		return events
	})
	if err != nil {
		t.Error(err)
	}
}

type secretive struct{ shown string }

func (s secretive) LogValue() slog.Value { return slog.StringValue(s.shown) }

type rude struct{}

func (rude) String() string { panic("no") }

func TestSlogValues(t *testing.T) {
	at := time.Date(2026, 3, 31, 12, 0, 0, 5000, time.UTC)
	var missing *strings.Builder
	tests := []struct {
		name string
		attr slog.Attr
		want map[string]any
	}{
		{"string", slog.String("k", "v"), map[string]any{"k": "v"}},
		{"int", slog.Int("k", -1), map[string]any{"k": -1.0}},
		{"uint", slog.Uint64("k", 1), map[string]any{"k": 1.0}},
		{"bool", slog.Bool("k", true), map[string]any{"k": true}},
		{"float", slog.Float64("k", 1.5), map[string]any{"k": 1.5}},
		{"NaN", slog.Float64("k", math.NaN()), map[string]any{"k": "NaN"}},
		{"infinity", slog.Float64("k", math.Inf(1)), map[string]any{"k": "+Inf"}},
		{"duration", slog.Duration("k", time.Minute), map[string]any{"k": "1m0s"}},
		{"time", slog.Time("k", at), map[string]any{"k": "2026-03-31T12:00:00.000005Z"}},
		{"error", slog.Any("err", errors.New("broken")), map[string]any{"err": "broken"}},
		{"nil", slog.Any("k", nil), map[string]any{"k": nil}},
		{"nil pointer with a String method", slog.Any("k", missing), map[string]any{"k": "<nil>"}},
		{"panicking String method", slog.Any("k", rude{}), map[string]any{"k": "%!v(PANIC=String method: no)"}},
		{"struct", slog.Any("k", struct{ A, B int }{1, 2}), map[string]any{"k": "{A:1 B:2}"}},
		{"bytes", slog.Any("k", []byte("raw")), map[string]any{"k": "raw"}},
		{"channel", slog.Any("k", (chan int)(nil)), map[string]any{"k": "<nil>"}},
		{"LogValuer", slog.Any("k", secretive{"shown"}), map[string]any{"k": "shown"}},
		{"group", slog.Group("g", slog.Int("a", 1), slog.Group("h", slog.Int("b", 2))), map[string]any{"g.a": 1.0, "g.h.b": 2.0}},
		{"empty key", slog.Int("", 1), map[string]any{"!BADKEY": 1.0}},
		{"key of blanks", slog.Int(" = ", 1), map[string]any{"!BADKEY": 1.0}},
		{"reserved keys", slog.Group("", slog.String("msg", "a"), slog.String("level", "b"), slog.String("ts", "c"), slog.String("caller", "d")),
			map[string]any{"attr.msg": "a", "attr.level": "b", "attr.ts": "c", "attr.caller": "d"}},
		{"reserved key in a group", slog.Group("g", slog.String("msg", "a")), map[string]any{"g.msg": "a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, buf := newLogger(t, "json", "info")
			logging.Slog(l).LogAttrs(context.Background(), slog.LevelInfo, "message", test.attr)
			events := parseJSON(t, buf)
			if len(events) != 1 {
				t.Fatalf("got %d lines, want 1", len(events))
			}
			got := events[0]
			if got["msg"] != "message" || got["level"] != "info" || !strings.HasPrefix(got["caller"].(string), "slog_test.go:") {
				t.Errorf("the event's own keys are wrong: %v", got)
			}
			for _, key := range []string{"msg", "level", "caller", "ts"} {
				delete(got, key)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSlogLogfmtLosesNoLine(t *testing.T) {
	l, buf := newLogger(t, "logfmt", "info")
	logging.Slog(l).Info("message", "", 1, "list", []int{1, 2}, "fn", func() {}, `"`, 2)
	if got := buf.String(); !strings.Contains(got, `msg=message !BADKEY=1 list="[1 2]" fn=0x`) || !strings.HasSuffix(got, " !BADKEY=2\n") {
		t.Errorf("got %q", got)
	}
}

func TestSlogLevels(t *testing.T) {
	l, buf := newLogger(t, "json", "debug")
	s := logging.Slog(l)
	for _, lvl := range []slog.Level{-8, -5, -4, -1, 0, 2, 4, 6, 8, 12} {
		s.Log(context.Background(), lvl, "message")
	}
	var got []any
	for _, event := range parseJSON(t, buf) {
		got = append(got, event["level"])
	}
	want := []any{"debug", "debug", "info", "info", "warn", "warn", "error", "error"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSlogEnabledFollowsTheLogger(t *testing.T) {
	l, _ := newLogger(t, "json", "warn")
	ctx := context.Background()
	if s := logging.Slog(l); s.Enabled(ctx, slog.LevelInfo) || !s.Enabled(ctx, slog.LevelWarn) {
		t.Error("a logger at warn must refuse info and take warn")
	}
	if s := logging.Slog(log.With(l, "a", 1)); !s.Enabled(ctx, slog.LevelInfo) {
		t.Error("behind log.With the level is not known, so that everything is handed on")
	}
}

func TestSlogChildrenDoNotShare(t *testing.T) {
	l, buf := newLogger(t, "logfmt", "info")
	parent := logging.Slog(log.With(l, "component", "web")).With("a", 1).WithGroup("g").With("b", 2)
	one, two := parent.With("c", "one"), parent.With("c", "two")
	one.Info("first")
	two.Info("second", "d", 4)
	for _, want := range []string{
		" msg=first a=1 g.b=2 g.c=one\n",
		" msg=second a=1 g.b=2 g.c=two g.d=4\n",
	} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("%q is not in %q", want, buf.String())
		}
	}
}
