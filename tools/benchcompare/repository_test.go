package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asCommand makes the test binary the command itself, for tests that need it as a process.
const asCommand = "BENCHCOMPARE_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// repository is a module of its own with real commits, whose benchmarks are small.
type repository struct {
	t    *testing.T
	root string
}

const (
	workSource = `package work

import "os"

// Sink keeps what is made.
var Sink []byte

// Spin takes time in proportion.
func Spin(n int) (x uint64) {
	for i := range n {
		x = x*6364136223846793005 + uint64(i)
	}
	return x
}

// Never is false, and the compiler does not know.
var Never = os.Getenv("NEVER_SET_THIS") != ""
`
	benchSource = `package work

import "testing"

func BenchmarkSpin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Sink = make([]byte, BYTES)
		if Spin(SPINS) == 1 && Never {
			b.Fatal("never")
		}
	}
	b.ReportMetric(WORK, "things")
}
`
	testSuite = `{
  "units": {
    "sec/op": {"better": "lower", "loss": 0.5},
    "B/op": {"better": "lower", "loss": 0.02, "tolerance": 0.02},
    "allocs/op": {"better": "lower", "loss": 0.02, "tolerance": 0.02},
    "things": {"better": "same", "tolerance": 0}
  },
  "packages": [{"path": "./work", "iterations": 200}, {"path": "./later", "iterations": 200}]
}`
)

// benchmark is the source of BenchmarkSpin.
func benchmarkOf(spins, bytes, work string) string {
	return strings.NewReplacer("SPINS", spins, "BYTES", bytes, "WORK", work).Replace(benchSource)
}

var ordinary = benchmarkOf("20000", "1000", "7")

func newRepository(t *testing.T) *repository {
	t.Helper()
	if testing.Short() {
		t.Skip("it builds and runs benchmarks")
	}
	t.Setenv("TMPDIR", t.TempDir())
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &repository{t, root}
	for _, e := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} {
		t.Setenv(e, "")
		os.Unsetenv(e)
	}
	r.git("init", "-q", "-b", "main")
	r.write("go.mod", "module example.com/throwaway\n\ngo 1.26.0\n")
	r.write("suite.json", testSuite)
	r.write("work/work.go", workSource)
	r.write("work/work_test.go", ordinary)
	r.commit("the first")
	return r
}

func (r *repository) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = r.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *repository) commit(message string) {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "-m", message)
}

func (r *repository) args(name string, more ...string) []string {
	return append([]string{name, "-C", r.root, "-suite", "suite.json", "-baseline", "bench/baseline.txt"}, more...)
}

// run is the whole tool; whatever it says, nothing of it may stay behind.
func (r *repository) run(name string, more ...string) (int, string) {
	r.t.Helper()
	var out bytes.Buffer
	code := command(r.t.Context(), r.args(name, more...), &out, &out)
	r.clean()
	return code, out.String()
}

func (r *repository) clean() {
	r.t.Helper()
	if trees := r.git("worktree", "list", "--porcelain"); strings.Count(trees, "worktree ") != 1 {
		r.t.Errorf("a worktree was left behind:\n%s", trees)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "benchcompare-*"))
	if err != nil || len(left) > 0 {
		r.t.Errorf("left behind: %v, %v", left, err)
	}
}

// expect fails unless the tool ended with the code and said each of the texts.
func expect(t *testing.T, code int, out string, want int, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(out, text) {
			t.Errorf("it does not say %q", text)
		}
	}
	if code != want {
		t.Errorf("exit code %d, want %d", code, want)
	}
	if t.Failed() {
		t.Log(out)
	}
}

func declared(t *testing.T, sources []string, benchmark string) bool {
	t.Helper()
	for _, source := range sources {
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("func Benchmark"+benchmark+"(")) {
			return true
		}
	}
	return false
}
