package clusterpolicy_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/clusterpolicy"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       network.Policy
	}{
		{"Admin", named(cnp, "a", everything+", tier: Admin, priority: 12}"),
			network.Policy{Source: network.Source{Kind: "ClusterNetworkPolicy", Name: "a"}, Stage: network.Admin, Order: 12}},
		{"Baseline", named(cnp, "b", everything+", tier: Baseline, priority: 1000}"),
			network.Policy{Source: network.Source{Kind: "ClusterNetworkPolicy", Name: "b"}, Stage: network.Baseline, Order: 1000}},
		{"a fraction that is none", named(cnp, "b", everything+", tier: Baseline, priority: 3.0}"),
			network.Policy{Source: network.Source{Kind: "ClusterNetworkPolicy", Name: "b"}, Stage: network.Baseline, Order: 3}},
		{"AdminNetworkPolicy", named(anp, "c", everything+", priority: 0}"),
			network.Policy{Source: network.Source{Kind: "AdminNetworkPolicy", Name: "c"}, Stage: network.Admin, Order: 0}},
		{"BaselineAdminNetworkPolicy", named(banp, "default", everything+"}"),
			network.Policy{Source: network.Source{Kind: "BaselineAdminNetworkPolicy", Name: "default"}, Stage: network.Baseline, Order: 1001}},
	}
	for _, tt := range tests {
		got := clusterpolicy.Policy(read(t, tt.text))
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(network.Policy{}, "Selects")); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, diff)
		}
		if !got.Selects.Everything() {
			t.Errorf("%s: does not select everything", tt.name)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, action, to, rest string
		want                   []network.Rule
	}{
		{"nodes match nobody", "Deny", "{nodes: {}}", "", []network.Rule{{Action: network.Deny}}},
		{"an address outside", "Deny", "{networks: [203.0.113.0/24]}", "", []network.Rule{{Action: network.Deny, Outside: network.Some}}},
		{"addresses that pods may have", "Deny", "{networks: [10.0.0.0/8]}", "",
			[]network.Rule{{Action: network.Deny, Outside: network.Some, Inside: network.Some}}},
		{"one family is everyone to Accept", "Accept", `{networks: ["::/0"]}`, "", []network.Rule{{Everyone: true}}},
		{"one family is not everyone to Deny", "Deny", `{networks: ["::/0"]}`, "",
			[]network.Rule{{Action: network.Deny, Outside: network.Some, Inside: network.Some}}},
		{"both families in halves and two peers", "Pass", `{networks: [0.0.0.0/1, "::/0"]}, {networks: [128.0.0.0/1]}`, "",
			[]network.Rule{{Action: network.Pass, Everyone: true}}},
		{"ports", "Accept", `{networks: [0.0.0.0/0]}`, ", protocols: [{destinationNamedPort: web}]", []network.Rule{{Everyone: true, SomePorts: true}}},
		{"ports, as early clusters have them", "Accept", `{networks: [0.0.0.0/0]}`, ", ports: [{portNumber: {port: 1}}]",
			[]network.Rule{{Everyone: true, SomePorts: true}}},
		{"a name", "Accept", `{domainNames: [example.com]}`, "", []network.Rule{{Unclear: true}}},
		{"a name and an address", "Accept", `{domainNames: [example.com]}, {networks: [203.0.113.1/32]}`, "",
			[]network.Rule{{Outside: network.Some}, {Unclear: true}}},
		{"a name and everyone", "Accept", `{domainNames: [example.com]}, {networks: [0.0.0.0/0]}`, "", []network.Rule{{Everyone: true}}},
		{"a peer without a field", "Accept", `{networks: [0.0.0.0/0]}, {}`, "", []network.Rule{{Unclear: true}}},
		{"a field that is null is none", "Deny", `{networks: null}`, "", []network.Rule{{Action: network.Deny, Unclear: true}}},
		{"an unknown peer", "Deny", `{moons: {}}`, "", []network.Rule{{Action: network.Deny, Unclear: true}}},
		{"Pass for an unknown peer may deny", "Pass", `{moons: {}}`, "",
			[]network.Rule{{Action: network.Deny, Unclear: true}, {Action: network.Pass, Unclear: true}}},
		{"an unknown field of a rule", "Deny", `{networks: [0.0.0.0/0, "::/0"]}`, ", hours: night",
			[]network.Rule{{Action: network.Deny, Everyone: true, Unclear: true}}},
	}
	for _, tt := range tests {
		p := clusterpolicy.Policy(read(t, named(cnp, "a", everything+", tier: Admin, priority: 1, egress: [{name: x, action: "+
			tt.action+", to: ["+tt.to+"]"+tt.rest+"}]}")))
		if p.Invalid != "" {
			t.Errorf("%s: %s", tt.name, p.Invalid)
		}
		want := [model.DirectionCount]network.Side{model.Egress: {Applies: true, Rules: tt.want}}
		if diff := cmp.Diff(want, p.Sides, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, diff)
		}
	}
}

