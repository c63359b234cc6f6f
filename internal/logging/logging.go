package logging

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// timeFormat is RFC 3339 with milliseconds; times are converted to UTC before they are written.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// stampKey marks the time and caller that a bridge (slog, klog) already knows, so that they replace those that
// the logger would find itself. A plain string key "ts" of a caller is left alone.
type stampKey string

const (
	tsKey     stampKey = "ts"
	callerKey stampKey = "caller"
)

// New returns a logger that writes one line per event to w, each with `ts` (RFC 3339, UTC, milliseconds) and
// `caller` (file:line). The format is logfmt or json; the level, debug, info, warn or error, is the lowest one that
// is written. Events without a level are written always. The logger is safe for concurrent use. The error of an
// unknown format or level names the allowed ones.
func New(w io.Writer, format, lvl string) (log.Logger, error) {
	w = log.NewSyncWriter(w)
	var encoder log.Logger
	switch format {
	case "logfmt":
		encoder = log.NewLogfmtLogger(w)
	case "json":
		encoder = log.NewJSONLogger(w)
	default:
		return nil, fmt.Errorf("log format %q is not supported: use logfmt or json", format)
	}
	s := stamper{next: encoder, skip: skippedFrames(), now: time.Now}
	switch lvl {
	case "debug":
		return leveled{level.NewFilter(s, level.AllowDebug()), slog.LevelDebug}, nil
	case "info":
		return leveled{level.NewFilter(s, level.AllowInfo()), slog.LevelInfo}, nil
	case "warn":
		return leveled{level.NewFilter(s, level.AllowWarn()), slog.LevelWarn}, nil
	case "error":
		return leveled{level.NewFilter(s, level.AllowError()), slog.LevelError}, nil
	default:
		return nil, fmt.Errorf("log level %q is not supported: use debug, info, warn or error", lvl)
	}
}

// leveled is a filtered logger that can be asked what it lets through, which go-kit's own filter cannot; the
// bridges ask, so that a discarded event is not formatted first.
type leveled struct {
	log.Logger
	min slog.Level
}

func (l leveled) enabled(lvl slog.Level) bool { return lvl >= l.min }

// stamper puts ts and caller in front of every event. It sits behind the level filter, so a discarded event pays for neither.
type stamper struct {
	next log.Logger
	skip []string
	now  func() time.Time
}

func (s stamper) Log(keyvals ...any) error {
	out := make([]any, 4, 4+len(keyvals))
	for i := 0; i < len(keyvals); i += 2 {
		key, isStamp := keyvals[i].(stampKey)
		switch {
		case isStamp && i+1 < len(keyvals) && key == tsKey:
			out[1] = keyvals[i+1]
		case isStamp && i+1 < len(keyvals):
			out[3] = keyvals[i+1]
		default:
			out = append(out, keyvals[i:min(i+2, len(keyvals))]...)
		}
	}
	out[0], out[2] = string(tsKey), string(callerKey)
	if out[1] == nil {
		out[1] = s.now().UTC().Format(timeFormat)
	}
	if out[3] == nil {
		out[3] = s.caller()
	}
	return s.next.Log(out...)
}

// caller finds the first frame that is not part of a logging library. go-kit's own log.Caller wants a fixed depth,
// which changes with every wrapper; the frames' names do not.
func (s stamper) caller() string {
	var pcs [16]uintptr
	n := runtime.Callers(3, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	for {
		frame, more := frames.Next()
		if !s.skips(frame.Function) {
			return location(frame)
		}
		if !more {
			return "unknown"
		}
	}
}

func (s stamper) skips(function string) bool {
	for _, prefix := range s.skip {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return false
}

func skippedFrames() []string {
	return []string{"github.com/go-kit/log.", "github.com/go-kit/log/", reflect.TypeFor[stamper]().PkgPath() + "."}
}

func location(frame runtime.Frame) string {
	if frame.File == "" {
		return "unknown"
	}
	return filepath.Base(frame.File) + ":" + strconv.Itoa(frame.Line)
}
