// Package snapshot turns YAML and JSON files into a source of Kubernetes
// objects that client-go informers list and watch exactly like an API server.
// It must never judge or guess: what a file does not say stays unset, except
// where the cluster would have set it from other objects (see [Source]), and
// what cannot be decoded is delivered as [Undecodable], reported and
// counted, never dropped in silence.
// Only the informers package and the application that wires it may import it.
package snapshot
