// Package check holds the checks: what each one is called, why it matters, and one pure function that judges one resource.
//
// It must never do I/O, read a clock, keep state between calls or change what it is given; a check that breaks this makes numbers
// depend on more than the cluster. internal/posture, informers and the documentation generator may import it.
package check
