package clusterpolicy_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/clusterpolicy"
)

// FuzzPolicy: whatever the object holds, the translation ends, changes nothing, says the same twice, and is either whole or says why not.
func FuzzPolicy(f *testing.F) {
	for _, head := range []string{
		`{"apiVersion":"policy.networking.k8s.io/v1alpha2","kind":"ClusterNetworkPolicy"`, `{"apiVersion":"policy.networking.k8s.io/v1alpha1","kind":"AdminNetworkPolicy"`,
		`{"apiVersion":"policy.networking.k8s.io/v1alpha1","kind":"BaselineAdminNetworkPolicy","metadata":{"name":"default"}`,
	} {
		f.Add(head + `}`)
		f.Add(head + `,"spec":{"tier":"Admin","priority":1,"subject":{"namespaces":{}},"ingress":[{"action":"Deny","from":[{"namespaces":{}}]}]}}`)
		f.Add(head + `,"spec":{"subject":{"pods":{"podSelector":{},"namespaceSelector":{"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]}}},` +
			`"egress":[{"action":"Allow","to":[{"networks":["10.0.0.0/8","::/0"]},{"nodes":{}},{"domainNames":["a.b"]}],"ports":[{}]}]}}`)
		f.Add(head + `,"spec":{"priority":1e3,"subject":{"namespaces":{"matchLabels":{"a":null}}},"egress":[null]}}`)
	}
	for seed := range uint64(20) {
		for _, o := range newWorld(seed).policies {
			text, err := json.Marshal(o)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		var u unstructured.Unstructured
		if err := json.Unmarshal([]byte(text), &u.Object); err != nil || u.Object == nil {
			t.Skip()
		}
		before := u.DeepCopy()
		p := clusterpolicy.Policy(&u)
		if diff := cmp.Diff(before.Object, u.Object); diff != "" {
			t.Fatalf("the object was changed:\n%s", diff)
		}
		again := clusterpolicy.Policy(&u)
		if diff := cmp.Diff(p, again, cmp.Comparer(sameMatcher)); diff != "" {
			t.Fatalf("two translations differ:\n%s", diff)
		}
		if p.Invalid == "" && p.Selects == nil || p.Invalid != "" && (len(p.Sides[0].Rules)+len(p.Sides[1].Rules) > 0) {
			t.Fatalf("neither whole nor unreadable: %+v", p)
		}
		for d := range p.Sides {
			if s := &p.Sides[d]; s.Isolates || s.Applies != (len(s.Rules) > 0) {
				t.Fatalf("%+v", s)
			}
		}
		w := network.NewWorld(1)
		id := w.Endpoint(network.Endpoint{Namespace: w.Namespace(network.Namespace{Name: model.Intern("a"), Known: true})})
		m := network.Build(network.Alone(&p), w)
		m.Isolation(id)
		m.Reach()
	})
}

func sameMatcher(a, b network.Matcher) bool {
	x, ok := a.(network.Keyed)
	y, also := b.(network.Keyed)
	return ok == also && (!ok || x.Key() == y.Key())
}
