// Package posture turns a snapshot of projected objects into a report: it joins them, applies exemptions and sums.
//
// It is pure: no I/O, no clock but the time passed in, no change to what it is given, and nothing kept between two calls but a memo
// that is keyed by the versions of what it was made from. The collector, the command line and the web page import it.
package posture
