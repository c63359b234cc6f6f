package testcluster

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// smallBuilder builds a program that takes a second, in place of the control
// plane.
func smallBuilder(t *testing.T) (builder, *bytes.Buffer) {
	t.Helper()
	source := t.TempDir()
	writeFile(t, source, "go.mod", "module small\n\ngo 1.26.0\n")
	writeFile(t, source, "go.sum", "")
	writeFile(t, source, "main.go", "package main\n\nfunc main() { print(\"one\") }\n")
	progress := &bytes.Buffer{}
	return builder{source: source, cache: filepath.Join(t.TempDir(), "made", "here"), progress: progress}, progress
}

func writeFile(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, path string) string {
	t.Helper()
	printed, err := exec.CommandContext(t.Context(), path).CombinedOutput()
	if err != nil {
		t.Fatalf("run %s: %v", path, err)
	}
	return string(printed)
}

func TestBuildCachesBySource(t *testing.T) {
	b, progress := smallBuilder(t)
	first, err := b.build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, first); got != "one" {
		t.Errorf("the binary prints %q, want one", got)
	}
	progress.Reset()
	again, err := b.build(t.Context())
	if err != nil || again != first || progress.Len() != 0 {
		t.Errorf("second build: %q, %v, progress %q; want %q without a build", again, err, progress, first)
	}
	writeFile(t, b.source, "main.go", "package main\n\nfunc main() { print(\"two\") }\n")
	changed, err := b.build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, changed); changed == first || got != "two" {
		t.Errorf("after a change %s prints %q, want another path and two", changed, got)
	}
}

func TestBuildRacing(t *testing.T) {
	b, _ := smallBuilder(t)
	var progress [4]bytes.Buffer
	var paths [4]string
	var group sync.WaitGroup
	for i := range paths {
		group.Go(func() {
			mine := b
			mine.progress = &progress[i]
			path, err := mine.build(t.Context())
			if err != nil {
				t.Error(err)
			}
			paths[i] = path
		})
	}
	group.Wait()
	builds := 0
	for i := range paths {
		if paths[i] != paths[0] {
			t.Errorf("paths differ: %q", paths)
		}
		if progress[i].Len() > 0 {
			builds++
		}
	}
	if builds != 1 {
		t.Errorf("%d of %d builders built, want 1", builds, len(paths))
	}
}

func TestBuildErrors(t *testing.T) {
	t.Run("does not compile", func(t *testing.T) {
		b, _ := smallBuilder(t)
		writeFile(t, b.source, "main.go", "package main\n\nfunc main() { undefinedName() }\n")
		_, err := b.build(t.Context())
		if err == nil || !strings.Contains(err.Error(), "undefinedName") || !strings.Contains(err.Error(), buildCommand) {
			t.Errorf("got %v, want the compiler's words and the command to run", err)
		}
		if left, _ := filepath.Glob(filepath.Join(b.cache, "controlplane-????????????????")); len(left) != 0 {
			t.Errorf("a failed build left %q", left)
		}
	})
	t.Run("another process never ends", func(t *testing.T) {
		b, _ := smallBuilder(t)
		key, err := b.key(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(b.cache, 0o755); err != nil {
			t.Fatal(err)
		}
		unlock, err := lockFile(t.Context(), filepath.Join(b.cache, "controlplane-"+key+".lock"))
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := b.build(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
	})
	t.Run("relative cache", func(t *testing.T) {
		t.Setenv("KUBE_POSTURE_CACHE", "cache")
		if _, err := Build(t.Context(), testWriter{t}); err == nil || !strings.Contains(err.Error(), "absolute") {
			t.Errorf("got %v, want that the path be absolute", err)
		}
	})
}

// TestModule holds the nested module to one release of Kubernetes, and to what
// makes it buildable everywhere.
func TestModule(t *testing.T) {
	source, err := findSource()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	release := regexp.MustCompile(`gitVersion=v1\.(\d+\.\d+)`).FindStringSubmatch(strings.Join(buildArgs(), " "))
	if release == nil {
		t.Fatal("buildArgs sets no version")
	}
	var wrong []string
	for _, line := range strings.Split(string(content), "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) > 0 && fields[0] == "replace",
			strings.Contains(line, "sigs.k8s.io/kwok"),
			strings.HasPrefix(line, "\tk8s.io/kubernetes ") && fields[1] != "v1."+release[1],
			strings.HasPrefix(line, "\tk8s.io/") && strings.HasPrefix(fields[1], "v0.") &&
				!strings.HasPrefix(fields[1], "v0.0.0-") && fields[1] != "v0."+release[1]:
			wrong = append(wrong, line)
		}
	}
	if diff := cmp.Diff([]string(nil), wrong); diff != "" {
		t.Errorf("lines of test/controlplane/go.mod that do not fit release %s (-want +got):\n%s", release[1], diff)
	}
}
