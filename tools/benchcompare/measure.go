package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// leastRounds is the fewest with which the Mann-Whitney test can find p < 0.05.
const leastRounds = 4

// measurement is what all runs have in common.
type measurement struct {
	suite *suite
	procs int
	// only are packages, as ./informers, and benchmarks, as ./informers.ProjectPod; none means all.
	only     []string
	temp     string
	progress io.Writer
}

// figure is one number that a benchmark reports.
type figure struct {
	// path is the package's in the suite, and name the benchmark's without the number of processors.
	path, name, unit string
}

// benchmark is the top-level one.
func (f figure) benchmark() string {
	name, _, _ := strings.Cut(f.name, "/")
	return name
}

func (f figure) String() string { return f.path + "." + f.name }

// samples are what was measured, in order.
type samples struct {
	order  []figure
	values map[figure][]float64
	// iterations is what each benchmark was asked for; figures of different numbers do not compare, because the first iteration costs more.
	iterations map[figure]int
}

func newSamples() *samples {
	return &samples{values: make(map[figure][]float64), iterations: make(map[figure]int)}
}

func (s *samples) add(path string, r *benchfmt.Result) {
	base, parts := r.Name.Parts()
	name := string(base)
	for _, part := range parts {
		if part[0] != '-' {
			name += string(part)
		}
	}
	for _, v := range r.Values {
		f := figure{path, name, v.Unit}
		if _, known := s.values[f]; !known {
			s.order = append(s.order, f)
		}
		s.values[f] = append(s.values[f], v.Value)
		s.iterations[f] = r.Iters
	}
}

// once runs one benchmark in a process of its own, where no other has warmed anything, and returns its results.
func (m *measurement) once(ctx context.Context, s *side, b benchmark) ([]*benchfmt.Result, error) {
	out, err := output(ctx, filepath.Join(s.root, b.path), runEnvironment(m.procs), s.binaries[b.path],
		"-test.run", "^$", "-test.bench", b.pattern(), "-test.benchmem", "-test.benchtime", strconv.Itoa(b.Iterations)+"x", "-test.timeout", "10m")
	if err != nil {
		return nil, fmt.Errorf("%s: %s failed: %w", s.what, b, err)
	}
	var results []*benchfmt.Result
	reader := benchfmt.NewReader(strings.NewReader(out), b.String())
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.Result:
			results = append(results, record.Clone())
		case *benchfmt.SyntaxError:
			return nil, fmt.Errorf("%s: %s: what it printed is no benchmark's result: %w", s.what, b, record)
		}
	}
	return results, reader.Err()
}

// pair measures both sides in turns, round by round and benchmark by benchmark, so that what else happens on the machine happens to both.
// Every other round begins with the other side: what grows steadily, as heat does, is no advantage of either.
func (m *measurement) pair(ctx context.Context, sides [2]*side, lists [2][]benchmark, rounds int) ([2]*samples, error) {
	got := [2]*samples{newSamples(), newSamples()}
	has := [2]map[string]benchmark{byName(lists[0]), byName(lists[1])}
	for round := range rounds {
		fmt.Fprintf(m.progress, "round %d of %d\n", round+1, rounds)
		for _, b := range union(lists[0], lists[1]) {
			if b.Rounds > 0 && round >= b.Rounds {
				continue
			}
			for turn := range 2 {
				i := (round + turn) % 2
				if _, there := has[i][b.String()]; !there {
					continue
				}
				results, err := m.once(ctx, sides[i], b)
				if err != nil {
					return got, err
				}
				for _, r := range results {
					got[i].add(b.path, r)
				}
			}
		}
	}
	return got, nil
}

func byName(list []benchmark) map[string]benchmark {
	m := make(map[string]benchmark, len(list))
	for _, b := range list {
		m[b.String()] = b
	}
	return m
}

// union has the second list's order, and what only the first has at the end.
func union(first, second []benchmark) []benchmark {
	all := append([]benchmark(nil), second...)
	has := byName(second)
	for _, b := range first {
		if _, there := has[b.String()]; !there {
			all = append(all, b)
		}
	}
	return all
}
