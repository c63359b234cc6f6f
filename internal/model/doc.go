// Package model holds the projected objects: the few facts of each Kubernetes object that the joins need, next to the
// verdicts reached when the object was ingested.
//
// Its values are immutable once they are built; it must never do I/O, keep a pointer into a decoded object, or know a metric.
// Every other package may import it, and it imports nothing of this project.
package model
