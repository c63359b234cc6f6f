package snapshot

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

var (
	podKind     = schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	nsKind      = schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}
	bindingKind = schema.GroupVersionKind{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "RoleBinding"}
	clusterRole = schema.GroupVersionKind{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRole"}
	ciliumKind  = schema.GroupVersionKind{Group: "cilium.io", Version: "v2", Kind: "CiliumNetworkPolicy"}
	testKinds   = []schema.GroupVersionKind{podKind, nsKind, bindingKind, clusterRole, ciliumKind}
)

// pod is a manifest of a pod in namespace "a"; the image tells versions apart.
// Both are quoted, because to YAML y and n are booleans.
func pod(name, image string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"" + name + "\"\n  namespace: a\nspec:\n  containers:\n  - name: c\n    image: \"" + image + "\"\n"
}

// badPod is the manifest of a pod with an invalid quantity.
func badPod(name string) string {
	return pod(name, "x") + "    resources:\n      limits:\n        memory: lots\n"
}

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// replace puts a file with the content in the place of another one, as
// editors and "mv" do.
func replace(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.Rename(write(t, dir, ".new", content), filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// logBuffer collects log lines of several goroutines.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// lines returns the log lines that contain all the given parts.
func (l *logBuffer) lines(parts ...string) []string {
	var found []string
lines:
	for line := range strings.Lines(l.String()) {
		for _, part := range parts {
			if !strings.Contains(line, part) {
				continue lines
			}
		}
		found = append(found, line)
	}
	return found
}

func open(t *testing.T, paths ...string) (*Source, *logBuffer) {
	t.Helper()
	logs := &logBuffer{}
	s, err := New(Options{Paths: paths, Kinds: testKinds, Logger: log.NewLogfmtLogger(logs)})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	s.settle = debounce / 4 // TestFilesSettle has the real one
	return s, logs
}

func reload(t *testing.T, s *Source) {
	t.Helper()
	if err := s.Reload(); err != nil {
		t.Fatalf("Reload: %v", err)
	}
}

// list returns the served objects of a kind by their cache key.
func list(t *testing.T, s *Source, gvk schema.GroupVersionKind) map[string]object {
	t.Helper()
	l, err := s.ListWatch(gvk).ListWithContext(context.Background(), metav1.ListOptions{})
	if err != nil {
		t.Fatalf("list %s: %v", gvk.Kind, err)
	}
	items, err := meta.ExtractList(l)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]object{}
	for _, item := range items {
		o := item.(object)
		found[key(o)] = o
	}
	if len(found) != len(items) {
		t.Fatalf("%d items under %d names", len(items), len(found))
	}
	return found
}

func key(o object) string {
	k, err := cache.MetaNamespaceKeyFunc(o)
	if err != nil {
		return err.Error()
	}
	return k
}

// eventually waits for a condition, which file events make true in their time.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// describe says in one word what is served: a pod's image, "undecodable", or
// the Go type.
func describe(o any) string {
	switch o := o.(type) {
	case *corev1.Pod:
		return o.Spec.Containers[0].Image
	case *Undecodable:
		return "undecodable"
	default:
		return fmt.Sprintf("%T", o)
	}
}

// served describes all served objects of a kind.
func served(t *testing.T, s *Source, gvk schema.GroupVersionKind) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, o := range list(t, s, gvk) {
		all[name] = describe(o)
	}
	return all
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}
