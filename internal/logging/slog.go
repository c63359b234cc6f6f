package logging

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// Slog returns a slog.Logger that writes into l: levels below Info become debug, those between become the level
// below, attributes become keys, and groups become dotted prefixes ("http.status"). A record's own time and source
// replace those of l. Attributes named like one of the logger's own keys (ts, caller, level, msg) get the prefix
// "attr.", because a JSON line can hold each key only once.
//
// What l discards is not formatted when l comes straight from New; behind log.With it is formatted and then discarded.
func Slog(l log.Logger) *slog.Logger { return slog.New(newHandler(l)) }

// handler is a slog.Handler. It is immutable: WithAttrs and WithGroup return changed copies.
type handler struct {
	next    log.Logger
	enabled func(slog.Level) bool
	prefix  string // the open groups, each followed by a dot
	keyvals []any  // the flattened attributes of WithAttrs
}

func newHandler(l log.Logger) *handler {
	h := &handler{next: l, enabled: func(slog.Level) bool { return true }}
	if l, ok := l.(interface{ enabled(slog.Level) bool }); ok {
		h.enabled = l.enabled
	}
	return h
}

// Enabled cuts off below Debug, which for klog means above V(4): from V(6) on client-go logs every request and its body.
func (h *handler) Enabled(_ context.Context, lvl slog.Level) bool {
	return lvl >= slog.LevelDebug && h.enabled(floor(lvl))
}

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	keyvals := make([]any, 0, 8+len(h.keyvals)+2*r.NumAttrs())
	if !r.Time.IsZero() {
		keyvals = append(keyvals, tsKey, r.Time.Round(0).UTC().Format(timeFormat))
	}
	if r.PC != 0 {
		frame, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
		keyvals = append(keyvals, callerKey, location(frame))
	}
	keyvals = append(keyvals, level.Key(), levelValue(r.Level), "msg", r.Message)
	keyvals = append(keyvals, h.keyvals...)
	r.Attrs(func(a slog.Attr) bool {
		keyvals = flatten(keyvals, h.prefix, a)
		return true
	})
	return h.next.Log(keyvals...)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	// Full capacity is used up, so that two children of one handler never append into the same array.
	c.keyvals = h.keyvals[:len(h.keyvals):len(h.keyvals)]
	for _, a := range attrs {
		c.keyvals = flatten(c.keyvals, h.prefix, a)
	}
	return &c
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.prefix = h.prefix + name + "."
	return &c
}

// flatten appends an attribute as key and value; a group appends its members, and an empty one nothing at all.
func flatten(keyvals []any, prefix string, a slog.Attr) []any {
	v := a.Value.Resolve()
	switch {
	case a.Key == "" && v.Equal(slog.Value{}):
		return keyvals
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range v.Group() {
			keyvals = flatten(keyvals, prefix, member)
		}
		return keyvals
	}
	return append(keyvals, attrKey(prefix, a.Key), plain(v))
}

// attrKey returns a key that no encoder refuses (an empty logfmt key would lose the whole line) and that is not one of the logger's own.
func attrKey(prefix, key string) string {
	if prefix == "" {
		switch key {
		case string(tsKey), string(callerKey), "level", "msg":
			return "attr." + key
		}
	}
	// logfmt drops blanks, quotes and equals signs from keys; one made of nothing else needs a stand-in.
	for _, r := range key {
		if r > ' ' && r != '=' && r != '"' && r != '\uFFFD' {
			return prefix + key
		}
	}
	return prefix + "!BADKEY"
}

// plain turns a value into one that both encoders can write: a value that JSON cannot express loses the whole line.
func plain(v slog.Value) any {
	switch v.Kind() {
	case slog.KindString:
		return v.String()
	case slog.KindInt64:
		return v.Int64()
	case slog.KindUint64:
		return v.Uint64()
	case slog.KindBool:
		return v.Bool()
	case slog.KindDuration:
		return v.Duration().String()
	case slog.KindTime:
		return v.Time().Format(time.RFC3339Nano)
	case slog.KindFloat64:
		if f := v.Float64(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
		return fmt.Sprint(v.Float64())
	}
	switch x := v.Any().(type) {
	case nil:
		return nil
	case []byte:
		return string(x)
	case error, fmt.Stringer:
		return fmt.Sprintf("%v", x) // fmt survives a panicking or nil receiver
	default:
		return fmt.Sprintf("%+v", x)
	}
}

// floor maps any slog level to the nearest named one below, and everything under Info to Debug.
func floor(lvl slog.Level) slog.Level {
	switch {
	case lvl < slog.LevelInfo:
		return slog.LevelDebug
	case lvl < slog.LevelWarn:
		return slog.LevelInfo
	case lvl < slog.LevelError:
		return slog.LevelWarn
	default:
		return slog.LevelError
	}
}

func levelValue(lvl slog.Level) level.Value {
	switch floor(lvl) {
	case slog.LevelDebug:
		return level.DebugValue()
	case slog.LevelInfo:
		return level.InfoValue()
	case slog.LevelWarn:
		return level.WarnValue()
	default:
		return level.ErrorValue()
	}
}
