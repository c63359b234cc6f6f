package cilium

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// pod is a pod as the documentation of the format talks about it.
type pod struct {
	name, namespace, account string
	labels, space            map[string]string
}

func (p pod) endpoint() network.Endpoint {
	return network.Endpoint{
		Namespace:      &network.Namespace{Name: model.Intern(p.namespace), Labels: model.NewLabelSet(p.space), Known: true},
		Labels:         model.NewLabelSet(p.labels),
		ServiceAccount: model.Intern(p.account),
	}
}

// spaces are the namespaces of the tests, with their labels.
var spaces = map[string]map[string]string{
	"front": {"team": "red", "kubernetes.io/metadata.name": "front"},
	"back":  {"team": "blue", "kubernetes.io/metadata.name": "back"},
	"ops":   {"kubernetes.io/metadata.name": "ops"},
}

func newPod(namespace, account string, labels map[string]string) pod {
	return pod{
		name: namespace + "/" + account + fmt.Sprint(labels), namespace: namespace, account: account, labels: labels, space: spaces[namespace],
	}
}

// manifest reads an object as the API server would serve it.
func manifest(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	raw, err := yaml.ToJSON([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return fromJSON(t, raw)
}

func fromJSON(t testing.TB, raw []byte) *unstructured.Unstructured {
	t.Helper()
	out := &unstructured.Unstructured{}
	if err := json.Unmarshal(raw, &out.Object); err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	return out
}

// namespaced is a CiliumNetworkPolicy in the namespace front with these fields.
func namespaced(t testing.TB, body string) *unstructured.Unstructured {
	return manifest(t, "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: front}\n"+body)
}

// clusterwide is a CiliumClusterwideNetworkPolicy with these fields.
func clusterwide(t testing.TB, body string) *unstructured.Unstructured {
	return manifest(t, "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: p}\n"+body)
}

// cast are the pods that named cases ask about.
var cast = []pod{
	{name: "web", namespace: "front", account: "web", labels: map[string]string{"app": "web"}},
	{name: "api", namespace: "front", account: "api", labels: map[string]string{"app": "api", "tier": "1"}},
	{name: "db", namespace: "back", account: "db", labels: map[string]string{"app": "db", "tier": "1"}},
	{name: "bare", namespace: "ops", account: "default"},
}

// matched names the pods of the cast that a matcher matches.
func matched(m network.Matcher) string {
	var names []string
	for _, p := range cast {
		p.space = spaces[p.namespace]
		if e := p.endpoint(); m.Match(&e) {
			names = append(names, p.name)
		}
	}
	return strings.Join(names, " ")
}

// describe writes a policy down in one line for each thing that it says.
func describe(p network.Policy) string {
	var b strings.Builder
	fmt.Fprintf(&b, "selects %s\n", matched(p.Selects))
	for d, s := range p.Sides {
		if !s.Applies && !s.Isolates && len(s.Rules) == 0 {
			continue
		}
		b.WriteString(model.Direction(d).String())
		if s.Isolates {
			b.WriteString(" isolates")
		} else {
			b.WriteString(" does not isolate")
		}
		if !s.Applies {
			b.WriteString(" does not apply")
		}
		b.WriteString("\n")
		for i := range s.Rules {
			b.WriteString(describeRule(&s.Rules[i]) + "\n")
		}
	}
	return b.String()
}

func describeRule(r *network.Rule) string {
	parts := []string{map[network.Action]string{network.Allow: "- allow", network.Deny: "- deny"}[r.Action]}
	if r.Everyone {
		parts = append(parts, "everyone")
	}
	if len(r.Pods) > 0 {
		parts = append(parts, "pods ["+matched(network.Any(r.Pods...))+"]")
	}
	reach := map[network.Reach]string{network.Some: "some ", network.All: "all "}
	if r.Inside != network.None {
		parts = append(parts, reach[r.Inside]+"inside")
	}
	if r.Outside != network.None {
		parts = append(parts, reach[r.Outside]+"outside")
	}
	if r.SomePorts {
		parts = append(parts, "on some ports")
	}
	if r.Unclear {
		parts = append(parts, "unclear")
	}
	return strings.Join(parts, " ")
}
