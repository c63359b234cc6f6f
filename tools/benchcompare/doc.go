// Command benchcompare says whether a change made a benchmark worse: against another revision, both measured in turns in one run on one
// machine, and against the committed baseline, of which only what does not depend on the machine is compared.
//
// It must never compare times of two runs or of two machines, and never decide by a mean over several benchmarks. It is not a part of what
// is shipped, and nothing imports it; `make bench-compare`, `make bench-check` and `make bench-baseline` run it.
package main
