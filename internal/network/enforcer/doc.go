// Package enforcer tells from a cluster's DaemonSets, nodes and APIs who enforces its network policies, if anyone does.
//
// It must never do I/O, and never take it for granted that somebody enforces, or that nobody does: what cannot be told is unknown. Only the
// packages that project those objects, that join them and that document the table of known networks import it.
package enforcer
