package manifests

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// repository is the root of it, seen from here.
func repository() fs.FS { return os.DirFS("../..") }

func generated(t *testing.T, from fs.FS) []File {
	t.Helper()
	files, err := Files(from)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func catalog(t *testing.T) *check.Set {
	t.Helper()
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestGeneratedFilesAreCommitted: what is shipped must follow from the code.
func TestGeneratedFilesAreCommitted(t *testing.T) {
	files := generated(t, repository())
	for _, f := range files {
		committed, err := fs.ReadFile(repository(), f.Path)
		if err != nil {
			t.Errorf("%v: run %s", err, Command)
			continue
		}
		if diff := cmp.Diff(strings.Split(string(committed), "\n"), strings.Split(string(f.Content), "\n")); diff != "" {
			t.Errorf("%s is not what the code says, run %s (-committed +generated):\n%s", f.Path, Command, diff)
		}
	}
	stale, err := Stale(repository(), files)
	if err != nil {
		t.Fatal(err)
	}
	if len(stale) > 0 {
		t.Errorf("%q are copies of nothing, run %s", stale, Command)
	}
}

// TestGeneratingTwiceIsGeneratingOnce: files of which only a part is generated must come out as they are.
func TestGeneratingTwiceIsGeneratingOnce(t *testing.T) {
	first := generated(t, repository())
	written := fstest.MapFS{}
	for _, f := range first {
		written[f.Path] = &fstest.MapFile{Data: f.Content}
	}
	for _, path := range []string{"VERSION"} {
		content, err := fs.ReadFile(repository(), path)
		if err != nil {
			t.Fatal(err)
		}
		written[path] = &fstest.MapFile{Data: content}
	}
	paths, err := fs.Glob(repository(), "dashboards/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		content, err := fs.ReadFile(repository(), path)
		if err != nil {
			t.Fatal(err)
		}
		written[path] = &fstest.MapFile{Data: content}
	}
	if diff := cmp.Diff(first, generated(t, written)); diff != "" {
		t.Errorf("(-first +second)\n%s", diff)
	}
}

// TestEveryKindIsInExactlyOneRole: a kind without a permission is a gap that nobody meant, and one in two roles cannot be switched off.
func TestEveryKindIsInExactlyOneRole(t *testing.T) {
	files, err := roles(informers.Table())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range informers.Table() {
		rule := regexp.MustCompile(`apiGroups: \["` + regexp.QuoteMeta(k.Group) + `"\]\n +resources: \[([^]]*)\]\n +verbs: \[list, watch\]`)
		where := make(map[string]int)
		for _, f := range files {
			for _, m := range rule.FindAllStringSubmatch(string(f.Content), -1) {
				if slices.Contains(strings.Split(m[1], ", "), k.Plural()) {
					where[map[bool]string{true: "chart", false: "kustomize"}[strings.HasPrefix(f.Path, chart)]]++
				}
			}
		}
		if diff := cmp.Diff(map[string]int{"chart": 1, "kustomize": 1}, where); diff != "" {
			t.Errorf("%s is in so many roles (-want +got):\n%s", &k, diff)
		}
	}
	for _, f := range files {
		f.Content = []byte(strings.Replace(string(f.Content), calicoTiers, "", 1)) // the only rules that are about no kind
		for _, forbidden := range []string{"secrets", "configmaps", "*", "get", "create", "nodes/proxy"} {
			if regexp.MustCompile(`(resources|verbs|apiGroups): \[[^]]*\b?` + regexp.QuoteMeta(forbidden) + `\b?[\],]`).Match(f.Content) {
				t.Errorf("%s allows %s", f.Path, forbidden)
			}
		}
	}
}

// TestUnknownEngineIsAnError: a new optional kind must be given to somebody who can switch it on.
func TestUnknownEngineIsAnError(t *testing.T) {
	kind := informers.Table()[0]
	kind.Group, kind.Optional = "example.com", true
	if _, err := roles([]informers.Kind{kind}); err == nil || !strings.Contains(err.Error(), "example.com") {
		t.Errorf("got %v, want an error that names the group", err)
	}
}

// TestTemplateRefersToEveryValue: each parameter and each setting of each alerting rule is a value of the chart, and nothing else is left in place
// of one.
func TestTemplateRefersToEveryValue(t *testing.T) {
	files, err := prometheusRules(nil, catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	template := string(files[1].Content)
	p := rules.Defaults()
	made, err := rules.Make(p, catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, tunable := range p.Tunables() {
		keys = append(keys, tunable.Key)
	}
	for _, a := range made.Alerts {
		for _, v := range a.Variants {
			key := "alerts." + a.Name + "." + v.Severity
			keys = append(keys, key+".severity", key+".enabled")
			if v.For != "" {
				keys = append(keys, key+".for")
			}
		}
	}
	for _, key := range keys {
		if !regexp.MustCompile(`\.Values\.rules\.` + regexp.QuoteMeta(key) + `\b`).MatchString(template) {
			t.Errorf("no rule refers to rules.%s", key)
		}
	}
	if left := placeholders.FindAllString(template, -1); len(left) > 0 {
		t.Errorf("placeholders are left: %q", left)
	}
	for _, action := range prometheusTemplate.FindAllString(template, -1) {
		if !strings.Contains(action, ".Values.rules.") && !strings.HasPrefix(action, "{{`{{") && !strings.Contains(action, "include") &&
			!slices.Contains([]string{"{{- end }}", "{{ . }}", "{{ .Release.Namespace }}", "{{- toYaml . | nindent 4 }}"}, action) && !strings.HasPrefix(action, "{{- /*") {
			t.Errorf("this is for neither Helm nor Prometheus: %s", action)
		}
	}
}

// TestVersionIsEverywhere: a place without a line for the version must not be passed over.
func TestVersionIsEverywhere(t *testing.T) {
	from := fstest.MapFS{
		"VERSION":                {Data: []byte("1.2.3\n")},
		chart + "Chart.yaml":     {Data: []byte("name: x\nversion: \"0.0.0\"\nappVersion: old\n")},
		base + "deployment.yaml": {Data: []byte("          image: ghcr.io/x/y:0.0.0\n")},
	}
	files, err := versions(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"name: x\nversion: \"1.2.3\"\nappVersion: \"1.2.3\"\n", "          image: ghcr.io/x/y:1.2.3\n"}
	for i, f := range files {
		if string(f.Content) != want[i] {
			t.Errorf("%s is %q, want %q", f.Path, f.Content, want[i])
		}
	}
	from[base+"deployment.yaml"].Data = []byte("no image\n")
	if _, err := versions(from, nil); err == nil {
		t.Error("a Deployment without an image is no error")
	}
}
