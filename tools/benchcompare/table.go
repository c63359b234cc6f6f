package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"golang.org/x/perf/benchunit"
)

// printTable has a table for each unit. The mean below it is for the reader: it decides nothing.
func printTable(out io.Writer, s *suite, all []comparison) error {
	var units []string
	for _, c := range all {
		if !slices.Contains(units, c.unit) {
			units = append(units, c.unit)
		}
	}
	for _, unit := range units {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "\n%s\tbase\t\tchange\t\t\t\t%s\n", unit, s.headline(unit))
		logs, n := 0.0, 0
		for _, c := range all {
			if c.unit != unit {
				continue
			}
			old, now := c.base.Center, c.change.Center
			fmt.Fprintf(w, "%s\t%s\t± %s\t%s\t± %s\t%s\t%s\t%s\n", c.figure, number(old, unit), c.base.PctRangeString(),
				number(now, unit), c.change.PctRangeString(), c.FormatDelta(old, now), c.Comparison, c.verdict.word())
			if old > 0 && now > 0 {
				logs, n = logs+math.Log(now/old), n+1
			}
		}
		if n > 1 {
			fmt.Fprintf(w, "geometric mean\t\t\t\t\t%+.2f%%\t\t\n", 100*(math.Exp(logs/float64(n))-1))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// headline says what a loss in the unit is.
func (s *suite) headline(unit string) string {
	rule, known := s.Units[unit]
	switch {
	case !known:
		return "decides nothing"
	case rule.Better == "same":
		return "says how much work there is"
	}
	return fmt.Sprintf("a loss: beyond %g%%", 100*rule.Loss)
}

func (v verdict) word() string {
	return map[verdict]string{better: "better", worse: "WORSE", otherWork: "OTHER WORK"}[v]
}

// printOtherWork names benchmarks whose other figures do not compare, because what they do has changed.
func printOtherWork(out io.Writer, all []comparison) {
	for _, c := range all {
		if c.verdict == otherWork {
			fmt.Fprintf(out, "\n!!! OTHER WORK: %s: %s to %s %s. Its other figures are about different things.\n", c.figure,
				number(c.base.Center, c.unit), number(c.change.Center, c.unit), c.unit)
		}
	}
}

// printOnlyOne names benchmarks that only one side has. One that is gone guards nothing any more, and a benchmark is gone quietly.
func printOnlyOne(out io.Writer, got [2]*samples) {
	gone, added := onlyIn(got[0], got[1]), onlyIn(got[1], got[0])
	for _, name := range gone {
		fmt.Fprintf(out, "\n!!! DISAPPEARED: %s is measured in the base and not in the change. Nothing guards it any more.\n", name)
	}
	for _, name := range added {
		fmt.Fprintf(out, "\nnew: %s, which the base does not have\n", name)
	}
}

// onlyIn are benchmarks that the second does not have, and single units of benchmarks that it has.
func onlyIn(first, second *samples) []string {
	whole := make(map[string]bool)
	for _, f := range second.order {
		whole[f.String()] = true
	}
	var names []string
	for _, f := range first.order {
		if len(second.values[f]) > 0 {
			continue
		}
		name := f.String()
		if whole[name] {
			name += " " + f.unit
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func number(v float64, unit string) string { return benchunit.Scale(v, benchunit.ClassOf(unit)) }

func percent(share float64) string {
	if math.IsInf(share, 0) {
		return "from nothing"
	}
	return fmt.Sprintf("%+.2f%%", 100*share)
}
