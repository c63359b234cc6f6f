package snapshot

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

// follow runs a source and real shared informers, which end with the test.
// Their transforms replace the objects by what describe says, as the exporter
// replaces them by projections.
func follow(t *testing.T, s *Source, kinds ...schema.GroupVersionKind) []cache.SharedIndexInformer {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		noGoroutines(t)
	})
	wg.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	var informers []cache.SharedIndexInformer
	for _, gvk := range kinds {
		i := cache.NewSharedIndexInformer(s.ListWatch(gvk), nil, 0, cache.Indexers{})
		if err := i.SetTransform(project); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() { i.RunWithContext(ctx) })
		if !cache.WaitForCacheSync(ctx.Done(), i.HasSynced) {
			t.Fatalf("%s is not synced", gvk.Kind)
		}
		informers = append(informers, i)
	}
	return informers
}

// projected is what the test's transform keeps.
type projected struct {
	object
	text string
}

func project(o any) (any, error) {
	if _, done := o.(*projected); done {
		return o, nil
	}
	return &projected{object: o.(object), text: describe(o)}, nil
}

// holds waits until an informer's store holds exactly the described objects.
func holds(t *testing.T, i cache.SharedIndexInformer, want map[string]string) {
	t.Helper()
	var got map[string]string
	defer func() {
		if t.Failed() {
			t.Logf("the store (-want +got):\n%s", cmp.Diff(want, got))
		}
	}()
	eventually(t, "the store follows", func() bool {
		got = map[string]string{}
		for _, o := range i.GetStore().List() {
			got[key(o.(*projected))] = o.(*projected).text
		}
		return cmp.Equal(got, want)
	})
}

// noGoroutines waits until no goroutine of this package is left.
func noGoroutines(t *testing.T) {
	eventually(t, "no goroutine is left", func() bool {
		stacks := make([]byte, 1<<20)
		text := string(stacks[:runtime.Stack(stacks, true)])
		return !strings.Contains(text, "snapshot.(*watcher)") && !strings.Contains(text, "snapshot.(*follower)") && !strings.Contains(text, "fsnotify.")
	})
}

func TestInformerFollowsFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1")+"---\n"+badPod("bad"))
	s, logs := open(t, dir)
	pods := follow(t, s, podKind)[0]
	holds(t, pods, map[string]string{"a/x": "1", "a/bad": "undecodable"})

	write(t, dir, "b.yaml", pod("z", "1"))
	holds(t, pods, map[string]string{"a/x": "1", "a/bad": "undecodable", "a/z": "1"})
	write(t, dir, "a.yaml", pod("x", "2")+"---\n"+pod("bad", "good"))
	holds(t, pods, map[string]string{"a/x": "2", "a/bad": "good", "a/z": "1"})
	write(t, dir, "b.yaml", badPod("z")) // an undecodable that comes by a watch event
	holds(t, pods, map[string]string{"a/x": "2", "a/bad": "good", "a/z": "undecodable"})
	write(t, dir, "a.yaml", pod("x", "3")+"---\na: b: c\n---\n"+pod("new", "1"))
	holds(t, pods, map[string]string{"a/x": "3", "a/bad": "good", "a/new": "1", "a/z": "undecodable"})
	remove(t, dir, "b.yaml")
	holds(t, pods, map[string]string{"a/x": "3", "a/bad": "good", "a/new": "1"})
	replace(t, dir, "a.yaml", pod("x", "3"))
	holds(t, pods, map[string]string{"a/x": "3"})
	if len(logs.lines("level=error")) > 0 {
		t.Errorf("errors in the log:\n%s", logs)
	}
}

func TestInformersOfSeveralKinds(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	s, _ := open(t, dir)
	informers := follow(t, s, podKind, nsKind, ciliumKind)
	pods, namespaces, cilium := informers[0], informers[1], informers[2]
	holds(t, pods, map[string]string{"a/x": "1"}) // though there is no namespace a
	holds(t, namespaces, map[string]string{})
	write(t, dir, "b.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n"+
		"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: deny}\nspec: {endpointSelector: {}}\n")
	holds(t, namespaces, map[string]string{"a": "*v1.Namespace"})
	holds(t, cilium, map[string]string{"default/deny": "*unstructured.Unstructured"})
	holds(t, pods, map[string]string{"a/x": "1"})
}

