// Package runbooks runs the commands of docs/runbooks, as they stand, against
// a real API server, with the stock kubectl and the exporter's own binary, so
// that nobody finds out at night that one does not work. It has tests only. It
// must never correct a command before it runs it, nor leave one out without a
// line in a table that says why. Nothing imports it.
package runbooks
