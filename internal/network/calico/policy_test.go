package calico

import (
	"math"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

func TestWhatPoliciesSelect(t *testing.T) {
	for _, c := range []struct{ name, kind, namespace, spec, want string }{
		{"nothing said", "NetworkPolicy", "shop", "  {}", "shop/web shop/api"},
		{"own namespace only", "NetworkPolicy", "shop", "  selector: app == 'web'", "shop/web"},
		{"all() of its namespace", "NetworkPolicy", "bank", "  selector: all()", "bank/web bank/bare"},
		{"another namespace", "NetworkPolicy", "shop", "  selector: projectcalico.org/namespace == 'bank'", "none"},
		{"ServiceAccount by name", "NetworkPolicy", "bank", "  serviceAccountSelector: projectcalico.org/name == 'default'", "bank/bare"},
		{"every ServiceAccount", "NetworkPolicy", "bank", "  serviceAccountSelector: all()", "bank/web bank/bare"},
		{"no namespaceSelector in a namespaced policy", "NetworkPolicy", "shop", "  namespaceSelector: team == 'red'", "shop/web shop/api"},
		{"nothing said, globally", "GlobalNetworkPolicy", "", "  {}", "all"},
		{"globally by label", "GlobalNetworkPolicy", "", "  selector: app == 'web'", "shop/web bank/web"},
		{"globally by namespace label", "GlobalNetworkPolicy", "", "  namespaceSelector: team == 'red'", "bank/web bank/bare"},
		{"all but some namespaces", "GlobalNetworkPolicy", "", "  namespaceSelector: projectcalico.org/name not in {'bank', 'vault'}", "shop/web shop/api"},
		{"by namespace in the selector", "GlobalNetworkPolicy", "", "  selector: projectcalico.org/namespace == 'bank' && !has(app)", "bank/bare"},
		{
			"all three", "GlobalNetworkPolicy", "",
			"  selector: has(app)\n  namespaceSelector: has(team)\n  serviceAccountSelector: projectcalico.org/name in {'web', 'db'}", "shop/web bank/web",
		},
	} {
		o := Project(object(t, written(c.kind, c.namespace, "p", c.spec)))
		if o.Ignored != "" || o.Policy.Invalid != "" {
			t.Errorf("%s: ignored %q, invalid %q", c.name, o.Ignored, o.Policy.Invalid)
		}
		if got := selected(o.Policy.Selects); got != c.want {
			t.Errorf("%s: selects %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTypes(t *testing.T) {
	for _, c := range []struct{ spec, want string }{
		{"  {}", "ingress"},
		{"  ingress: []", "ingress"},
		{"  egress: []", "ingress"},
		{"  ingress: [{action: Allow}]", "ingress"},
		{"  egress: [{action: Allow}]", "egress"},
		{"  ingress: [{action: Allow}]\n  egress: [{action: Allow}]", "ingress egress"},
		{"  types: []\n  egress: [{action: Allow}]", "egress"},
		{"  types: [Egress]\n  ingress: [{action: Allow}]", "egress"},
		{"  types: [Ingress, Egress]", "ingress egress"},
	} {
		p := Project(object(t, written("NetworkPolicy", "shop", "p", c.spec))).Policy
		var got []string
		for _, d := range []model.Direction{model.Ingress, model.Egress} {
			if p.Sides[d].Applies {
				got = append(got, d.String())
			} else if p.Sides[d].Rules != nil {
				t.Errorf("%s: has rules for %s", c.spec, d)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: applies to %s, want %s", c.spec, got, c.want)
		}
	}
}

func TestOrderAndTier(t *testing.T) {
	for _, c := range []struct {
		spec, tier string
		order      float64
	}{
		{"  {}", "default", math.Inf(1)},
		{"  order: 100", "default", 100},
		{"  order: 0.5\n  tier: platform", "platform", 0.5},
		{"  order: -3\n  tier: default", "default", -3},
	} {
		p := Project(object(t, written("GlobalNetworkPolicy", "", "p", c.spec))).Policy
		if p.Tier != c.tier || p.Order != c.order || p.Engine != network.Calico || p.Stage != network.Namespaced {
			t.Errorf("%s: %+v", c.spec, p)
		}
	}
}

func TestInvalidPolicies(t *testing.T) {
	for _, c := range []struct{ name, kind, namespace, spec, want, concerns string }{
		{
			"selector", "NetworkPolicy", "shop", "  selector: app = 'web'",
			`spec.selector: column 5: expected an operator: "==", "!=", "in", "not in", "contains", "starts with" or "ends with", found "=": correct the selector`,
			"shop/web shop/api",
		},
		{
			"what else it selects by is known", "GlobalNetworkPolicy", "", "  selector: app ==\n  namespaceSelector: team == 'red'",
			`spec.selector: column 7: expected a value in quotes, found the end of the selector: correct the selector`, "bank/web bank/bare",
		},
		{
			"global() outside of a rule", "GlobalNetworkPolicy", "", "  namespaceSelector: global()",
			`spec.namespaceSelector: global() has a meaning in the namespaceSelector of a rule only: correct the selector`, "all",
		},
		{
			"a rule's selector", "NetworkPolicy", "shop", "  selector: app == 'web'\n  ingress: [{action: Allow}, {action: Allow, source: {notSelector: has(}}]",
			`spec.ingress[1].source.notSelector: column 5: expected the name of a label, found the end of the selector: correct the selector`, "shop/web",
		},
		{
			"a rule's ServiceAccounts", "NetworkPolicy", "shop", "  egress: [{action: Deny, destination: {serviceAccounts: {selector: x}}}]",
			`spec.egress[0].destination.serviceAccounts.selector: column 2: expected an operator: "==", "!=", "in", "not in", "contains", "starts with" or "ends with", found the end of the selector: correct the selector`,
			"shop/web shop/api",
		},
		{
			"labels of ServiceAccounts", "GlobalNetworkPolicy", "", "  selector: has(app)\n  serviceAccountSelector: tier == 'gold'",
			`spec: selects by labels of ServiceAccounts, which are not read: select them by their names`, "shop/web shop/api bank/web vault/db",
		},
		{
			"labels of ServiceAccounts beside a name", "GlobalNetworkPolicy", "", "  serviceAccountSelector: tier != 'gold' && projectcalico.org/name == 'db'",
			`spec: selects by labels of ServiceAccounts, which are not read: select them by their names`, "vault/db",
		},
		{"action", "NetworkPolicy", "shop", "  ingress: [{action: Reject}]", `spec.ingress[0].action: is "Reject": set it to Allow, Deny, Log or Pass`, "shop/web shop/api"},
		{"no action", "NetworkPolicy", "shop", "  ingress: [{}]", `spec.ingress[0].action: is "": set it to Allow, Deny, Log or Pass`, "shop/web shop/api"},
		{"types", "NetworkPolicy", "shop", "  types: [Ingress, Both]", `spec.types: has "Both": leave it to Ingress and Egress`, "shop/web shop/api"},
		{"nets", "NetworkPolicy", "shop", "  ingress: [{action: Allow, source: {nets: [10.0.0.0/8, 10.0.0/8]}}]", `spec.ingress[0].source.nets[1]: "10.0.0/8" is no block of addresses: write it as address/bits`, "shop/web shop/api"},
		{"a text that is a number", "NetworkPolicy", "shop", "  selector: 5", `spec.selector: is not a text: correct it`, "shop/web shop/api"},
		{"a list that is a text", "NetworkPolicy", "shop", "  types: Ingress", `spec.types: is not a list: correct it`, "shop/web shop/api"},
		{"a list of numbers", "NetworkPolicy", "shop", "  types: [5]", `spec.types[0]: is not a text: correct it`, "shop/web shop/api"},
		{"rules that are texts", "NetworkPolicy", "shop", "  ingress: [Allow]", `spec.ingress[0]: is not an object: correct it`, "shop/web shop/api"},
		{"a flag that is a text", "GlobalNetworkPolicy", "", "  doNotTrack: 'no'", `spec.doNotTrack: is not true or false: correct it`, "all"},
		{"order", "GlobalNetworkPolicy", "", "  order: first", `spec.order: is not a number: correct it`, "all"},
		{"tier", "GlobalNetworkPolicy", "", "  tier: [a]", `spec.tier: is not a text: correct it`, "all"},
		{"specification", "NetworkPolicy", "shop", "  - a", `spec: is not an object: correct it`, "shop/web shop/api"},
		{"no namespace", "NetworkPolicy", "", "  selector: app == 'web'", `metadata.namespace: is missing: name one`, "shop/web bank/web"},
	} {
		p := Project(object(t, written(c.kind, c.namespace, "p", c.spec))).Policy
		if p.Invalid != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, p.Invalid, c.want)
		}
		if got := selected(p.Selects); got != c.concerns {
			t.Errorf("%s: concerns %s, want %s", c.name, got, c.concerns)
		}
		for d := range p.Sides {
			if p.Sides[d].Rules != nil || p.Sides[d].Isolates {
				t.Errorf("%s: says something: %+v", c.name, p.Sides[d])
			}
		}
	}
}

func TestInvalidPoliciesDoNotMoveOthers(t *testing.T) {
	c := Cluster{Tiers: NewTiers()}
	for spec, want := range map[string]network.Policy{
		"  order: first":            {Tier: "default", Order: math.Inf(-1), TierOrder: network.DefaultTierOrder},
		"  tier: 5":                 {Tier: network.UnreadTier, Order: math.Inf(-1), TierOrder: math.Inf(-1)},
		"  tier: gone\n  order: 1":  {Tier: "gone", Order: math.Inf(-1), TierOrder: math.Inf(-1)},
		"  selector: =\n  order: 1": {Tier: "default", Order: 1, TierOrder: network.DefaultTierOrder},
	} {
		o := Project(object(t, written("GlobalNetworkPolicy", "", "p", spec)))
		p, ok := c.Policy(&o)
		if !ok || p.Invalid == "" || p.Tier != want.Tier || p.Order != want.Order || p.TierOrder != want.TierOrder {
			t.Errorf("%s: %t %+v", spec, ok, p)
		}
	}
}

func TestIgnored(t *testing.T) {
	for _, c := range []struct{ manifest, want string }{
		{"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}", "its group is not Calico's"},
		{written("StagedNetworkPolicy", "shop", "p", "  {}"), "it is staged: Calico reports what it would do, and does not do it"},
		{written("StagedGlobalNetworkPolicy", "", "p", "  {}"), "it is staged: Calico reports what it would do, and does not do it"},
		{written("StagedKubernetesNetworkPolicy", "shop", "p", "  {}"), "it is staged: Calico reports what it would do, and does not do it"},
		{written("GlobalNetworkSet", "", "p", "  {}"), "it is not a policy"},
		{written("Tier", "", "p", "  {}"), "it is not a policy"},
		{written("NetworkPolicy", "shop", "knp.default.p", "  {}"), "it shows a policy of Kubernetes' own, which is read itself"},
		{written("GlobalNetworkPolicy", "", "kcnp.kube-admin.p", "  {}"), "it shows a policy of Kubernetes' own, which is read itself"},
		{written("GlobalNetworkPolicy", "", "p", "  doNotTrack: true\n  applyOnForward: true"), "it has doNotTrack, which is for the interfaces of hosts"},
		{written("GlobalNetworkPolicy", "", "p", "  preDNAT: true\n  applyOnForward: true"), "it has preDNAT, which is for the interfaces of hosts"},
		{written("GlobalNetworkPolicy", "", "p", "  applyOnForward: true"), ""},
		{written("NetworkPolicy", "shop", "p", "  {}"), ""},
	} {
		o := Project(object(t, c.manifest))
		if o.Ignored != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.manifest, o.Ignored, c.want)
		}
		if _, ok := (&Cluster{Tiers: NewTiers()}).Policy(&o); ok != (c.want == "") {
			t.Errorf("%s: is a policy: %t", c.manifest, ok)
		}
	}
}
