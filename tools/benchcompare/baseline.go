package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
)

const (
	// baselineRounds show how far a figure varies by itself.
	baselineRounds = 5
	renew          = "`make bench-baseline` writes the baseline anew"
)

// writeBaseline measures the working tree and writes what the benchmarks printed.
func writeBaseline(ctx context.Context, o *options, m *measurement, out io.Writer) error {
	if len(m.only) > 0 {
		return errors.New("a baseline of some benchmarks would lose the others: no -only")
	}
	head, dirty, err := state(ctx, o.root)
	if err != nil {
		return err
	}
	version, err := output(ctx, o.root, buildEnvironment(), "go", "env", "GOVERSION")
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
	var content bytes.Buffer
	if dirty {
		head += " and changes that were not committed"
	}
	fmt.Fprintf(&content, `# What the benchmarks printed, five processes each. Of it `+"`make bench-check`"+` compares what does not depend on the machine;
# times are for information, and only those of one run compare. `+"`make bench-baseline`"+` writes this file.
machine: %d processors, GOMAXPROCS=%d
go: %s
commit: %s
command: make bench-baseline
`, runtime.NumCPU(), m.procs, version, head)
	if err := m.record(ctx, s, list, &content); err != nil {
		return err
	}
	path := o.path(o.baseline)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, content.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "wrote %s: %d benchmarks, %d rounds\n", path, len(list), baselineRounds)
	return nil
}

// record writes results benchmark by benchmark, with the lines above them only when they change.
func (m *measurement) record(ctx context.Context, s *side, list []benchmark, content *bytes.Buffer) error {
	byBenchmark := make([][]*benchfmt.Result, len(list))
	for round := range baselineRounds {
		fmt.Fprintf(m.progress, "round %d of %d\n", round+1, baselineRounds)
		for i, b := range list {
			results, err := m.once(ctx, s, b)
			if err != nil {
				return err
			}
			byBenchmark[i] = append(byBenchmark[i], results...)
		}
	}
	writer := benchfmt.NewWriter(content)
	for i, results := range byBenchmark {
		// Parts may run in any order; the file has one, so that its difference is about figures.
		slices.SortStableFunc(results, func(a, b *benchfmt.Result) int { return bytes.Compare(a.Name, b.Name) })
		for _, r := range results {
			for j := range r.Config {
				r.Config[j].Value = bytes.TrimSpace(r.Config[j].Value)
			}
			// The package's path in the suite, by which it is found again.
			r.Config = append([]benchfmt.Config{{Key: "path", Value: []byte(list[i].path), File: true}}, r.Config...)
			fresh := &benchfmt.Result{Config: r.Config, Name: r.Name, Iters: r.Iters, Values: r.Values}
			if err := writer.Write(fresh); err != nil {
				return err
			}
		}
	}
	return nil
}

// recorded is a baseline that was read.
type recorded struct {
	*samples
	version string
}

func readBaseline(path string) (*recorded, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w; %s", err, renew)
	}
	r := &recorded{samples: newSamples()}
	reader := benchfmt.NewReader(strings.NewReader(string(content)), path)
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.Result:
			r.add(record.GetConfig("path"), record)
			r.version = record.GetConfig("go")
		case *benchfmt.SyntaxError:
			return nil, fmt.Errorf("the baseline: %w; %s", record, renew)
		}
	}
	if len(r.order) == 0 {
		return nil, fmt.Errorf("%s has no result; %s", path, renew)
	}
	return r, reader.Err()
}

// chosen is what -only asks for of it.
func (r *recorded) chosen(m *measurement) *samples {
	some := &samples{values: r.values, iterations: r.iterations}
	for _, f := range r.order {
		if m.chosen(f.path, f.benchmark()) {
			some.order = append(some.order, f)
		}
	}
	return some
}
