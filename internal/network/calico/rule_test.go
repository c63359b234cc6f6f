package calico

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name, rules string
		// local is what it means in a policy of namespace shop, global in a global policy; alone, if it differs, without any network set.
		local, global, alone string
	}{
		{"no rule", "[]", "", "", ""},
		{"everyone", "[{action: Allow}]", "allow everyone", "", ""},
		{"empty sides", "[{action: Allow, source: {}, destination: {}}]", "allow everyone", "", ""},
		{"deny", "[{action: Deny}]", "deny everyone", "", ""},
		{"in their order", "[{action: Pass}, {action: Log}, {action: Deny}, {action: allow}]", "pass everyone; deny everyone; allow everyone", "", ""},
		{"log only", "[{action: Log, source: {selector: all()}}]", "", "", ""},

		{"protocol", "[{action: Allow, protocol: TCP}]", "allow everyone partly", "", ""},
		{"protocol by number", "[{action: Allow, protocol: 6}]", "allow everyone partly", "", ""},
		{"not protocol", "[{action: Allow, notProtocol: UDP}]", "allow everyone partly", "", ""},
		{"icmp", "[{action: Allow, icmp: {type: 8}}]", "allow everyone partly", "", ""},
		{"not icmp", "[{action: Allow, notICMP: {type: 8}}]", "allow everyone partly", "", ""},
		{"IP version", "[{action: Allow, ipVersion: 4}]", "allow everyone partly", "", ""},
		{"http", "[{action: Allow, http: {methods: [GET]}}]", "allow everyone partly", "", ""},
		{"ports of one's own", "[{action: Allow, destination: {ports: [80, '90:99', https]}}]", "allow everyone partly", "", ""},
		{"ports of the peer", "[{action: Allow, source: {notPorts: [80]}}]", "allow everyone partly", "", ""},
		{"no ports", "[{action: Allow, source: {ports: []}}]", "allow everyone", "", ""},
		{"metadata", "[{action: Allow, metadata: {annotations: {a: b}}}]", "allow everyone", "", ""},

		{"selector", "[{action: Allow, source: {selector: app == 'web'}}]", "allow [shop/web] outside:some", "allow [shop/web bank/web] outside:some", "allow [shop/web bank/web]"},
		{"all", "[{action: Allow, source: {selector: all()}}]", "allow [shop/web shop/api] outside:some", "allow [all] outside:some", "allow [all]"},
		{"nobody", "[{action: Allow, source: {selector: '!all()'}}]", "allow outside:some", "allow outside:some", "allow"},
		{
			"namespaceSelector", "[{action: Allow, source: {namespaceSelector: team == 'red'}}]",
			"allow [bank/web bank/bare] outside:some", "allow [bank/web bank/bare] outside:some", "allow [bank/web bank/bare]",
		},
		{
			"both", "[{action: Deny, source: {namespaceSelector: has(team), selector: app == 'web'}}]",
			"deny [shop/web bank/web] outside:some", "deny [shop/web bank/web] outside:some", "deny [shop/web bank/web]",
		},
		{"every namespace", "[{action: Allow, source: {namespaceSelector: all()}}]", "allow [all] outside:some", "allow [all] outside:some", "allow [all]"},
		{"global()", "[{action: Allow, source: {namespaceSelector: global(), selector: all()}}]", "allow outside:some", "allow outside:some", "allow"},
		{
			"global() or a namespace", `[{action: Allow, source: {namespaceSelector: "global() || projectcalico.org/name == 'vault'"}}]`,
			"allow [vault/db] outside:some", "allow [vault/db] outside:some", "allow [vault/db]",
		},
		{
			"notSelector", "[{action: Allow, source: {notSelector: app == 'web'}}]",
			"allow [shop/api] outside:some", "allow [shop/api bank/bare vault/db] outside:some", "allow [shop/api bank/bare vault/db] outside:all",
		},
		{"not nobody", "[{action: Allow, source: {notSelector: '!all()'}}]", "allow [shop/web shop/api] outside:some", "allow everyone", "allow everyone"},
		{"not all", "[{action: Allow, source: {notSelector: all()}}]", "allow outside:some", "allow outside:some", "allow outside:all"},
		{
			"selector and notSelector", "[{action: Allow, source: {selector: has(app), notSelector: has(critical)}}]",
			"allow [shop/web] outside:some", "allow [shop/web bank/web vault/db] outside:some", "allow [shop/web bank/web vault/db]",
		},

		{"ServiceAccounts", "[{action: Allow, source: {serviceAccounts: {names: [api, db]}}}]", "allow [shop/api]", "allow [shop/api vault/db]", ""},
		{"ServiceAccounts elsewhere", "[{action: Allow, source: {namespaceSelector: all(), serviceAccounts: {names: [db]}}}]", "allow [vault/db]", "allow [vault/db]", ""},
		{"ServiceAccounts by name selector", "[{action: Allow, source: {serviceAccounts: {selector: projectcalico.org/name == 'api'}}}]", "allow [shop/api]", "allow [shop/api]", ""},
		{"ServiceAccounts by label", "[{action: Allow, source: {serviceAccounts: {selector: a == 'b'}}}]", "allow [shop/web shop/api] partly", "allow [all] partly", ""},
		{"no ServiceAccounts", "[{action: Allow, source: {serviceAccounts: {}}}]", "allow everyone", "", ""},

		{"every address", "[{action: Allow, source: {nets: [0.0.0.0/0]}}]", "allow everyone", "", ""},
		{"every IPv6 address in halves", "[{action: Allow, source: {nets: ['::/1', '8000::/1']}}]", "allow everyone", "", ""},
		{"deny one family", "[{action: Deny, source: {nets: [0.0.0.0/0]}}]", "deny inside:some outside:some", "", ""},
		{"deny both families", "[{action: Deny, source: {nets: [0.0.0.0/0, '::/0']}}]", "deny everyone", "", ""},
		{"private", "[{action: Allow, source: {nets: [10.0.0.0/8]}}]", "allow inside:some outside:some", "", ""},
		{"public", "[{action: Allow, source: {nets: [198.51.100.0/24]}}]", "allow outside:some", "", ""},
		{"one", "[{action: Allow, source: {nets: [10.1.2.3, fd00::1/128]}}]", "allow outside:some", "", ""},
		{"all but one", "[{action: Allow, source: {nets: [0.0.0.0/0], notNets: [169.254.169.254/32]}}]", "allow inside:some outside:some", "", ""},
		{"not one", "[{action: Allow, source: {notNets: [169.254.169.254/32]}}]", "allow inside:some outside:some", "", ""},
		{"not one of each family", "[{action: Allow, source: {notNets: [169.254.169.254/32, 'fe80::1']}}]", "allow inside:some outside:some", "", ""},
		{
			"not private", "[{action: Allow, source: {notNets: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 'fc00::/7']}}]",
			"allow outside:some", "", "",
		},
		{"none", "[{action: Allow, source: {nets: [10.0.0.0/8], notNets: [10.0.0.0/9, 10.128.0.0/9]}}]", "allow", "", ""},
		{
			"selector and all addresses", "[{action: Allow, source: {selector: app == 'web', nets: [0.0.0.0/0]}}]",
			"allow [shop/web] outside:some", "allow [shop/web bank/web] outside:some", "allow [shop/web bank/web]",
		},
		{
			"selector and private addresses", "[{action: Allow, source: {selector: app == 'web', nets: [10.0.0.0/8]}}]",
			"allow [shop/web] outside:some partly", "allow [shop/web bank/web] outside:some partly", "allow [shop/web bank/web] partly",
		},
		{"selector and public addresses", "[{action: Allow, source: {selector: app == 'web', nets: [198.51.100.0/24]}}]", "allow outside:some", "allow outside:some", "allow"},
		{
			"notSelector and public addresses", "[{action: Allow, source: {notSelector: app == 'web', nets: [198.51.100.0/24]}}]",
			"allow outside:some", "allow outside:some", "allow outside:some",
		},

		{"services", "[{action: Allow, source: {services: {name: api}}}]", "allow unclear", "", ""},
		{"domains of other editions", "[{action: Allow, source: {domains: [example.com]}}]", "allow unclear", "", ""},
		{"something new", "[{action: Allow, mood: good}]", "allow unclear", "", ""},
		{
			"something new about pods", "[{action: Allow, mood: good, source: {selector: app == 'web'}}]",
			"allow [shop/web] outside:some partly", "allow [shop/web bank/web] outside:some partly", "allow [shop/web bank/web] partly",
		},
		{"nothing new", "[{action: Allow, mood: null, icmp: {}, http: null}]", "allow everyone", "", ""},

		{"one's own end is more than selected", "[{action: Allow, destination: {selector: app == 'web'}}]", "allow everyone partly", "", ""},
		{"one's own end is what is selected", "[{action: Allow, destination: {selector: has(app)}}]", "allow everyone", "", ""},
		{"one's own end is anything", "[{action: Allow, destination: {selector: all(), namespaceSelector: all()}}]", "allow everyone", "", ""},
		{"one's own end is no pod", "[{action: Allow, destination: {namespaceSelector: global()}}, {action: Deny}]", "deny everyone", "", ""},
		{"one's own addresses", "[{action: Deny, destination: {nets: [10.0.0.0/8]}}]", "deny everyone partly", "", ""},
		{"all of one's own addresses", "[{action: Deny, destination: {nets: [0.0.0.0/0, '::/0']}}]", "deny everyone", "", ""},
		{"one's own service", "[{action: Allow, destination: {services: {name: api}}}]", "allow unclear", "", ""},
	} {
		spec := "  selector: has(app)\n  types: [Ingress]\n  ingress: " + c.rules
		local := Project(object(t, written("NetworkPolicy", "shop", "p", spec)))
		global := Project(object(t, written("GlobalNetworkPolicy", "", "p", spec)))
		if local.Policy.Invalid+global.Policy.Invalid != "" {
			t.Fatalf("%s: %s, %s", c.name, local.Policy.Invalid, global.Policy.Invalid)
		}
		if c.global == "" {
			c.global = c.local
		}
		if c.alone == "" {
			c.alone = c.global
		}
		if got := rules(&local.Policy.Sides[model.Ingress]); got != c.local {
			t.Errorf("%s, of a namespace:\n got %s\nwant %s", c.name, got, c.local)
		}
		if got := rules(&global.Policy.Sides[model.Ingress]); got != c.global {
			t.Errorf("%s, global:\n got %s\nwant %s", c.name, got, c.global)
		}
		if got := rules(&global.withoutSets[model.Ingress]); got != c.alone {
			t.Errorf("%s, without network sets:\n got %s\nwant %s", c.name, got, c.alone)
		}
	}
}

// The peer of egress is the destination.
func TestEgressRules(t *testing.T) {
	for rule, want := range map[string]string{
		"{action: Allow, destination: {selector: app == 'api'}}":                                             "allow [shop/api] outside:some",
		"{action: Allow, source: {selector: app == 'api'}}":                                                  "allow everyone partly",
		"{action: Allow, source: {selector: app == 'web'}, destination: {namespaceSelector: team == 'red'}}": "allow [bank/web bank/bare] outside:some",
		"{action: Deny, protocol: TCP, destination: {nets: [169.254.169.254/32], ports: [80]}}":              "deny outside:some partly",
		"{action: Allow, destination: {services: {name: kube-dns, namespace: kube-system}}}":                 "allow unclear",
	} {
		p := Project(object(t, written("NetworkPolicy", "shop", "p", "  selector: app == 'web'\n  egress: ["+rule+"]"))).Policy
		if got := rules(&p.Sides[model.Egress]); got != want || p.Invalid != "" {
			t.Errorf("%s: %s %s, want %s", rule, got, p.Invalid, want)
		}
	}
}
