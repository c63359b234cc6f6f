// Package app wires the exporter: flags and configuration to a source, its informers, the collector and the server.
//
// It must never judge, count or decide anything that a package below it could; it is the only one that knows all of them. The command
// and the end-to-end tests import it.
package app
