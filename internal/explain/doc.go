// Package explain writes for a person what the network policies make of one pod: which select it, whom they admit, and the verdict.
//
// It must never do I/O but to the writer it is given, or judge: it words what internal/posture has found out. Only internal/app imports it.
package explain
