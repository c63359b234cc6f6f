package cilium

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// FuzzPolicy reads any JSON object as a policy of either kind. It never panics, makes no more policies than there are entries, and every
// policy can be asked and says either what it does or why nobody can tell.
func FuzzPolicy(f *testing.F) {
	w := writer{rand.New(rand.NewPCG(9, 9))}
	for range 20 {
		_, text := decoded(f, w.object("p", false))
		f.Add([]byte(text), true)
	}
	for _, c := range ruleCases {
		for name, rule := range map[string]string{"ingress": c.ingress, "ingressDeny": c.ingressDeny, "egress": c.egress, "egressDeny": c.egressDeny} {
			if rule != "" {
				raw, err := json.Marshal(namespaced(f, "spec: {endpointSelector: {}, "+name+": ["+rule+"]}").Object)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(raw, false)
			}
		}
	}
	f.Add([]byte(`{"spec":{"endpointSelector":{"matchLabels":{"k8s:io.cilium.k8s.namespace.labels.-x":"y"}},"ingress":[{}]}}`), true)
	f.Add([]byte(`{"specs":[null,1,{"ingress":[null]}],"status":{"conditions":[{"type":{},"status":[]}]}}`), false)
	endpoints := make([]network.Endpoint, 8)
	for i := range endpoints {
		endpoints[i] = w.pod().endpoint()
	}
	f.Fuzz(func(t *testing.T, raw []byte, wide bool) {
		obj := &unstructured.Unstructured{}
		if json.Unmarshal(raw, &obj.Object) != nil || obj.Object == nil {
			return
		}
		obj.Object["kind"] = NamespacedKind
		if wide {
			obj.Object["kind"] = ClusterwideKind
		}
		policies := Policies(obj)
		specs, _ := obj.Object["specs"].([]any)
		if len(policies) > 1+len(specs) {
			t.Errorf("%d policies for %d specs", len(policies), len(specs))
		}
		again := Policies(obj)
		for i, p := range policies {
			askable(t, &p, obj, endpoints)
			if p.Invalid != again[i].Invalid {
				t.Errorf("%q, and then %q", p.Invalid, again[i].Invalid)
			}
		}
	})
}

func askable(t *testing.T, p *network.Policy, obj *unstructured.Unstructured, endpoints []network.Endpoint) {
	only, confined := p.Selects.Only()
	if p.Source.Kind == NamespacedKind && p.Selects != network.Nobody() && (!confined || only != model.Intern(obj.GetNamespace())) {
		t.Errorf("a policy of one namespace selects in %q, %t", model.Text(only), confined)
	}
	rules := 0
	for d, s := range p.Sides {
		if p.Invalid != "" && (s.Applies || s.Isolates || len(s.Rules) > 0) || s.Isolates && !s.Applies || len(s.Rules) > 0 && !s.Applies {
			t.Errorf("direction %d of a policy with message %q: %+v", d, p.Invalid, s)
		}
		for i := range s.Rules {
			r := &s.Rules[i]
			if r.Action == network.Pass || !r.Everyone && !r.Unclear && len(r.Pods) == 0 && r.Outside == network.None && r.Inside == network.None {
				t.Errorf("a rule that says nothing: %+v", r)
			}
			for _, m := range r.Pods {
				for k := range endpoints {
					m.Match(&endpoints[k])
				}
			}
			rules++
		}
	}
	for k := range endpoints {
		p.Selects.Match(&endpoints[k])
	}
}
