package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// suite says what is measured and which figures decide.
type suite struct {
	Units    map[string]unitRule `json:"units"`
	Packages []packageRule       `json:"packages"`
}

// unitRule says what a loss is. A unit without a rule is printed and decides nothing.
type unitRule struct {
	// Better is "lower", "higher", or "same" for a figure that says how much work there is: when it changes, nothing else can be compared.
	Better string `json:"better"`
	// Loss is the share beyond which a significant difference between two revisions is a loss.
	Loss float64 `json:"loss"`
	// Tolerance is the least share beyond the baseline that is a loss; the baseline's own spread may ask for more. Absent for what depends
	// on the machine.
	Tolerance *float64 `json:"tolerance"`
}

// packageRule has the benchmarks of a package. The ones that it does not name are measured too, with the package's iterations.
type packageRule struct {
	Path       string                   `json:"path"`
	Iterations int                      `json:"iterations"`
	Benchmarks map[string]benchmarkRule `json:"benchmarks"`
}

type benchmarkRule struct {
	Iterations int `json:"iterations"`
	// Rounds is the most rounds, for what takes long and varies little.
	Rounds int `json:"rounds"`
	// Part is what is measured of it, as -bench has it: "^pods=10000$". Why says why not all.
	Part string `json:"part"`
	Why  string `json:"why"`
	// Units are the only ones that decide; empty means all.
	Units []string `json:"units"`
}

func readSuite(path string) (*suite, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var s suite
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &s, nil
}

func (s *suite) validate() error {
	for _, unit := range slices.Sorted(maps.Keys(s.Units)) {
		rule := s.Units[unit]
		if !slices.Contains([]string{"lower", "higher", "same"}, rule.Better) {
			return fmt.Errorf("unit %s: better is %q, and not lower, higher or same", unit, rule.Better)
		}
		if rule.Loss < 0 || rule.Tolerance != nil && *rule.Tolerance < 0 {
			return fmt.Errorf("unit %s: a share below zero", unit)
		}
	}
	for _, p := range s.Packages {
		if !filepath.IsLocal(p.Path) || p.Iterations < 1 {
			return fmt.Errorf("package %q: it needs a path inside the repository and iterations", p.Path)
		}
		for name, b := range p.Benchmarks {
			if b.Rounds != 0 && b.Rounds < leastRounds {
				return fmt.Errorf("package %s: %s: fewer than %d rounds can never be significant", p.Path, name, leastRounds)
			}
		}
	}
	return nil
}

// rule is that of a benchmark, with what the package says for it.
func (p *packageRule) rule(benchmark string) benchmarkRule {
	b := p.Benchmarks[benchmark]
	if b.Iterations == 0 {
		b.Iterations = p.Iterations
	}
	return b
}

// decides says whether a figure is judged, and how.
func (s *suite) decides(f figure) (unitRule, bool) {
	rule, known := s.Units[f.unit]
	for _, p := range s.Packages {
		if units := p.Benchmarks[f.benchmark()].Units; p.Path == f.path && len(units) > 0 && !slices.Contains(units, f.unit) {
			return rule, false
		}
	}
	return rule, known
}
