// Package network is one model of isolation for every policy engine: which pods a policy selects, in which direction it isolates them,
// and whom its rules admit.
//
// It is pure: no I/O, no clock, nothing kept between two computations. It must never guess: what a policy that nobody can read could
// change is unknown. Adapters, one package each below it, translate the engines' objects into its Policy; internal/posture asks it.
package network
