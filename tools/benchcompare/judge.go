package main

import (
	"math"

	"golang.org/x/perf/benchmath"
)

// verdict is what became of one figure.
type verdict int

const (
	same verdict = iota
	better
	worse
	// otherWork is a changed figure that says how much work the benchmark does.
	otherWork
	// unjudged is a figure of which nobody has said which direction is good.
	unjudged
)

// comparison is one figure of both sides.
type comparison struct {
	figure
	base, change benchmath.Summary
	benchmath.Comparison
	verdict verdict
}

// judge compares what both sides have. A difference decides only when it is significant, and beyond the loss that its unit allows.
func judge(s *suite, base, change *samples) []comparison {
	thresholds := benchmath.DefaultThresholds
	var all []comparison
	for _, f := range change.order {
		if len(base.values[f]) == 0 {
			continue
		}
		old, now := benchmath.NewSample(base.values[f], &thresholds), benchmath.NewSample(change.values[f], &thresholds)
		c := comparison{figure: f, base: benchmath.AssumeNothing.Summary(old, 0.95), change: benchmath.AssumeNothing.Summary(now, 0.95),
			Comparison: benchmath.AssumeNothing.Compare(old, now)}
		rule, decides := s.decides(f)
		c.verdict = unjudged
		if decides {
			c.verdict = rule.verdict(c)
		}
		all = append(all, c)
	}
	return all
}

func (u unitRule) verdict(c comparison) verdict {
	if c.P >= c.Alpha {
		return same
	}
	ratio := share(c.base.Center, c.change.Center)
	switch {
	case u.Better == "same":
		return otherWork
	case math.Abs(ratio) <= u.Loss:
		return same
	case (ratio > 0) == (u.Better == "lower"):
		return worse
	}
	return better
}

// share is by how much of the old the new is more; from nothing to something is infinitely more.
func share(old, now float64) float64 {
	if old == now {
		return 0
	}
	if old == 0 {
		return math.Inf(1)
	}
	return (now - old) / math.Abs(old)
}

// lost are the top-level benchmarks with a loss.
func lost(all []comparison) map[string]bool {
	names := make(map[string]bool)
	for _, c := range all {
		if c.verdict == worse {
			names[c.path+"."+c.benchmark()] = true
		}
	}
	return names
}

// confirmed keeps a loss only if the second measurement says the same of the same figure. Of many figures one is beyond p < 0.05 by chance,
// but not twice.
func confirmed(first, second []comparison) []comparison {
	again := make(map[figure]comparison, len(second))
	for _, c := range second {
		again[c.figure] = c
	}
	var stand []comparison
	for _, c := range first {
		if c.verdict == worse && again[c.figure].verdict == worse {
			stand = append(stand, again[c.figure])
		}
	}
	return stand
}
