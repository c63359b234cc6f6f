package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBaseline(t *testing.T) {
	r := newRepository(t)
	code, out := r.run("check")
	expect(t, code, out, exitError, "make bench-baseline")

	code, out = r.run("baseline")
	expect(t, code, out, 0, "wrote ")
	content, err := os.ReadFile(filepath.Join(r.root, "bench/baseline.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"\nmachine: ", "\ngo: go1.", "\ncommit: " + r.git("rev-parse", "HEAD") + "\n", "\ncommand: make bench-baseline\n",
		"\npath: ./work\n", "\npkg: example.com/throwaway/work\n", "\nBenchmarkSpin-2 200 "} {
		if !strings.Contains(string(content), line) {
			t.Errorf("the baseline does not have %q:\n%s", line, content)
		}
	}

	for _, test := range []struct {
		name, bench string
		code        int
		says        []string
	}{
		{"the same", ordinary, 0, []string{"figures are within the baseline"}},
		{"four times slower, which another machine may be", benchmarkOf("80000", "1000", "7"), 0, []string{"figures are within the baseline"}},
		{"more bytes", benchmarkOf("20000", "1500", "7"), exitLoss, []string{"WORSE: ./work.Spin: 1.5", "B/op", "make bench-baseline"}},
		{"fewer bytes", benchmarkOf("20000", "500", "7"), 0, []string{"better: ./work.Spin", "so that it stays"}},
		{"other work", benchmarkOf("20000", "1000", "8"), exitLoss, []string{"OTHER WORK: ./work.Spin"}},
		{"a benchmark is gone", strings.Replace(ordinary, "BenchmarkSpin", "BenchmarkSpun", 1), exitError, []string{"not one figure"}},
	} {
		r.write("work/work_test.go", test.bench)
		code, out := r.run("check")
		t.Log(test.name)
		expect(t, code, out, test.code, test.says...)
	}
}

func TestBaselineDisappeared(t *testing.T) {
	r := newRepository(t)
	r.write("work/other_test.go", strings.ReplaceAll(ordinary, "BenchmarkSpin", "BenchmarkOther"))
	code, out := r.run("baseline")
	expect(t, code, out, 0)
	r.write("work/other_test.go", strings.ReplaceAll(ordinary, "BenchmarkSpin", "BenchmarkRenamed"))
	code, out = r.run("check")
	expect(t, code, out, exitLoss, "DISAPPEARED: ./work.Other", "new: ./work.Renamed")
	r.write("suite.json", strings.ReplaceAll(testSuite, "200", "100"))
	code, out = r.run("check", "-only=./work.Spin")
	expect(t, code, out, exitLoss, "OTHER ITERATIONS: ./work.Spin has 100, and 200 in the baseline")
	if strings.Contains(out, "DISAPPEARED") {
		t.Errorf("what was not asked for is not gone:\n%s", out)
	}
}

// TestLimits has figures as they are measured, with the least that is a loss.
func TestLimits(t *testing.T) {
	tolerance := 0.02
	lower := unitRule{Better: "lower", Tolerance: &tolerance}
	for name, test := range map[string]struct {
		rule unitRule
		was  []float64
		now  float64
		want verdict
	}{
		"within the tolerance":            {lower, []float64{1000, 1000, 1000}, 1020, same},
		"beyond it":                       {lower, []float64{1000, 1000, 1000}, 1021, worse},
		"one allocation of few":           {lower, []float64{5, 5, 5}, 6, worse},
		"the first allocation":            {lower, []float64{0, 0, 0}, 1, worse},
		"what varied may vary":            {lower, []float64{1000, 1100, 1050}, 1200, same},
		"and no more":                     {lower, []float64{1000, 1100, 1050}, 1201, worse},
		"less of what should be little":   {lower, []float64{1000, 1000, 1000}, 900, better},
		"less of what should be much":     {unitRule{Better: "higher", Tolerance: &tolerance}, []float64{1000, 1000}, 900, worse},
		"more of what should be much":     {unitRule{Better: "higher", Tolerance: &tolerance}, []float64{1000, 1000}, 1100, better},
		"another number of things":        {unitRule{Better: "same", Tolerance: new(float64)}, []float64{7, 7}, 8, otherWork},
		"fewer things":                    {unitRule{Better: "same", Tolerance: new(float64)}, []float64{7, 7}, 6, otherWork},
		"the same number of things again": {unitRule{Better: "same", Tolerance: new(float64)}, []float64{7, 7}, 7, same},
	} {
		if got := test.rule.finding(figure{}, test.was, test.now); got.verdict != test.want {
			t.Errorf("%s: got %v, want %v; the limit is %g", name, got.verdict, test.want, got.limit)
		}
	}
}
