package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPlantedRegressions(t *testing.T) {
	for name, test := range map[string]struct{ bench, unit string }{
		"four times the time": {benchmarkOf("80000", "1000", "7"), "sec/op"},
		"more bytes":          {benchmarkOf("20000", "2000", "7"), "B/op"},
		"another allocation": {strings.Replace(ordinary, "if Spin", "Sink = append(Sink[:len(Sink):len(Sink)], 1)\n\t\tif Spin", 1),
			"allocs/op"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			r.write("work/work_test.go", test.bench)
			code, out := r.run("compare", "-count=5")
			expect(t, code, out, exitLoss, "HEAD: the working tree has changes since", "SIGNIFICANTLY WORSE, twice", test.unit+" (+")
		})
	}
}

func TestRegressionBetweenCommits(t *testing.T) {
	r := newRepository(t)
	r.write("work/work_test.go", benchmarkOf("20000", "5000", "7"))
	r.commit("the second")
	code, out := r.run("compare", "-count=4")
	expect(t, code, out, exitLoss, "HEAD~1: nothing has changed since HEAD", "SIGNIFICANTLY WORSE")
	// And the other way round it is an improvement.
	r.write("work/work_test.go", ordinary)
	code, out = r.run("compare", "-count=4")
	expect(t, code, out, 0, "better", "No benchmark got significantly worse")
}

// TestNoise has the same work on both sides. Memory varies by a third from run to run, in a fixed order that is another one in the change,
// with a median that is 8 % more: beyond the loss, and far from significant.
func TestNoise(t *testing.T) {
	r := newRepository(t)
	const noisy = `package work

import (
	"os"
	"strconv"
	"testing"
)

func BenchmarkNoisy(b *testing.B) {
	content, _ := os.ReadFile("runs.out")
	run, _ := strconv.Atoi(string(content))
	if err := os.WriteFile("runs.out", []byte(strconv.Itoa(run+1)), 0o644); err != nil {
		b.Fatal(err)
	}
	size := []int{SIZES}[run%8]
	b.ReportAllocs()
	for b.Loop() {
		Sink = make([]byte, size*1024)
	}
}
`
	r.write(".gitignore", "*.out\n")
	r.write("work/noisy_test.go", strings.Replace(noisy, "SIZES", "100, 132, 84, 120, 96, 140, 92, 112", 1))
	r.commit("noise")
	r.write("work/noisy_test.go", strings.Replace(noisy, "SIZES", "140, 96, 112, 128, 88, 104, 116, 148", 1))
	code, out := r.run("compare", "-count=8")
	expect(t, code, out, 0, "No benchmark got significantly worse")
	if !regexp.MustCompile(`(?m)^\./work\.Noisy +108\.0Ki .* 116\.0Ki .* ~ `).MatchString(out) {
		t.Errorf("the medians are not apart as they should be:\n%s", out)
	}
}

func TestOnlyOnOneSide(t *testing.T) {
	r := newRepository(t)
	other := strings.ReplaceAll(ordinary, "BenchmarkSpin", "BenchmarkOther")
	r.write("work/other_test.go", other)
	r.commit("another")
	r.write("work/other_test.go", "package work\n")
	r.write("later/later_test.go", "package later\n\nimport \"testing\"\n\nfunc BenchmarkNew(b *testing.B) {\n\tfor b.Loop() {\n\t}\n}\n")
	code, out := r.run("compare", "-count=4")
	expect(t, code, out, 0, "!!! DISAPPEARED: ./work.Other", "new: ./later.New", "No benchmark got significantly worse")
}

func TestOtherWork(t *testing.T) {
	r := newRepository(t)
	r.write("work/work_test.go", benchmarkOf("20000", "1000", "8"))
	code, out := r.run("compare", "-count=4")
	expect(t, code, out, 0, "!!! OTHER WORK: ./work.Spin: 7.000 to 8.000 things")
}