// only is where an invalid policy could matter.
type only string

const (
	anywhere only = ""
	inShop   only = "shop"
)

func TestInvalid(t *testing.T) {
	t.Parallel()
	const (
		admin  = ", tier: Admin, priority: 1"
		inside = "{subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}"
		deny   = "{action: Deny, from: [{namespaces: {}}]}"
	)
	rule := func(rule string) string { return named(cnp, "a", inside+admin+", ingress: ["+deny+", "+rule+"]}") }
	out := func(rule string) string { return named(cnp, "a", inside+admin+", egress: ["+rule+"]}") }
	tests := []struct {
		text, want string
		only       only
		// order is negative infinity where nobody knows when the policy is asked.
		unplaced bool
	}{
		{named("apiVersion: v1\nkind: ClusterNetworkPolicy\n", "a", "{}"), `kind "ClusterNetworkPolicy" of group "": is no policy that is known here: remove it`, anywhere, true},
		{named("apiVersion: policy.networking.k8s.io/v9\nkind: Star\n", "a", "{}"), `kind "Star" of group "policy.networking.k8s.io": is no policy that is known here: remove it`, anywhere, true},
		{cnp + "metadata: {name: a}", "spec: is missing: add it", anywhere, true},
		{cnp + "spec: 3", "spec: is no object: correct it", anywhere, true},
		{named(cnp, "a", inside+", priority: 1}"), `spec.tier: is "": set it to Admin or Baseline`, inShop, true},
		{named(cnp, "a", inside+", tier: NetworkPolicy, priority: 1}"), `spec.tier: is "NetworkPolicy": set it to Admin or Baseline`, inShop, true},
		{named(cnp, "a", inside+", tier: Admin}"), "spec.priority: is missing: set it to a number from 0 to 1000", inShop, true},
		{named(cnp, "a", inside+", tier: Admin, priority: 1001}"), "spec.priority: is 1001: set it to a number from 0 to 1000", inShop, true},
		{named(anp, "a", inside+", priority: -1}"), "spec.priority: is -1: set it to a number from 0 to 1000", inShop, true},
		{named(anp, "a", inside+", priority: 1.5}"), "spec.priority: is 1.5: set it to a number from 0 to 1000", inShop, true},
		{named(anp, "a", inside+`, priority: "1"}`), `spec.priority: is "1": set it to a number from 0 to 1000`, inShop, true},
		{named(anp, "a", inside+", priority: 1, tier: Admin}"), "spec.tier: is no field that is known here: remove it", inShop, false},
		{named(banp, "mine", inside+"}"), `metadata.name: is "mine": there is only one policy of the kind, call it default`, inShop, false},
		{named(cnp, "a", "{tier: Admin, priority: 1}"), "spec.subject: is missing: add it", anywhere, false},
		{named(cnp, "a", "{subject: {}, tier: Admin, priority: 1}"), "spec.subject: must have one of namespaces and pods: name one", anywhere, false},
		{named(cnp, "a", "{subject: {namespaces: {}, pods: {podSelector: {}}}, tier: Admin, priority: 1}"), "spec.subject: must have one of namespaces and pods: name one", anywhere, false},
		{named(cnp, "a", "{subject: {nodes: {}}, tier: Admin, priority: 1}"), "spec.subject.nodes: is no way to select that is known here: select namespaces or pods", anywhere, false},
		{named(cnp, "a", "{subject: {namespaces: {matchLabels: {a: '-'}}}, tier: Admin, priority: 1}"), `spec.subject.namespaces: label selector: values[0][a]: Invalid value: "-"`, anywhere, false},
		{named(cnp, "a", "{subject: {pods: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, podSelector: {matchExpressions: [{key: a, operator: Near}]}}}, tier: Admin, priority: 1}"), `spec.subject.pods.podSelector: label selector: "Near" is not a valid label selector operator: correct the selector`, inShop, false},
		{named(cnp, "a", "{subject: {pods: {namespaceSelector: {}}}, tier: Admin, priority: 1}"), "spec.subject.pods.podSelector: is missing: add it, {} for all pods", anywhere, false},
		{named(anp, "a", "{subject: {pods: {podSelector: {}}}, priority: 1}"), "spec.subject.pods.namespaceSelector: is missing: add it, {} for all namespaces", anywhere, false},
		{named(cnp, "a", inside+admin+", ingress: {}}"), "spec.ingress: is no list: correct it", inShop, false},
		{named(cnp, "a", inside+admin+", egress: [x]}"), "spec.egress[0]: is no object: correct it", inShop, false},
		{named(cnp, "a", inside+admin+", mood: good}"), "spec.mood: is no field that is known here: remove it", inShop, false},
		{rule("{from: [{namespaces: {}}]}"), `spec.ingress[1].action: is "": set it to Accept, Deny or Pass`, inShop, false},
		{rule("{action: Allow, from: [{namespaces: {}}]}"), `spec.ingress[1].action: is "Allow": set it to Accept, Deny or Pass`, inShop, false},
		{named(anp, "a", inside+", priority: 1, ingress: [{action: Accept, from: [{namespaces: {}}]}]}"), `spec.ingress[0].action: is "Accept": set it to Allow, Deny or Pass`, inShop, false},
		{named(banp, "default", inside+", ingress: [{action: Pass, from: [{namespaces: {}}]}]}"), `spec.ingress[0].action: is "Pass": set it to Allow or Deny`, inShop, false},
		{rule("{action: Deny}"), "spec.ingress[1].from: is missing or empty: name a peer", inShop, false},
		{rule("{action: Deny, from: []}"), "spec.ingress[1].from: is missing or empty: name a peer", inShop, false},
		{rule("{action: Deny, from: [{namespaces: {}, pods: {podSelector: {}}}]}"), "spec.ingress[1].from[0]: has several kinds of peers: make one peer of each", inShop, false},
		{rule("{action: Deny, from: [{namespaces: {matchlabels: {a: b}}}]}"), `spec.ingress[1].from[0].namespaces: strict decoding error: unknown field "matchlabels": correct the selector`, inShop, false},
		{rule("{action: Deny, from: [{namespaces: {notSameLabels: [a]}}]}"), "spec.ingress[1].from[0].namespaces.notSameLabels: was removed from the API with v0.1.7: write a label selector", inShop, false},
		{rule("{action: Deny, from: [{pods: {namespaces: {namespaceSelector: {}}, podSelector: {}}}]}"), "spec.ingress[1].from[0].pods.namespaces: is no field that is known here: use namespaceSelector and podSelector", inShop, false},
		{rule("{action: Deny, from: [{namespaces: {}}], protocols: []}"), "spec.ingress[1].protocols: is empty: leave it out or list something", inShop, false},
		{out("{action: Deny, to: [{networks: []}]}"), "spec.egress[0].to[0].networks: is empty: leave it out or list something", inShop, false},
		{out("{action: Deny, to: [{networks: [10.0.0.1]}]}"), `spec.egress[0].to[0].networks[0]: netip.ParsePrefix("10.0.0.1"): no '/': write it as address/bits`, inShop, false},
		{out("{action: Deny, to: [{networks: [3]}]}"), "spec.egress[0].to[0].networks[0]: is no string: correct it", inShop, false},
		{out("{action: Accept, to: [{domainNames: x}]}"), "spec.egress[0].to[0].domainNames: is no list: correct it", inShop, false},
		{out("{action: Deny, to: [{nodes: {matchExpressions: [{key: a, operator: In}]}}]}"), "spec.egress[0].to[0].nodes: label selector: values: Invalid value: ", inShop, false},
	}
	for _, tt := range tests {
		got := clusterpolicy.Policy(read(t, tt.text))
		if len(got.Invalid) < len(tt.want) || got.Invalid[:len(tt.want)] != tt.want {
			t.Errorf("%s\n is %q\nwant %q", tt.text, got.Invalid, tt.want)
		}
		if diff := cmp.Diff([model.DirectionCount]network.Side{}, got.Sides); diff != "" {
			t.Errorf("%s: says something about traffic:\n%s", tt.text, diff)
		}
		var where only
		if got.Selects != nil {
			if ns, ok := got.Selects.Only(); ok {
				where = only(model.Text(ns))
			}
		}
		if where != tt.only {
			t.Errorf("%s: could matter in %q, want %q", tt.text, where, tt.only)
		}
		if math.IsInf(got.Order, -1) != tt.unplaced {
			t.Errorf("%s: order %v", tt.text, got.Order)
		}
	}
}

func TestConsidered(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range clusterpolicy.Considered() {
		if f.Name == "" || f.Treatment == "" || seen[f.Name] {
			t.Errorf("%q is empty or there twice: %q", f.Name, f.Treatment)
		}
		seen[f.Name] = true
	}
}
