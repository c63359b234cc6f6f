// Package history makes a random history: objects of every kind that the exporter watches are created, changed and deleted in a real
// cluster, as a seed decides.
//
// It must never read what the exporter says, or write what an API server would not take from a user. Tests that compare the exporter with
// the cluster import it.
package history
