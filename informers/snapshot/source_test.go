package snapshot

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-kit/log"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestNewErrors(t *testing.T) {
	dir := t.TempDir()
	broken := write(t, dir, "broken/b.yaml", "a: b: c\n")
	empty := write(t, dir, "empty/e.yaml", "# nothing\n")
	write(t, dir, "nothing/readme.txt", pod("x", "1"))
	write(t, dir, "hidden/.x.yaml", pod("x", "1"))
	write(t, dir, "hidden/.git/x.yaml", pod("x", "1"))
	good := write(t, dir, "good/x.yaml", pod("x", "1"))
	log := "==== START logs for container c of pod a/x ====\n" + jsonPod("planted") + "\n==== END logs for container c of pod a/x ====\n"
	dump := write(t, dir, "dump/d.json", `{"kind":"PodList","apiVersion":"v1","items":[]}`+"\n"+log+jsonPod("x")+"\n")
	yamlDump := write(t, dir, "dump/d.yaml", "apiVersion: v1\nkind: PodList\nitems: []\n"+log+"---\n"+pod("x", "1"))
	emptied := write(t, dir, "emptied/e.yaml", "\n")
	cut := write(t, dir, "cut/c.yaml", "apiVersion: v1\nitems:\n"+item(pod("x", "1"))+"kind: Li")
	large := write(t, dir, "large/l.yaml", "")
	if err := os.Truncate(large, maxFileBytes+1); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		opts Options
		want string
	}{
		"no kinds":           {Options{Paths: []string{good}}, "Options.Kinds"},
		"half a kind":        {Options{Paths: []string{good}, Kinds: []schema.GroupVersionKind{{Kind: "Pod"}}}, "give a version and a kind"},
		"a list as a kind":   {Options{Paths: []string{good}, Kinds: []schema.GroupVersionKind{{Version: "v1", Kind: "PodList"}}}, "has no metadata"},
		"no path":            {Options{Kinds: testKinds}, "name at least one file or folder"},
		"missing path":       {Options{Kinds: testKinds, Paths: []string{good, dir + "/missing"}}, `/missing" does not exist: pass an existing file or folder`},
		"no manifest":        {Options{Kinds: testKinds, Paths: []string{dir + "/nothing"}}, "holds no manifest: put *.yaml"},
		"only hidden":        {Options{Kinds: testKinds, Paths: []string{dir + "/hidden"}}, "holds no manifest: put *.yaml"},
		"only broken":        {Options{Kinds: testKinds, Paths: []string{dir + "/broken"}}, broken + ": document 1 (line 1): "},
		"broken file":        {Options{Kinds: testKinds, Paths: []string{good, broken}}, "holds no manifest that can be read"},
		"only empty":         {Options{Kinds: testKinds, Paths: []string{empty}}, "holds no Kubernetes object"},
		"too large":          {Options{Kinds: testKinds, Paths: []string{large}}, "larger than 256 MiB: split it"},
		"empty among good":   {Options{Kinds: testKinds, Paths: []string{good, emptied}}, "e.yaml\" is incomplete: document 0 (line 1): the file is empty: wait"},
		"cut among good":     {Options{Kinds: testKinds, Paths: []string{good, cut}}, "c.yaml\" is incomplete: document 1 (line 12): the file ends inside"},
		"dump with logs":     {Options{Kinds: testKinds, Paths: []string{good, dump}}, "(line 2): logs are mixed with the objects, and a line of a log can look like one: write the dump to a folder"},
		"YAML dump":          {Options{Kinds: testKinds, Paths: []string{yamlDump}}, "(line 4): logs are mixed with the objects"},
		"neither":            {Options{Kinds: testKinds, Paths: []string{os.DevNull}}, "neither a file nor a folder"},
		"empty file system":  {Options{Kinds: testKinds, FS: fstest.MapFS{}}, "holds no manifest"},
		"broken file system": {Options{Kinds: testKinds, FS: fstest.MapFS{"x.yaml": {Data: []byte("a: b: c")}}}, "x.yaml: document 1"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := New(c.opts)
			if err == nil {
				t.Fatalf("New made a source of %+v", s.Stats())
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q does not say %q in one line", err, c.want)
			}
		})
	}
}

func TestFoldersAndStats(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1")+"---\n"+badPod("bad")+"---\na: b: c\n")
	write(t, dir, "sub/deep/b.YML", pod("z", "1"))
	write(t, dir, "sub/c.json", jsonPod("j")+jsonPod("k")+`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}`)
	write(t, dir, "readme.md", pod("no", "1"))
	write(t, dir, ".hidden.yaml", pod("no", "1"))
	write(t, dir, ".git/x.yaml", pod("no", "1"))
	file := write(t, t.TempDir(), "manifest.txt", "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n")
	s, logs := open(t, dir, file)
	same(t, "pods", served(t, s, podKind), map[string]string{"a/x": "1", "a/bad": "undecodable", "a/z": "1", "a/j": "i", "a/k": "i"})
	same(t, "namespaces", served(t, s, nsKind), map[string]string{"ns": "*v1.Namespace"})
	same(t, "stats", s.Stats(), Stats{Files: 4, Documents: 8, Objects: 6, UnknownKinds: 1, Broken: 2})
	if n := len(logs.lines("level=warn", "file="+dir+"/a.yaml", "document=2", "line=11", "kind=Pod", "namespace=a", "name=bad", "quantities")); n != 1 {
		t.Errorf("%d log lines about the bad pod in:\n%s", n, logs)
	}
	if n := len(logs.lines("level=info", "v1 Secret: 1")); n != 1 {
		t.Errorf("%d log lines about the unknown kind in:\n%s", n, logs)
	}
	reload(t, s)
	if n := len(logs.lines("level=warn")); n != 2 {
		t.Errorf("%d warnings after reading the same twice, want 2:\n%s", n, logs)
	}
}

