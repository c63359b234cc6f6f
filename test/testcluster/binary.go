package testcluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

const (
	// sourceDir is where the source of the binary is, seen from the root of the
	// repository.
	sourceDir = "test/controlplane"

	// buildCommand is what a person runs to have the binary before the tests.
	buildCommand = "go run ./test/testcluster/cmd/build-controlplane"

	// deadlineMargin is kept from a test's deadline to report a build that did
	// not end in time, instead of dying in the testing package's panic.
	deadlineMargin = 15 * time.Second
)

// Binary returns the path of the control plane's binary and builds it first
// when the cache does not have it. A cold build takes 10 to 15 CPU minutes,
// which go test's default timeout of 10 minutes may cut off: then the test
// fails, saying which command builds the binary outside a test. Parts that
// were compiled are kept, so the next build goes on where this one ended.
func Binary(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	if limited, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if deadline, ok := limited.Deadline(); ok {
			cancel()
			ctx, cancel = context.WithDeadline(context.Background(), deadline.Add(-deadlineMargin))
		}
	}
	defer cancel()
	path, err := Build(ctx, testWriter{t})
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("testcluster: the control plane was not built before the test's deadline; run %q once, or pass a longer -timeout: %v", buildCommand, err)
	}
	if err != nil {
		t.Fatalf("testcluster: %v", err)
	}
	return path
}

// Build returns the path of the control plane's binary, built from
// test/controlplane unless the cache has it already; progress gets a line
// before and after a build. The cache is the folder named by
// KUBE_POSTURE_CACHE, else kube-posture-exporter in the user's cache folder.
// It fails when there is no such folder, when there is no go command, or when
// the build fails; when ctx ends first, the error wraps ctx.Err().
func Build(ctx context.Context, progress io.Writer) (string, error) {
	source, err := findSource()
	if err != nil {
		return "", err
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	return builder{source: source, cache: cache, progress: progress}.build(ctx)
}

// builder builds the main package of the module in source into cache.
type builder struct {
	source, cache string
	progress      io.Writer
}

// build returns the cached binary, or makes it while holding a lock that
// other processes wait for, and gives it its name only when it is whole.
func (b builder) build(ctx context.Context) (string, error) {
	key, err := b.key(ctx)
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.cache, "controlplane-"+key)
	if exists(path) {
		return path, nil
	}
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return "", fmt.Errorf("create the cache folder (set KUBE_POSTURE_CACHE to one that can be written): %w", err)
	}
	unlock, err := lockFile(ctx, path+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(path) { // another process built it while this one waited
		return path, nil
	}
	began := time.Now()
	fmt.Fprintf(b.progress, "building the test control plane into %s: 10 to 15 CPU minutes when nothing is cached\n", path)
	if err := b.compile(ctx, path+".tmp"); err != nil {
		return "", err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return "", fmt.Errorf("put the control plane in the cache: %w", err)
	}
	fmt.Fprintf(b.progress, "built in %s\n", time.Since(began).Round(time.Second))
	return path, nil
}

// compile runs go build. The environment of the caller must not decide what is
// built: no workspace, no vendoring, no cgo.
func (b builder) compile(ctx context.Context, output string) error {
	cmd := b.goCommand(ctx, append(buildArgs(), "-o", output, ".")...)
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("build %s: %w", b.source, ctx.Err())
		}
		return fmt.Errorf("build %s (run %q to see it alone): %w\n%s", b.source, buildCommand, err, printed.Bytes())
	}
	return nil
}

// goCommand is the go command in the source folder, stopped with its compilers
// when ctx ends.
func (b builder) goCommand(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly", "PWD="+b.source)
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	return cmd
}

// cacheDir is where binaries are kept between runs.
func cacheDir() (string, error) {
	if dir := os.Getenv("KUBE_POSTURE_CACHE"); dir != "" {
		if !filepath.IsAbs(dir) {
			return "", fmt.Errorf("KUBE_POSTURE_CACHE is %q; make it an absolute path, because every test runs in its own folder", dir)
		}
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache folder (set KUBE_POSTURE_CACHE to a folder): %w", err)
	}
	return filepath.Join(dir, "kube-posture-exporter"), nil
}

// findSource walks up from this source file, or from the working folder when
// the test was compiled with -trimpath, until it meets test/controlplane.
func findSource() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	working, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for _, dir := range []string{filepath.Dir(file), working} {
		for ; filepath.IsAbs(dir) && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			source := filepath.Join(dir, filepath.FromSlash(sourceDir))
			if exists(filepath.Join(source, "go.mod")) {
				return source, nil
			}
		}
	}
	return "", fmt.Errorf("%s is neither above %s nor above %s; run the test inside a clone of the repository", sourceDir, file, working)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// testWriter prints to the log of a test.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Helper()
	w.t.Logf("testcluster: %s", bytes.TrimSpace(line))
	return len(line), nil
}
