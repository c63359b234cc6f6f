package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// side is one state of the repository, with its test binaries.
type side struct {
	// name is "base" or "change" and is for messages; what says which state that is.
	name, what, root string
	binaries         map[string]string
}

// build compiles the test binaries of the suite's packages. A package that is not there has none, which is for the comparison to say.
func (m *measurement) build(ctx context.Context, name, what, root string) (*side, error) {
	s := &side{name: name, what: what, root: root, binaries: make(map[string]string)}
	for i, p := range m.suite.Packages {
		if _, err := os.Stat(filepath.Join(root, p.Path)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if !m.wanted(p) {
			continue
		}
		fmt.Fprintf(m.progress, "building %s of %s\n", p.Path, what)
		path := filepath.Join(m.temp, fmt.Sprintf("%s-%d.test", name, i))
		if _, err := output(ctx, root, buildEnvironment(), "go", "test", "-c", "-o", path, p.Path); err != nil {
			return nil, fmt.Errorf("%s does not build: %s: %w", what, p.Path, err)
		}
		// Without a test file there is no binary and no error.
		if _, err := os.Stat(path); err == nil {
			s.binaries[p.Path] = path
		}
	}
	return s, nil
}

// wanted says whether -only has something of the package, so that a narrow question does not wait for every build.
func (m *measurement) wanted(p packageRule) bool {
	return len(m.only) == 0 || slices.ContainsFunc(m.only, func(name string) bool { return name == p.Path || strings.HasPrefix(name, p.Path+".") })
}

// chosen says whether -only has the benchmark, by its own name or by its package's.
func (m *measurement) chosen(path, name string) bool {
	return len(m.only) == 0 || slices.Contains(m.only, path) || slices.Contains(m.only, path+"."+name)
}

// benchmark is one top-level benchmark of a package: what one process measures.
type benchmark struct {
	path, name string
	benchmarkRule
}

func (b benchmark) String() string { return b.path + "." + b.name }

// list returns the benchmarks of a side in the order of the suite and of the source.
func (m *measurement) list(ctx context.Context, s *side) ([]benchmark, error) {
	var all []benchmark
	for _, p := range m.suite.Packages {
		binary, built := s.binaries[p.Path]
		if !built {
			continue
		}
		out, err := output(ctx, filepath.Join(s.root, p.Path), runEnvironment(m.procs), binary, "-test.list", "^Benchmark")
		if err != nil {
			return nil, fmt.Errorf("%s: listing the benchmarks of %s: %w", s.what, p.Path, err)
		}
		for line := range strings.Lines(out) {
			name, is := strings.CutPrefix(strings.TrimSpace(line), "Benchmark")
			b := benchmark{p.Path, name, p.rule(name)}
			if is && m.chosen(p.Path, name) {
				all = append(all, b)
			}
		}
	}
	return all, nil
}

// pattern is for -test.bench.
func (b benchmark) pattern() string {
	whole := "^Benchmark" + regexp.QuoteMeta(b.name) + "$"
	if b.Part == "" {
		return whole
	}
	return whole + "/" + b.Part
}
