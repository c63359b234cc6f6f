// Package config reads the exporter's configuration file strictly, names every mistake in it by line and key, and
// reloads it when it changes.
// It must never guess at what a file means, serve a half-read configuration, change a Config that it has handed out,
// or write anything.
// Only internal/app may start a Reloader; other packages may import it for the Config types alone.
package config
