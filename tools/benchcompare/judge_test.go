package main

import (
	"path/filepath"
	"testing"
)

func sampled(f figure, values ...float64) *samples {
	s := newSamples()
	s.order, s.values[f] = []figure{f}, values
	return s
}

func TestJudge(t *testing.T) {
	s := &suite{Units: map[string]unitRule{"sec/op": {Better: "lower", Loss: 0.1}, "hits": {Better: "higher", Loss: 0.1}, "things": {Better: "same"}},
		Packages: []packageRule{{Path: "./work", Iterations: 1, Benchmarks: map[string]benchmarkRule{"Memory": {Units: []string{"B/pod"}}}}}}
	steady := []float64{100, 101, 102, 103, 104, 105}
	for name, test := range map[string]struct {
		benchmark, unit string
		change          []float64
		want            verdict
	}{
		"worse and sure":                     {"Scrape", "sec/op", []float64{130, 131, 132, 133, 134, 135}, worse},
		"better and sure":                    {"Scrape", "sec/op", []float64{70, 71, 72, 73, 74, 75}, better},
		"sure, and too little":               {"Scrape", "sec/op", []float64{106, 107, 108, 109, 110, 111}, same},
		"much, and not sure":                 {"Scrape", "sec/op", []float64{80, 90, 100, 150, 160, 170}, same},
		"less of what should be much":        {"Scrape", "hits", []float64{70, 71, 72, 73, 74, 75}, worse},
		"more of what should be much":        {"Scrape", "hits", []float64{130, 131, 132, 133, 134, 135}, better},
		"another number of things":           {"Scrape", "things", []float64{106, 107, 108, 109, 110, 111}, otherWork},
		"a unit that nobody knows":           {"Scrape", "answers", []float64{130, 131, 132, 133, 134, 135}, unjudged},
		"a unit that is not the benchmark's": {"Memory", "sec/op", []float64{130, 131, 132, 133, 134, 135}, unjudged},
	} {
		f := figure{"./work", test.benchmark + "/pods=1", test.unit}
		got := judge(s, sampled(f, steady...), sampled(f, test.change...))
		if len(got) != 1 || got[0].verdict != test.want {
			t.Errorf("%s: got %+v, want %v", name, got, test.want)
		}
	}
}

// TestConfirmed: chance is not believed twice.
func TestConfirmed(t *testing.T) {
	one, two := figure{"./work", "One/part", "sec/op"}, figure{"./work", "Two", "sec/op"}
	first := []comparison{{figure: one, verdict: worse}, {figure: two, verdict: worse}}
	second := []comparison{{figure: one, verdict: same}, {figure: two, verdict: worse}}
	if got := confirmed(first, second); len(got) != 1 || got[0].figure != two {
		t.Errorf("got %+v, want only %v", got, two)
	}
	if got := lost(first); !got["./work.One"] || !got["./work.Two"] || len(got) != 2 {
		t.Errorf("measured again would be %v", got)
	}
}

// TestSuite has the project's own: every package is there, and every benchmark that has a rule.
func TestSuite(t *testing.T) {
	root := filepath.Join("..", "..")
	s, err := readSuite("suite.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Packages {
		sources, err := filepath.Glob(filepath.Join(root, p.Path, "*_test.go"))
		if err != nil || len(sources) == 0 {
			t.Errorf("%s has no tests: %v", p.Path, err)
		}
		for name := range p.Benchmarks {
			if !declared(t, sources, name) {
				t.Errorf("%s has no Benchmark%s any more", p.Path, name)
			}
		}
	}
	recorded, err := readBaseline(filepath.Join(root, "docs", "benchmarks", "baseline.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range recorded.order {
		for _, p := range s.Packages {
			if want := p.rule(f.benchmark()).Iterations; p.Path == f.path && want != recorded.iterations[f] {
				t.Errorf("%s has %d iterations in the suite and %d in the baseline; %s", f, want, recorded.iterations[f], renew)
			}
		}
	}
}
