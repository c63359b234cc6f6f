package deploy_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// everything are the values and the components that switch on all there is.
const everything = `
replicaCount: 2
serviceMonitor: {enabled: true}
rules: {enabled: true}
dashboards: {enabled: true}
authorization: {mode: kubernetes}
rbac: {optional: {clusterNetworkPolicies: true, cilium: true, calico: true}}
`

var allComponents = []string{
	"network-policy", "prometheus-operator", "dashboards", "high-availability", "cilium", "calico", "cluster-network-policies", "authorization",
}

// shipped are the ways to install that both the chart and kustomize have.
var shipped = []struct {
	name, values string
	components   []string
}{
	{"least", "networkPolicy: {enabled: false}", nil},
	{"default", "", []string{"network-policy"}},
	{"everything", everything, allComponents},
	{"operator", "networkPolicy: {enabled: false}\nserviceMonitor: {enabled: true}\nrules: {enabled: true}", []string{"prometheus-operator"}},
	{"dashboards", "networkPolicy: {enabled: false}\ndashboards: {enabled: true}", []string{"dashboards"}},
	{"high availability", "networkPolicy: {enabled: false}\nreplicaCount: 2", []string{"high-availability"}},
	{"authorization", "networkPolicy: {enabled: false}\nauthorization: {mode: kubernetes}", []string{"authorization"}},
	{"cilium", "networkPolicy: {enabled: false}\nrbac: {optional: {cilium: true}}", []string{"cilium"}},
	{"calico", "networkPolicy: {enabled: false}\nrbac: {optional: {calico: true}}", []string{"calico"}},
	{"cluster network policies", "networkPolicy: {enabled: false}\nrbac: {optional: {clusterNetworkPolicies: true}}", []string{"cluster-network-policies"}},
}

// TestChartAndKustomizeMakeTheSame: whoever moves from the one to the other gets the same objects, but for the labels by which Helm knows its own.
func TestChartAndKustomizeMakeTheSame(t *testing.T) {
	for _, s := range shipped {
		t.Run(s.name, func(t *testing.T) {
			chart := normal(t, decode(t, standard.manifest(t, parse(t, s.values))))
			base := normal(t, decode(t, kustomized(t, namespace, s.components...)))
			if diff := gocmp.Diff(slices.Sorted(maps.Keys(base)), slices.Sorted(maps.Keys(chart))); diff != "" {
				t.Fatalf("the objects differ (-kustomize +chart):\n%s", diff)
			}
			for id, want := range base {
				if diff := gocmp.Diff(want, chart[id]); diff != "" {
					t.Errorf("%s differs (-kustomize +chart):\n%s", id, diff)
				}
			}
		})
	}
}

// TestBothFollowTheNamespace: nothing may keep pointing to the namespace of the documentation, except where Prometheus is.
func TestBothFollowTheNamespace(t *testing.T) {
	chart := normal(t, decode(t, release{name: name, namespace: "posture"}.manifest(t, parse(t, everything))))
	base := normal(t, decode(t, kustomized(t, "posture", allComponents...)))
	for id, want := range base {
		if strings.HasPrefix(id, "ConfigMap/posture/"+name) && !strings.Contains(id, "dashboard") {
			continue // the exemption in it names a namespace, which is text to kustomize
		}
		if diff := gocmp.Diff(want, chart[id]); diff != "" {
			t.Errorf("%s differs (-kustomize +chart):\n%s", id, diff)
		}
	}
	if len(base) != len(chart) {
		t.Errorf("kustomize makes %d objects, the chart %d", len(base), len(chart))
	}
}

// TestExampleOverlay: what the README tells to copy can be built.
func TestExampleOverlay(t *testing.T) {
	example := normal(t, decode(t, build(t, kustomizeDir+"/example")))
	wanted := normal(t, decode(t, kustomized(t, namespace, "network-policy", "prometheus-operator", "dashboards", "high-availability")))
	if diff := gocmp.Diff(wanted, example); diff != "" {
		t.Errorf("the example is not what it says (-want +got):\n%s", diff)
	}
	for _, o := range decode(t, kustomized(t, namespace, "namespace")) {
		if identify(t, o) == "Namespace/-/"+namespace {
			return
		}
	}
	t.Error("the component namespace makes none")
}

// helmOnly are labels that only Helm sets.
var helmOnly = []string{"app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"}

// normal is the objects by their names, as maps without what must differ.
func normal(t *testing.T, objects []runtime.Object) map[string]any {
	t.Helper()
	out := make(map[string]any)
	for _, o := range objects {
		content := must[map[string]any](t)(runtime.DefaultUnstructuredConverter.ToUnstructured(o))
		strip(content)
		if data, ok := content["data"].(map[string]any); ok && content["kind"] == "ConfigMap" && data["config.yaml"] != nil {
			var config any
			noError(t, yaml.Unmarshal([]byte(data["config.yaml"].(string)), &config))
			data["config.yaml"] = config
		}
		id := identify(t, o)
		if out[id] != nil {
			t.Errorf("%s is there twice", id)
		}
		out[id] = content
	}
	return out
}

// strip removes the labels that only Helm sets, wherever they are: in metadata and in selectors.
func strip(content any) {
	switch c := content.(type) {
	case map[string]any:
		for _, label := range helmOnly {
			delete(c, label)
		}
		for _, v := range c {
			strip(v)
		}
	case []any:
		for _, v := range c {
			strip(v)
		}
	}
}
