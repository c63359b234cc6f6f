package calico

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// object decodes a manifest as the API would give it.
func object(t testing.TB, manifest string) *unstructured.Unstructured {
	t.Helper()
	raw, err := yaml.ToJSON([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(raw); err != nil {
		t.Fatal(err)
	}
	return u
}

// objects decodes a list of manifests.
func objects(t testing.TB, manifests string) (out []*unstructured.Unstructured) {
	t.Helper()
	for _, manifest := range strings.Split(manifests, "\n---\n") {
		out = append(out, object(t, manifest))
	}
	return out
}

// written makes a manifest of a kind and a specification, with the indentation of the latter.
func written(kind, namespace, name, spec string) string {
	out := "apiVersion: projectcalico.org/v3\nkind: " + kind + "\nmetadata:\n  name: " + name + "\n"
	if namespace != "" {
		out += "  namespace: " + namespace + "\n"
	}
	return out + "spec:\n" + spec
}

type named struct {
	name string
	*network.Endpoint
}

// inhabitants are the pods that tests are about.
func inhabitants() []named {
	shop, bank, vault := map[string]string{"team": "blue"}, map[string]string{"team": "red"}, map[string]string(nil)
	return []named{
		{"shop/web", pod("shop", "web", shop, map[string]string{"app": "web"})},
		{"shop/api", pod("shop", "api", shop, map[string]string{"app": "api", "critical": "yes"})},
		{"bank/web", pod("bank", "web", bank, map[string]string{"app": "web"})},
		{"bank/bare", pod("bank", "default", bank, nil)},
		{"vault/db", pod("vault", "db", vault, map[string]string{"app": "db"})},
	}
}

// selected names the pods that a matcher matches, or says that it matches all.
func selected(m network.Matcher) string {
	var out []string
	all := inhabitants()
	for _, e := range all {
		if m.Match(e.Endpoint) {
			out = append(out, e.name)
		}
	}
	switch len(out) {
	case 0:
		return "none"
	case len(all):
		return "all"
	}
	return strings.Join(out, " ")
}

// rules writes the rules of a side out.
func rules(s *network.Side) string {
	if !s.Applies {
		return "-"
	}
	out := []string{}
	for i := range s.Rules {
		r := &s.Rules[i]
		parts := []string{[...]string{"allow", "deny", "pass"}[r.Action]}
		if r.Everyone {
			parts = append(parts, "everyone")
		}
		for _, m := range r.Pods {
			parts = append(parts, "["+selected(m)+"]")
		}
		parts = append(parts, [...]string{"", "inside:some", "inside:all"}[r.Inside], [...]string{"", "outside:some", "outside:all"}[r.Outside])
		if r.SomePorts {
			parts = append(parts, "partly")
		}
		if r.Unclear {
			parts = append(parts, "unclear")
		}
		out = append(out, strings.Join(strings.Fields(strings.Join(parts, " ")), " "))
	}
	return strings.Join(out, "; ")
}

// judged builds the model of policies and the inhabitants, and returns their verdicts by name.
func judged(policies []network.Policy) (*network.Model, map[string]network.ID) {
	w := network.NewWorld(8)
	ids := map[string]network.ID{}
	for _, e := range inhabitants() {
		ids[e.name] = w.Endpoint(network.Endpoint{
			Namespace: w.Namespace(*e.Endpoint.Namespace), Labels: e.Endpoint.Labels, ServiceAccount: e.Endpoint.ServiceAccount,
		})
	}
	var all []*network.Policy
	for i := range policies {
		all = append(all, &policies[i])
	}
	return network.Build(network.Alone(all...), w), ids
}

// verdicts writes the verdicts of a direction out, in the order of the inhabitants.
func verdicts(policies []network.Policy, d model.Direction) string {
	m, ids := judged(policies)
	var out []string
	for _, e := range inhabitants() {
		out = append(out, [...]string{"unknown", "free", "isolated", "open"}[m.Isolation(ids[e.name])[d]])
	}
	return strings.Join(out, " ")
}