func TestFileSystemIsReadInsteadOfPaths(t *testing.T) {
	s, err := New(Options{Paths: []string{"/no/such/path"}, Kinds: testKinds, FS: fstest.MapFS{
		"demo/pods.yaml": {Data: []byte(pod("x", "1"))},
		"demo/.p.yaml":   {Data: []byte(pod("no", "1"))},
		".d/p.yaml":      {Data: []byte(pod("no", "1"))},
		"notes.txt":      {Data: []byte(pod("no", "1"))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "pods", served(t, s, podKind), map[string]string{"a/x": "1"})
	same(t, "stats", s.Stats(), Stats{Files: 1, Documents: 1, Objects: 1})
}

func TestDuplicates(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "early"))
	write(t, dir, "b.yaml", pod("x", "late")+"---\n"+pod("x", "last"))
	s, logs := open(t, dir)
	same(t, "pods", served(t, s, podKind), map[string]string{"a/x": "last"})
	reload(t, s)
	if n := len(logs.lines("twice", "name=x")); n != 1 {
		t.Errorf("%d log lines about the duplicate, want 1:\n%s", n, logs)
	}
	first := list(t, s, podKind)["a/x"]
	if err := os.Remove(filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	reload(t, s)
	same(t, "pods without the later file", served(t, s, podKind), map[string]string{"a/x": "early"})
	early := list(t, s, podKind)["a/x"]
	write(t, dir, "b.yaml", pod("x", "late"))
	reload(t, s)
	if err := os.Remove(filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	version := early.GetResourceVersion()
	reload(t, s)
	again := list(t, s, podKind)["a/x"]
	if again == early || early.GetResourceVersion() != version || again.GetResourceVersion() == version {
		t.Errorf("an object that comes back must be a new version and leave the old alone: %s, %s", version, again.GetResourceVersion())
	}
	if describe(first) != "last" {
		t.Errorf("a served object was changed: %s", describe(first))
	}
}

func TestUnchangedObjectsKeepTheirPointers(t *testing.T) {
	dir := t.TempDir()
	recorded := strings.Replace(pod("x", "1"), "metadata:\n", "metadata:\n  resourceVersion: \"99\"\n", 1)
	write(t, dir, "a.yaml", recorded+"---\n"+pod("z", "1")+"---\n"+badPod("bad"))
	s, _ := open(t, dir)
	before := list(t, s, podKind)
	write(t, dir, "a.yaml", pod("z", "2")+"---\n"+badPod("bad"))
	write(t, dir, "b.yaml", strings.Replace(recorded, "99", "100", 1)) // moved, and only its old version differs
	reload(t, s)
	after := list(t, s, podKind)
	for _, name := range []string{"a/x", "a/bad"} {
		if before[name] != after[name] {
			t.Errorf("%s is a new object: %v, %v", name, before[name], after[name])
		}
	}
	if before["a/z"] == after["a/z"] || describe(before["a/z"]) != "1" || describe(after["a/z"]) != "2" {
		t.Errorf("a/z must change to a new object: %v, %v", before["a/z"], after["a/z"])
	}
	if v := after["a/x"].GetResourceVersion(); v == "99" || v == "100" || v == "" {
		t.Errorf("resourceVersion %q is not the source's own", v)
	}
}

func TestLinksAreFollowedOnce(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, dir, "sub/a.yaml", pod("x", "1"))
	write(t, outside, "o.yaml", pod("o", "1"))
	symlink(t, dir, filepath.Join(dir, "sub", "loop"))
	symlink(t, "self", filepath.Join(dir, "self"))
	symlink(t, "sub", filepath.Join(dir, "again"))
	symlink(t, outside, filepath.Join(dir, "outside"))
	symlink(t, filepath.Join(outside, "o.yaml"), filepath.Join(dir, "o.yaml"))
	s, logs := open(t, dir, dir+"/", filepath.Join(dir, "sub"), filepath.Join(dir, "sub", "a.yaml"))
	same(t, "pods", served(t, s, podKind), map[string]string{"a/x": "1", "a/o": "1"})
	same(t, "stats", s.Stats(), Stats{Files: 2, Documents: 2, Objects: 2})
	if warnings := logs.lines("level=warn"); len(warnings) > 0 {
		t.Errorf("unexpected warnings: %v", warnings)
	}
}

func TestLogIsBounded(t *testing.T) {
	dir := t.TempDir()
	var content strings.Builder
	for i := range 3 * maxLogged {
		fmt.Fprintf(&content, "%s---\n", badPod(fmt.Sprintf("p%d", i)))
	}
	write(t, dir, "a.yaml", content.String())
	write(t, dir, "b.yaml", content.String())
	s, logs := open(t, dir)
	same(t, "broken", s.Stats().Broken, 6*maxLogged)
	if n := len(logs.lines("level=warn")); n != 3*(maxLogged+1) {
		t.Errorf("%d warnings, want %d", n, 3*(maxLogged+1))
	}
}

func TestOptionalLogger(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", pod("x", "1"))
	for _, logger := range []log.Logger{nil, log.NewNopLogger()} {
		if _, err := New(Options{Paths: []string{dir}, Kinds: testKinds, Logger: logger}); err != nil {
			t.Error(err)
		}
	}
}