func TestWhatCannotBeMeasured(t *testing.T) {
	r := newRepository(t)
	r.write("work/broken.go", "package work\n\nvar broken int = \"text\"\n")
	r.commit("broken")
	r.write("work/broken.go", "package work\n")
	code, out := r.run("compare", "-count=4")
	expect(t, code, out, exitError, "the base HEAD (", "does not build: ./work", "broken.go:3")

	code, out = r.run("compare", "-count=4", "-base=HEAD~1", "-only=./nowhere")
	expect(t, code, out, exitError, "there is no benchmark to measure")

	r.write("work/work_test.go", strings.Replace(ordinary, "b.ReportAllocs()", "b.Fatal(\"it fails\")", 1))
	code, out = r.run("compare", "-count=4", "-base=HEAD~1")
	expect(t, code, out, exitError, "the working tree (", "./work.Spin failed", "it fails")

	code, out = r.run("compare", "-base=no-such-branch")
	expect(t, code, out, exitError, `base "no-such-branch" is no commit`)

	code, out = r.run("compare", "-count=3")
	expect(t, code, out, exitError, "fewer than 4 rounds can never be significant")
}

// TestChoosesBase has the cases of a branch; those without origin/main are in the tests above.
func TestChoosesBase(t *testing.T) {
	r := newRepository(t)
	first := r.git("rev-parse", "HEAD")
	r.git("update-ref", "refs/remotes/origin/main", first)
	for _, message := range []string{"second", "third"} {
		r.write("note", message)
		r.commit(message)
	}
	for _, test := range []struct{ asked, commit, why string }{
		{"", first, "where this branch left origin/main"},
		{"HEAD~1", r.git("rev-parse", "HEAD~1"), "asked for"},
	} {
		got, err := chooseBase(t.Context(), r.root, test.asked)
		if err != nil || got.commit != test.commit || got.why != test.why {
			t.Errorf("asked for %q: got %+v, %v", test.asked, got, err)
		}
	}
	// On main itself there is nothing between the two.
	r.git("update-ref", "refs/remotes/origin/main", "HEAD")
	if got, err := chooseBase(t.Context(), r.root, ""); err != nil || got.name != "HEAD~1" {
		t.Errorf("on main: got %+v, %v", got, err)
	}
	if _, err := chooseBase(t.Context(), r.root, "--help"); err == nil {
		t.Error("an option is no revision")
	}
}

// TestSignals stops the tool in the middle of a benchmark that would take minutes.
func TestSignals(t *testing.T) {
	r := newRepository(t)
	running := filepath.Join(t.TempDir(), "running")
	r.write("work/work_test.go", `package work

import (
	"os"
	"strconv"
	"testing"
	"time"
)

func BenchmarkSlow(b *testing.B) {
	if err := os.WriteFile(`+"`"+running+"`"+`, []byte(strconv.Itoa(os.Getpid())), 0o644); err != nil {
		b.Fatal(err)
	}
	time.Sleep(5*time.Minute)
}
`)
	r.commit("slow")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		os.Remove(running)
		cmd := exec.Command(self, r.args("compare", "-base=HEAD", "-count=4")...)
		cmd.Env = append(os.Environ(), asCommand+"=1")
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pid := waitFor(t, running)
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		err := cmd.Wait()
		expect(t, cmd.ProcessState.ExitCode(), out.String(), exitError, "stopped by a signal")
		if err == nil {
			t.Errorf("%v: it says that all is well", signal)
		}
		r.clean()
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("%v: the benchmark still runs", signal)
		}
	}
}

func waitFor(t *testing.T, path string) int {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		content, err := os.ReadFile(path)
		if pid := 0; err == nil && len(content) > 0 {
			for _, digit := range content {
				pid = pid*10 + int(digit-'0')
			}
			return pid
		}
	}
	t.Fatal("the benchmark never ran")
	return 0
}
