package cilium

import (
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// TestRefused are objects that Cilium refuses or nobody can read: every entry of them is invalid, and for the pods that it could be about.
func TestRefused(t *testing.T) {
	const fine = "{endpointSelector: {matchLabels: {app: web}}, ingress: [{}]}"
	rule := func(r string) string {
		return "spec: {endpointSelector: {matchLabels: {app: web}}, ingress: [" + r + "]}"
	}
	for name, c := range map[string]struct{ body, selects, message string }{
		"selector without an operator":    {"spec: {endpointSelector: {matchExpressions: [{key: a}]}, ingress: [{}]}", "web api", "spec.endpointSelector.matchExpressions[0].operator"},
		"operator that nobody knows":      {"spec: {endpointSelector: {matchExpressions: [{key: a, operator: Like, values: [b]}]}, ingress: [{}]}", "web api", "is none of In"},
		"In without values":               {"spec: {endpointSelector: {matchExpressions: [{key: a, operator: In}]}, ingress: [{}]}", "web api", "values"},
		"Exists with values":              {"spec: {endpointSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}, ingress: [{}]}", "web api", "values"},
		"value that is none":              {"spec: {endpointSelector: {matchLabels: {a: 'b c'}}, ingress: [{}]}", "web api", "spec.endpointSelector.matchLabels.a"},
		"value that is a number":          {"spec: {endpointSelector: {matchLabels: {a: 1}}, ingress: [{}]}", "web api", "quote it"},
		"key that is none":                {"spec: {endpointSelector: {matchLabels: {'a b': c}}, ingress: [{}]}", "web api", "name part"},
		"two sources":                     {"spec: {endpointSelector: {matchLabels: {'k8s:a:b': c}}, ingress: [{}]}", "web api", "k8s:<label>"},
		"empty source":                    {"spec: {endpointSelector: {matchLabels: {':a': c}}, ingress: [{}]}", "web api", "k8s:<label>"},
		"label twice":                     {"spec: {endpointSelector: {matchLabels: {'any:a': b, a: c}}, ingress: [{}]}", "web api", "twice"},
		"selector with another field":     {"spec: {endpointSelector: {matchNames: {}}, ingress: [{}]}", "web api", "spec.endpointSelector.matchNames"},
		"selector that is a list":         {"spec: {endpointSelector: [], ingress: [{}]}", "web api", "spec.endpointSelector: is not an object"},
		"no selector":                     {"spec: {ingress: [{}]}", "web api", "selects nobody"},
		"both selectors":                  {"spec: {endpointSelector: {}, nodeSelector: {}, ingress: [{}]}", "web api", "split it"},
		"nodes in a namespace":            {"specs: [" + fine + ", {nodeSelector: {}, ingress: [{}]}]", "web", "specs[1].nodeSelector: only a CiliumClusterwideNetworkPolicy"},
		"subject by an ignored label":     {"spec: {endpointSelector: {matchLabels: {app: web, pod-template-hash: x}}, ingress: [{}]}", "web", "pod-template-hash"},
		"subject by its cluster":          {"spec: {endpointSelector: {matchLabels: {io.cilium.k8s.policy.cluster: east}}, ingress: [{}]}", "web api", "policy.cluster"},
		"subject by an odd source":        {"spec: {endpointSelector: {matchLabels: {'container:app': east}}, ingress: [{}]}", "web api", "container:app"},
		"subject by a beta label":         {"spec: {endpointSelector: {matchLabels: {io.cilium.k8s.namespace.labels.x.beta.kubernetes.io/a: b}}, ingress: [{}]}", "web api", "beta.kubernetes.io"},
		"subject by what is not told":     {"spec: {endpointSelector: {matchLabels: {io.cilium.k8s.named-ports: b}}, ingress: [{}]}", "web api", "named-ports"},
		"peer that cannot be parsed":      {rule("{fromEndpoints: [{}, {matchLabels: 1}]}"), "web", "spec.ingress[0].fromEndpoints[1].matchLabels: is not an object"},
		"peer that is null":               {rule("{fromEndpoints: [null]}"), "web", "spec.ingress[0].fromEndpoints[0]: is empty"},
		"one bad entry of two":            {"specs: [" + fine + ", {endpointSelector: {matchLabels: {a: 'b c'}}, ingress: [{}]}]", "web", "specs[1].endpointSelector"},
		"one entry without rules":         {"specs: [" + fine + ", {endpointSelector: {}, ingress: []}]", "web", "specs[1]: has no rules"},
		"two kinds of peers":              {rule("{fromEndpoints: [{}], fromEntities: [world]}"), "web", "does not combine fromEndpoints and fromEntities"},
		"ports and icmps":                 {rule("{toPorts: [{ports: [{port: '1'}]}], icmps: [{fields: [{type: 1}]}]}"), "web", "does not combine toPorts and icmps"},
		"entity that nobody knows":        {rule("{fromEntities: [moon]}"), "web", `"moon" is no entity`},
		"CIDR that is none":               {rule("{fromCIDR: [10.0.0.0/33]}"), "web", "spec.ingress[0].fromCIDR"},
		"CIDR set that is none":           {rule("{fromCIDRSet: [{cidr: 10.0.0.1}]}"), "web", "spec.ingress[0].fromCIDRSet[0].cidr"},
		"CIDR set of nothing":             {rule("{fromCIDRSet: [{except: [10.0.0.0/8]}]}"), "web", "needs one of"},
		"CIDR set of two things":          {rule("{fromCIDRSet: [{cidr: 10.0.0.0/8, cidrGroupRef: g}]}"), "web", "needs one of"},
		"exception that is not within":    {rule("{fromCIDRSet: [{cidr: 10.0.0.0/8, except: [11.0.0.0/8]}]}"), "web", "is not within"},
		"requires":                        {rule("{fromRequires: [{matchLabels: {a: b}}]}"), "web", "fromRequires"},
		"nodes as peers":                  {rule("{fromNodes: [{}]}"), "web", "enable-node-selector-labels"},
		"port without a number":           {rule("{toPorts: [{ports: [{protocol: GRE}]}]}"), "web", "enable-extended-ip-protocols"},
		"more ports than Cilium takes":    {rule("{toPorts: [{ports: [" + strings.Repeat("{port: '1'}, ", 41) + "]}]}"), "web", "more than 40 ports"},
		"protocol that nobody knows":      {rule("{toPorts: [{ports: [{port: '80', protocol: XTP}]}]}"), "web", "enable-extended-ip-protocols"},
		"port that is none":               {rule("{toPorts: [{ports: [{port: 1/2}]}]}"), "web", `"1/2" is no port`},
		"port that is too high":           {rule("{toPorts: [{ports: [{port: '65536'}]}]}"), "web", `"65536" is no port`},
		"range to a fraction":             {rule("{toPorts: [{ports: [{port: '1', endPort: 1.5}]}]}"), "web", "spec.ingress[0].toPorts[0].ports[0].endPort: is not a whole number"},
		"requests over any protocol":      {rule("{toPorts: [{ports: [{port: '80'}], rules: {http: [{}]}}]}"), "web", "http rules are about TCP only"},
		"requests on port 0":              {rule("{toPorts: [{ports: [{port: '0', protocol: TCP}], rules: {http: [{}]}}]}"), "web", "other than 0"},
		"requests of two kinds":           {rule("{toPorts: [{ports: [{port: '53', protocol: TCP}], rules: {http: [{}], dns: [{}]}}]}"), "web", "does not combine http and dns"},
		"questions for names at ingress":  {rule("{toPorts: [{ports: [{port: '53'}], rules: {dns: [{matchPattern: '*'}]}}]}"), "web", "no dns rules for ingress"},
		"questions for names nowhere":     {"spec: {endpointSelector: {}, egress: [{toPorts: [{rules: {dns: [{matchPattern: '*'}]}}]}]}", "web api", "needs a port"},
		"listener at ingress":             {rule("{toPorts: [{ports: [{port: '80'}], listener: {name: a}}]}"), "web", "listener"},
		"listener and requests":           {"spec: {endpointSelector: {}, egress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], listener: {name: a}, rules: {http: [{}]}}]}]}", "web api", "listener"},
		"names of servers and requests":   {rule("{toPorts: [{ports: [{port: '80', protocol: TCP}], serverNames: [a], rules: {http: [{}]}}]}"), "web", "terminatingTLS"},
		"port that is a number":           {rule("{toPorts: [{ports: [{port: 80}]}]}"), "web", "spec.ingress[0].toPorts[0].ports[0].port: is not a text"},
		"default deny that is a text":     {"spec: {endpointSelector: {}, enableDefaultDeny: {ingress: 'no'}, ingress: [{}]}", "web api", "spec.enableDefaultDeny.ingress"},
		"default deny of something else":  {"spec: {endpointSelector: {}, enableDefaultDeny: {both: true}, ingress: [{}]}", "web api", "spec.enableDefaultDeny.both"},
		"rules that are an object":        {"spec: {endpointSelector: {}, ingress: {}}", "web api", "spec.ingress: is not a list"},
		"field that nobody knows":         {"spec: {endpointSelector: {}, order: 3, ingress: [{}]}", "web api", "spec.order"},
		"field of the object":             {"spec: " + fine + "\nSpecs: []", "web", "Specs: is no field"},
		"field of the object, alone":      {"Spec: " + fine, "web api", "Spec: is no field"},
		"spec that is a text":             {"spec: x", "web api", "spec: is not an object"},
		"specs that are an object":        {"specs: {}", "web api", "specs: is not a list"},
		"refused by Cilium, as it says":   {"spec: " + fine + "\nstatus: {conditions: [{type: Ready, status: 'False'}, {type: Valid, status: 'False', message: bad port}]}", "web", `status: Cilium refuses the policy: "bad port"`},
		"name that is not one, in a list": {rule("{fromEntities: [7]}"), "web", "spec.ingress[0].fromEntities[0]: is not a text"},
	} {
		t.Run(name, func(t *testing.T) {
			policies := Policies(namespaced(t, c.body))
			if len(policies) == 0 {
				t.Fatal("no policy")
			}
			for _, p := range policies {
				if !strings.Contains(p.Invalid, c.message) {
					t.Errorf("message %q, want one with %q", p.Invalid, c.message)
				}
				for d, s := range p.Sides {
					if s.Applies || s.Isolates || s.Rules != nil {
						t.Errorf("direction %d of an invalid policy says %+v", d, s)
					}
				}
			}
			if got := matched(policies[0].Selects); got != c.selects {
				t.Errorf("selects %q, want %q", got, c.selects)
			}
		})
	}
}

// TestOneEntryUnclear are entries that nobody can tell the effect of, beside one that everybody can.
func TestOneEntryUnclear(t *testing.T) {
	for name, entry := range map[string]string{
		"subject by an ignored label":  "{endpointSelector: {matchLabels: {pod-template-hash: x}}, ingress: [{}]}",
		"field that nobody knows":      "{endpointSelector: {}, order: 3, ingress: [{}]}",
		"default deny of another kind": "{endpointSelector: {}, enableDefaultDeny: {both: true}, ingress: [{}]}",
	} {
		t.Run(name, func(t *testing.T) {
			policies := Policies(namespaced(t, "spec: {endpointSelector: {matchLabels: {app: web}}, ingress: [{}]}\nspecs: ["+entry+"]"))
			if len(policies) != 2 || policies[0].Invalid != "" || policies[1].Invalid == "" || !policies[0].Sides[model.Ingress].Isolates {
				t.Errorf("got %+v", policies)
			}
		})
	}
}

// TestAcceptedByCilium are objects that only some Cilium accepts, and whose status says that this one does.
func TestAcceptedByCilium(t *testing.T) {
	const status = "\nstatus: {conditions: [{type: Valid, status: 'True'}]}"
	for name, body := range map[string]string{
		"nodes as peers":          "spec: {endpointSelector: {}, ingress: [{fromNodes: [{}]}]}",
		"port without a number":   "spec: {endpointSelector: {}, ingress: [{toPorts: [{ports: [{protocol: GRE}]}]}]}",
		"one entry without rules": "specs: [{endpointSelector: {}, ingress: [{}]}, {endpointSelector: {}, ingress: []}]",
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range Policies(clusterwide(t, body+status)) {
				if p.Invalid != "" {
					t.Error(p.Invalid)
				}
			}
			for _, p := range Policies(clusterwide(t, body)) {
				if p.Invalid == "" {
					t.Error("valid although no status says so")
				}
			}
		})
	}
}

// TestSource names the objects.
func TestSource(t *testing.T) {
	one := Policies(namespaced(t, "spec: {endpointSelector: {}, ingress: [{}]}"))[0]
	if want := (network.Source{Kind: NamespacedKind, Namespace: "front", Name: "p"}); one.Source != want || one.Engine != network.Cilium || one.Stage != network.Namespaced {
		t.Errorf("got %+v", one)
	}
	obj := clusterwide(t, "spec: {endpointSelector: {}, ingress: [{}]}")
	obj.SetNamespace("default")
	if want := (network.Source{Kind: ClusterwideKind, Name: "p"}); Policies(obj)[0].Source != want {
		t.Errorf("got %+v", Policies(obj)[0].Source)
	}
	if Policies(nil) != nil {
		t.Error("a policy out of nothing")
	}
}
