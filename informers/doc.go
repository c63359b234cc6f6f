// Package informers keeps the exporter's view of a cluster: one table of kinds, one shared informer for each, and a projection that
// reduces an object to what the joins need the moment it arrives.
//
// It must never fail on an object (a kind that one object could stop would be blind), write to the cluster, or read more than it
// lists in its table. The command wires it; the collector reads it through Snapshot and States.
package informers
