package cilium

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEntries are the cases that tools get wrong, and what the documentation says about whom and which direction an entry is about.
func TestEntries(t *testing.T) {
	const wide = "cluster"
	for name, c := range map[string]struct {
		scope, body string
		want        []string
	}{
		"endpointSelector empty": {"", "spec: {endpointSelector: {}, ingress: [{}]}", []string{"selects web api\ningress isolates\n"}},
		"endpointSelector with empty matchLabels": {"", "spec: {endpointSelector: {matchLabels: {}}, ingress: [{}]}",
			[]string{"selects web api\ningress isolates\n"}},
		"endpointSelector empty, of the cluster": {wide, "spec: {endpointSelector: {}, egress: [{}]}",
			[]string{"selects web api db bare\negress isolates\n"}},
		"specs": {"", `
specs:
- {endpointSelector: {matchLabels: {app: web}}, ingress: [{}]}
- {endpointSelector: {matchLabels: {"any:app": api}}, egress: [{}]}`,
			[]string{"selects web\ningress isolates\n", "selects api\negress isolates\n"}},
		"spec and specs": {"", `
spec: {endpointSelector: {}, ingress: [{}]}
specs: [{endpointSelector: {matchLabels: {"k8s:app": api}}, egress: [{}]}]`,
			[]string{"selects web api\ningress isolates\n", "selects api\negress isolates\n"}},
		"no spec at all":          {"", "", nil},
		"specs empty":             {"", "specs: []", nil},
		"ingress absent":          {"", "spec: {endpointSelector: {}}", []string{"selects web api\n"}},
		"ingress an empty list":   {"", "spec: {endpointSelector: {}, ingress: []}", []string{"selects web api\n"}},
		"ingress null":            {"", "spec: {endpointSelector: {}, ingress: null}", []string{"selects web api\n"}},
		"ingress an empty rule":   {"", "spec: {endpointSelector: {}, ingress: [{}]}", []string{"selects web api\ningress isolates\n"}},
		"egress an empty list":    {"", "spec: {endpointSelector: {}, egress: []}", []string{"selects web api\n"}},
		"only a deny section":     {"", "spec: {endpointSelector: {}, ingressDeny: [{}]}", []string{"selects web api\ningress isolates\n"}},
		"deny section for egress": {"", "spec: {endpointSelector: {}, egressDeny: [{toEntities: [world]}]}", []string{"selects web api\negress isolates\n- deny all outside\n"}},
		"deny section empty":      {"", "spec: {endpointSelector: {}, egressDeny: []}", []string{"selects web api\n"}},
		"enableDefaultDeny false": {wide, "spec: {endpointSelector: {}, enableDefaultDeny: {ingress: false}, ingress: [{fromEntities: [all]}], egress: [{}]}",
			[]string{"selects web api db bare\ningress does not isolate\n- allow everyone\negress isolates\n"}},
		"enableDefaultDeny false with a deny section": {wide, "spec: {endpointSelector: {}, enableDefaultDeny: {egress: false}, egressDeny: [{toEntities: [cluster]}]}",
			[]string{"selects web api db bare\negress does not isolate\n- deny all inside\n"}},
		"enableDefaultDeny true without a rule": {"", "spec: {endpointSelector: {}, enableDefaultDeny: {ingress: true, egress: true}, ingress: [], egress: [{}]}",
			[]string{"selects web api\negress isolates\n"}},
		"enableDefaultDeny null": {"", "spec: {endpointSelector: {}, enableDefaultDeny: {ingress: null}, ingress: [{}]}",
			[]string{"selects web api\ningress isolates\n"}},
		"nodeSelector": {wide, "spec: {nodeSelector: {matchLabels: {role: worker}}, ingress: [{}]}", nil},
		"nodeSelector among specs": {wide, `
specs:
- {nodeSelector: {}, ingress: [{}]}
- {endpointSelector: {}, ingress: [{}]}`, []string{"selects web api db bare\ningress isolates\n"}},
		"own namespace named":                 {"", `spec: {endpointSelector: {matchLabels: {"k8s:io.kubernetes.pod.namespace": front}}, ingress: [{}]}`, []string{"selects web api\ningress isolates\n"}},
		"other namespace named, which counts": {"", `spec: {endpointSelector: {matchLabels: {io.kubernetes.pod.namespace: back}}, ingress: [{}]}`, []string{"selects \ningress isolates\n"}},
		"other namespace named, which is put right": {"", `spec: {endpointSelector: {matchLabels: {"k8s:io.kubernetes.pod.namespace": back}}, ingress: [{}]}`,
			[]string{"selects web api\ningress isolates\n"}},
		"namespace named for the cluster": {wide, `spec: {endpointSelector: {matchLabels: {"k8s:io.kubernetes.pod.namespace": back}}, ingress: [{}]}`,
			[]string{"selects db\ningress isolates\n"}},
		"namespaces but some": {wide, `spec: {endpointSelector: {matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [front, ops]}]}, ingress: [{}]}`,
			[]string{"selects db\ningress isolates\n"}},
		"labels of the namespace": {wide, `spec: {endpointSelector: {matchLabels: {"k8s:io.cilium.k8s.namespace.labels.team": blue}}, ingress: [{}]}`,
			[]string{"selects db\ningress isolates\n"}},
		"name of the namespace as its label": {wide, `spec: {endpointSelector: {matchLabels: {"io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name": ops}}, ingress: [{}]}`,
			[]string{"selects bare\ningress isolates\n"}},
		"ServiceAccount": {wide, `spec: {endpointSelector: {matchExpressions: [{key: io.cilium.k8s.policy.serviceaccount, operator: In, values: [db, web]}]}, ingress: [{}]}`,
			[]string{"selects web db\ningress isolates\n"}},
		"NotIn matches pods without the label": {wide, `spec: {endpointSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}, ingress: [{}]}`,
			[]string{"selects api db bare\ningress isolates\n"}},
		"DoesNotExist": {wide, `spec: {endpointSelector: {matchExpressions: [{key: "k8s:tier", operator: DoesNotExist}]}, ingress: [{}]}`,
			[]string{"selects web bare\ningress isolates\n"}},
		"Exists": {wide, `spec: {endpointSelector: {matchExpressions: [{key: "any:tier", operator: Exists}]}, ingress: [{}]}`,
			[]string{"selects api db\ningress isolates\n"}},
		"label of the namespace that can be none": {wide, `spec: {endpointSelector: {matchExpressions: [{key: io.cilium.k8s.namespace.labels.-x, operator: DoesNotExist}]}, ingress: [{}]}`,
			[]string{"selects web api db bare\ningress isolates\n"}},
		"reserved identity":         {wide, `spec: {endpointSelector: {matchLabels: {"reserved:health": ""}}, ingress: [{}]}`, []string{"selects \ningress isolates\n"}},
		"any cluster":               {wide, `spec: {endpointSelector: {matchExpressions: [{key: io.cilium.k8s.policy.cluster, operator: Exists}]}, ingress: [{}]}`, []string{"selects web api db bare\ningress isolates\n"}},
		"no cluster":                {wide, `spec: {endpointSelector: {matchExpressions: [{key: io.cilium.k8s.policy.cluster, operator: DoesNotExist}]}, ingress: [{}]}`, []string{"selects \ningress isolates\n"}},
		"other kinds are not taken": {"", "kind: Pod\nspec: {endpointSelector: {}, ingress: [{}]}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			obj := namespaced(t, c.body)
			if strings.HasPrefix(c.body, "kind:") {
				obj = manifest(t, c.body)
			} else if c.scope == wide {
				obj = clusterwide(t, c.body)
			}
			var got []string
			for _, p := range Policies(obj) {
				if p.Invalid != "" {
					t.Errorf("invalid: %s", p.Invalid)
				}
				got = append(got, describe(p))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
