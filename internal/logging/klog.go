package logging

import (
	"bytes"
	"flag"
	"log/slog"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"k8s.io/klog/v2"
)

// debugVerbosity is klog's V level that the debug level lets through; client-go logs requests with their bodies above it.
const debugVerbosity = "4"

// RouteKlog sends everything that klog is given, structured, contextual or printf-style, into l, and nothing to
// standard error except the stacks of klog.Fatal. Messages with V above 0 are written, as debug, only when l lets debug
// through, and never above V(4). Warnings stay warnings. klog's settings are global to the process: call it once,
// from main, before any client is made.
func RouteKlog(l log.Logger) {
	h := newHandler(l)
	verbosity := "0"
	if h.enabled(slog.LevelDebug) {
		verbosity = debugVerbosity
	}
	settings := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(settings)
	// Set fails only for a flag that does not exist or a value that is no number; a test holds both.
	_ = settings.Set("v", verbosity)

	klog.SetSlogLogger(slog.New(h))
	// klog hands printf-style messages to a structured logger without their severity, and warnings would come out as
	// info. The formatted buffer still has it, so that is what is taken for those.
	klog.SetLoggerWithOptions(klog.Background(), klog.ContextualLogger(true), klog.WriteKlogBuffer(func(line []byte) {
		writeBuffer(l, line)
	}))
}

// writeBuffer takes apart one line of klog's text format, "W0102 15:04:05.678901   12345 file.go:42] message".
func writeBuffer(l log.Logger, line []byte) {
	header, msg, found := bytes.Cut(line, []byte("] "))
	if !found || len(header) == 0 {
		header, msg = []byte("I"), line
	}
	keyvals := make([]any, 0, 6)
	if fields := strings.Fields(string(header)); len(fields) > 1 {
		keyvals = append(keyvals, callerKey, fields[len(fields)-1])
	}
	severity := level.InfoValue()
	switch header[0] {
	case 'W':
		severity = level.WarnValue()
	case 'E', 'F':
		severity = level.ErrorValue()
	}
	keyvals = append(keyvals, level.Key(), severity, "msg", strings.TrimRight(string(msg), "\n"))
	_ = l.Log(keyvals...)
}
