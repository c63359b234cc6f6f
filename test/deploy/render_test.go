// Package deploy_test holds what deploy/ ships against the real parts: Helm and kustomize render it, the API's own types decode it strictly, a
// real API server admits it, the exporter runs with exactly its permissions, and the exporter's checks judge its pods.
//
// It must never compare with a copy of a manifest, or be imported. It is a module of its own, so that Helm and kustomize are no dependency of
// the exporter. The tests that run a control plane skip under -short.
package deploy_test

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Where things are, from here.
const (
	root         = "../.."
	chartFolder  = root + "/deploy/helm/kube-posture-exporter"
	kustomizeDir = root + "/deploy/kustomize"
)

// name and namespace are those of a release that has the names of the kustomize base.
const (
	name      = "kube-posture-exporter"
	namespace = "monitoring"
)

// values are those of a chart.
type values = map[string]any

// parse reads values as a values file has them.
func parse(t *testing.T, text string) values {
	t.Helper()
	out := values{}
	if err := yaml.UnmarshalStrict([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.Load(chartFolder)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// release is what somebody installs.
type release struct {
	name, namespace string
	// apis are served by the cluster beside those that every one serves.
	apis []string
}

var standard = release{name: name, namespace: namespace}

// render makes the files of the chart with the values, by path.
func (r release) render(t *testing.T, given values) (map[string]string, error) {
	t.Helper()
	c := loadChart(t)
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.APIVersions = append(capabilities.APIVersions, r.apis...)
	options := chartutil.ReleaseOptions{Name: r.name, Namespace: r.namespace, Revision: 1, IsInstall: true}
	whole, err := chartutil.ToRenderValues(c, given, options, capabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(c, whole)
}

// manifest is what the chart gives to the API server.
func (r release) manifest(t *testing.T, given values) string {
	t.Helper()
	files, err := r.render(t, given)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(path, ".yaml") {
			out.WriteString("---\n" + files[path] + "\n")
		}
	}
	return out.String()
}

// kustomized is what an overlay of the base with the components makes.
func kustomized(t *testing.T, folder string, components ...string) string {
	t.Helper()
	overlay := t.TempDir()
	to, err := filepath.Rel(overlay, must[string](t)(filepath.Abs(kustomizeDir)))
	noError(t, err)
	text := "resources: [" + to + "/base]\nnamespace: " + folder + "\n"
	if len(components) > 0 {
		text += "components:\n"
	}
	for _, c := range components {
		text += "  - " + to + "/components/" + c + "\n"
	}
	noError(t, os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(text), 0o600))
	return build(t, overlay)
}

func build(t *testing.T, folder string) string {
	t.Helper()
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	noError(t, err)
	return string(must[[]byte](t)(objects.AsYaml()))
}

// scheme has the API's own types and those of the Prometheus operator.
func scheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	noError(t, clientscheme.AddToScheme(s))
	noError(t, monitoringv1.AddToScheme(s))
	return s
}

// decode reads every object strictly: a field that its type does not have, or that is there twice, ends the test.
func decode(t *testing.T, manifest string) []runtime.Object {
	t.Helper()
	codec := serializer.NewCodecFactory(scheme(t), serializer.EnableStrict).UniversalDeserializer()
	reader := utilyaml.NewYAMLReader(newReader(manifest))
	var list []runtime.Object
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		noError(t, err)
		var content any
		noError(t, yaml.Unmarshal(document, &content))
		if content == nil {
			continue
		}
		o, _, err := codec.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, bytes.TrimSpace(document))
		}
		list = append(list, o)
	}
}

// identify names an object: kind, namespace and name.
func identify(t *testing.T, o runtime.Object) string {
	t.Helper()
	m, err := meta.Accessor(o)
	noError(t, err)
	return strings.Join([]string{o.GetObjectKind().GroupVersionKind().Kind, cmp.Or(m.GetNamespace(), "-"), m.GetName()}, "/")
}

// find is the only object of its type.
func find[T runtime.Object](t *testing.T, objects []runtime.Object) (found T) {
	t.Helper()
	n := 0
	for _, o := range objects {
		if typed, ok := o.(T); ok {
			found = typed
			n++
		}
	}
	if n != 1 {
		t.Fatalf("there are %d of %T, want 1", n, found)
	}
	return found
}
