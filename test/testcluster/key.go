package testcluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// lockPoll is how often a process asks whether another one has ended its
// build, which takes minutes.
const lockPoll = 200 * time.Millisecond

// buildArgs are the arguments of go that decide what is built. The linker sets
// the version that the API server reports at /version, as the build of a
// release does; otherwise it would call itself v0.0.0-master.
func buildArgs() []string {
	const version = "k8s.io/component-base/version"
	return []string{"build", "-buildvcs=false", "-ldflags", strings.Join([]string{
		"-s", "-w",
		"-X " + version + ".gitVersion=v1.37.2",
		"-X " + version + ".gitMajor=1",
		"-X " + version + ".gitMinor=37",
	}, " ")}
}

// key names what the binary depends on: go.mod, go.sum and the sources, the
// arguments of the build, and the version and target of the go command.
func (b builder) key(ctx context.Context) (string, error) {
	files, err := filepath.Glob(filepath.Join(b.source, "*.go"))
	if err != nil {
		return "", fmt.Errorf("list the sources in %s: %w", b.source, err)
	}
	files = append(files, filepath.Join(b.source, "go.mod"), filepath.Join(b.source, "go.sum"))
	slices.Sort(files)

	sum := sha256.New()
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read a source of the control plane: %w", err)
		}
		writeField(sum, filepath.Base(file))
		writeField(sum, string(content))
	}
	for _, arg := range buildArgs() {
		writeField(sum, arg)
	}
	target, err := b.goCommand(ctx, "env", "GOVERSION", "GOOS", "GOARCH").Output()
	if err != nil {
		return "", fmt.Errorf("run go env in %s (is the go command on PATH?): %w", b.source, err)
	}
	writeField(sum, string(target))
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// writeField adds a value with its length, so that no two lists of values run
// into the same bytes.
func writeField(w io.Writer, value string) {
	fmt.Fprintf(w, "%d:%s", len(value), value) // a hash never fails to write
}

// lockFile waits for the exclusive lock on path, which the kernel drops when
// the process that holds it ends in whatever way. The file stays: removing it
// would let two processes hold locks on two files of the same name.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the build lock: %w", err)
	}
	ticker := time.NewTicker(lockPoll)
	defer ticker.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, fmt.Errorf("wait for another process that builds the control plane (it holds %s): %w", path, ctx.Err())
		case <-ticker.C:
		}
	}
}
