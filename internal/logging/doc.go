// Package logging makes the process's one go-kit logger and leads the other logging APIs of its dependencies,
// log/slog and klog, into it.
// It must never decide what is worth logging, keep a global logger of its own, or write anywhere but to the writer it was given.
// Only cmd and internal/app may import it; every other package is handed a log.Logger.
package logging