func TestInformerListsAgainAfterExpiry(t *testing.T) {

	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	s, _ := open(t, dir)
	s.world.memory = 10
	pods := follow(t, s, podKind)[0]
	want := map[string]string{}
	var content strings.Builder
	for i := range 2 * s.world.memory {
		name := "p" + formatVersion(uint64(i))
		content.WriteString(pod(name, "1") + "---\n")
		want["a/"+name] = "1"
	}
	write(t, dir, "a.yaml", content.String())
	holds(t, pods, want)
}

func TestFollowsNewFolders(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	s, _ := open(t, dir)
	pods := follow(t, s, podKind)[0]
	write(t, dir, "sub/deep/b.yaml", pod("b", "1"))
	holds(t, pods, map[string]string{"a/x": "1", "a/b": "1"})
	write(t, dir, "sub/deep/b.yaml", pod("b", "2"))
	holds(t, pods, map[string]string{"a/x": "1", "a/b": "2"})
	write(t, dir, "sub/deep/c.json", jsonPod("c"))
	holds(t, pods, map[string]string{"a/x": "1", "a/b": "2", "a/c": "i"})
	if err := os.Rename(filepath.Join(dir, "sub"), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	remove(t, dir, "moved/deep/c.json")
	holds(t, pods, map[string]string{"a/x": "1", "a/b": "2"})
	write(t, dir, "moved/deep/b.yaml", pod("b", "3"))
	holds(t, pods, map[string]string{"a/x": "1", "a/b": "3"})
	if err := os.RemoveAll(filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	holds(t, pods, map[string]string{"a/x": "1"})
	write(t, dir, "moved/deep/b.yaml", pod("b", "4"))
	holds(t, pods, map[string]string{"a/x": "1", "a/b": "4"})
}

// TestFollowsMountedConfigMap does what the kubelet does with a volume.
func TestFollowsMountedConfigMap(t *testing.T) {
	for name, root := range map[string]string{"folder": "", "single file": "a.yaml"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "..1/a.yaml", pod("x", "1"))
			symlink(t, "..1", filepath.Join(dir, dataLink))
			symlink(t, filepath.Join(dataLink, "a.yaml"), filepath.Join(dir, "a.yaml"))
			s, _ := open(t, filepath.Join(dir, root))
			pods := follow(t, s, podKind)[0]
			holds(t, pods, map[string]string{"a/x": "1"})
			for _, step := range [][2]string{{"..1", "..2"}, {"..2", "..3"}} {
				old, next := step[0], step[1]
				write(t, dir, next+"/a.yaml", pod("x", next))
				symlink(t, next, filepath.Join(dir, "..data_tmp"))
				if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, dataLink)); err != nil {
					t.Fatal(err)
				}
				if err := os.RemoveAll(filepath.Join(dir, old)); err != nil {
					t.Fatal(err)
				}
				holds(t, pods, map[string]string{"a/x": next})
			}
		})
	}
}

// TestFollowsReplacedFile does what editors do: write beside it, then rename.
func TestFollowsReplacedFile(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "pods.txt", pod("x", "1"))
	s, _ := open(t, file)
	pods := follow(t, s, podKind)[0]
	for _, image := range []string{"2", "3"} {
		if err := os.Rename(write(t, dir, ".pods.swp", pod("x", image)), file); err != nil {
			t.Fatal(err)
		}
		holds(t, pods, map[string]string{"a/x": image})
	}
}

func TestFollowsReplacedRoot(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "v1/a.yaml", pod("x", "1"))
	write(t, dir, "v2/a.yaml", pod("x", "2"))
	root := filepath.Join(dir, "current")
	symlink(t, "v1", root)
	s, logs := open(t, root)
	pods := follow(t, s, podKind)[0]
	remove(t, dir, "current")
	eventually(t, "the missing path is reported", func() bool { return len(logs.lines("level=error", "does not exist")) == 1 })
	holds(t, pods, map[string]string{"a/x": "1"})
	symlink(t, "v2", root)
	holds(t, pods, map[string]string{"a/x": "2"})
	write(t, dir, "v2/a.yaml", pod("x", "3"))
	holds(t, pods, map[string]string{"a/x": "3"})
}

// TestRestlessFolder checks that a folder that never rests is read all the same.
func TestRestlessFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	s, _ := open(t, dir)
	pods := follow(t, s, podKind)[0]
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			write(t, dir, "noise.yaml", "# "+time.Now().String())
			time.Sleep(debounce / 10)
		}
	})
	write(t, dir, "a.yaml", pod("x", "2"))
	holds(t, pods, map[string]string{"a/x": "2"})
	if ctx.Err() != nil {
		t.Error("the folder had to rest first")
	}
	cancel()
	wg.Wait()
}
