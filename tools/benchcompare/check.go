package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/perf/benchfmt"
)

// checkAgain is how often a benchmark that is beyond the baseline is measured once more. The best counts: a garbage collection that empties
// a pool in the middle makes a figure worse, and nothing makes it better by chance.
const checkAgain = 3

// finding is what the check has to say of one figure.
type finding struct {
	figure
	was, now, limit float64
	verdict         verdict
}

// check measures the working tree once, and compares with the baseline what does not depend on the machine.
func check(ctx context.Context, o *options, m *measurement, out io.Writer) error {
	baseline, err := readBaseline(o.path(o.baseline))
	if err != nil {
		return err
	}
	s, err := m.build(ctx, "change", "the working tree", o.root)
	if err != nil {
		return err
	}
	list, err := m.list(ctx, s)
	if err != nil {
		return err
	}
	got, err := m.sample(ctx, s, list, 1)
	if err != nil {
		return err
	}
	findings := against(m.suite, baseline.samples, got)
	if suspects := suspected(findings); len(suspects) > 0 {
		list = slices.DeleteFunc(list, func(b benchmark) bool { return !suspects[b.String()] })
		fmt.Fprintf(m.progress, "measuring again: %v\n", list)
		again, err := m.sample(ctx, s, list, checkAgain)
		if err != nil {
			return err
		}
		for f, values := range again.values {
			got.values[f] = append(got.values[f], values...)
		}
		findings = against(m.suite, baseline.samples, got)
	}
	return report(ctx, o, baseline, got, findings, m, out)
}

// sample runs as many benchmarks at a time as there are processors: what one allocates does not depend on the others.
func (m *measurement) sample(ctx context.Context, s *side, list []benchmark, rounds int) (*samples, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([][]*benchfmt.Result, rounds*len(list))
	free := make(chan struct{}, runtime.NumCPU())
	var running sync.WaitGroup
	for i := range results {
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			var err error
			if results[i], err = m.once(ctx, s, list[i%len(list)]); err != nil {
				cancel(err) // the first is the reason of the others
			}
		})
	}
	running.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	got := newSamples()
	for i, of := range results {
		for _, r := range of {
			got.add(list[i%len(list)].path, r)
		}
	}
	return got, nil
}

func suspected(findings []finding) map[string]bool {
	names := make(map[string]bool)
	for _, f := range findings {
		if f.verdict == worse {
			names[f.path+"."+f.benchmark()] = true
		}
	}
	return names
}

// against compares the best of each figure with the baseline.
func against(s *suite, baseline, got *samples) []finding {
	var all []finding
	for _, f := range got.order {
		rule, decides := s.decides(f)
		was := baseline.values[f]
		if !decides || rule.Tolerance == nil || len(was) == 0 {
			continue
		}
		now := slices.Min(got.values[f])
		if rule.Better == "higher" {
			now = slices.Max(got.values[f])
		}
		all = append(all, rule.finding(f, was, now))
	}
	return all
}

// finding has the limit: the baseline's worst, and beyond that as much again as the baseline varied by itself, or the unit's tolerance if
// that is more.
func (u unitRule) finding(f figure, was []float64, now float64) finding {
	low, high := slices.Min(was), slices.Max(was)
	room := math.Max(*u.Tolerance*math.Abs(high), high-low)
	found := finding{figure: f, was: high, now: now, limit: high + room}
	lower, upper := low-room, high+room
	switch {
	case u.Better == "same" && (now < low || now > high):
		found.verdict = otherWork
	case u.Better == "lower" && now > upper:
		found.verdict = worse
	case u.Better == "lower" && now < lower:
		found.verdict = better
	case u.Better == "higher" && now < lower:
		found.was, found.limit, found.verdict = low, lower, worse
	case u.Better == "higher" && now > upper:
		found.verdict = better
	}
	return found
}

func report(ctx context.Context, o *options, baseline *recorded, got *samples, findings []finding, m *measurement, out io.Writer) error {
	if len(findings) == 0 {
		return errors.New("not one figure is in the baseline: nothing was compared; " + renew)
	}
	var problems []string
	for _, f := range findings {
		text := fmt.Sprintf("%s: %s %s, and %s in the baseline", f.figure, number(f.now, f.unit), f.unit, number(f.was, f.unit))
		switch f.verdict {
		case worse:
			problems = append(problems, fmt.Sprintf("WORSE: %s (%s); the limit is %s", text, percent(share(f.was, f.now)), number(f.limit, f.unit)))
		case otherWork:
			problems = append(problems, "OTHER WORK: "+text+": what the benchmark does has changed")
		case better:
			fmt.Fprintf(out, "better: %s (%s); %s, so that it stays\n", text, percent(share(f.was, f.now)), renew)
		}
	}
	for _, f := range got.order {
		if was, known := baseline.iterations[f]; known && was != got.iterations[f] {
			problems = append(problems, fmt.Sprintf("OTHER ITERATIONS: %s has %d, and %d in the baseline", f, got.iterations[f], was))
		}
	}
	for _, name := range onlyIn(baseline.chosen(m), got) {
		problems = append(problems, "DISAPPEARED: "+name+" is in the baseline and not measured any more")
	}
	for _, name := range onlyIn(got, baseline.samples) {
		fmt.Fprintf(out, "new: %s is not in the baseline; %s\n", name, renew)
	}
	if len(problems) == 0 {
		fmt.Fprintf(out, "%d figures are within the baseline.\n", len(findings))
		return nil
	}
	rule := strings.Repeat("!", 100)
	fmt.Fprintf(out, "%s\n%s\n", rule, strings.Join(slices.Compact(problems), "\n"))
	if version, err := output(ctx, o.root, buildEnvironment(), "go", "env", "GOVERSION"); err == nil && version != baseline.version {
		fmt.Fprintf(out, "The baseline is from %s, and this is %s, which may be the reason.\n", baseline.version, version)
	}
	fmt.Fprintf(out, "If this is meant, %s; `make bench-compare` says more.\n%s\n", renew, rule)
	return errLoss
}
