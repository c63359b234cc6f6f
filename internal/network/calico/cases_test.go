package calico

import (
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

const (
	everyoneElse = "  order: 1000\n  selector: all()\n  types: [Ingress, Egress]"
	// system keeps the namespaces of the cluster out, as most default denies do.
	system = "  namespaceSelector: has(projectcalico.org/name) && projectcalico.org/name not in {'bank', 'kube-system'}\n  types: [Ingress, Egress]"
)

// TestCases are the named cases: what the field's tools get wrong, and what tiers and order change. The pods are shop/web, shop/api,
// bank/web, bank/bare and vault/db.
func TestCases(t *testing.T) {
	tier := func(name, spec string) string { return written("Tier", "", name, spec) }
	for _, c := range []struct{ name, manifests, ingress, egress string }{
		{
			"a Kubernetes NetworkPolicy is not Calico's, though their plurals clash",
			"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {}}",
			"free free free free free", "free free free free free",
		},
		{
			"and Calico's is not a Kubernetes NetworkPolicy",
			written("NetworkPolicy", "shop", "p", "  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Egress]"),
			"isolated isolated free free free", "free free free free free",
		},
		{
			"staged policies do nothing",
			written("StagedNetworkPolicy", "shop", "p", "  selector: all()") + "\n---\n" + written("StagedGlobalNetworkPolicy", "", "p", "  selector: all()") +
				"\n---\n" + written("StagedKubernetesNetworkPolicy", "bank", "p", "  podSelector: {}"),
			"free free free free free", "free free free free free",
		},
		{"deny all of a namespace", written("NetworkPolicy", "bank", "p", "  types: [Ingress]"), "free free isolated isolated free", "free free free free free"},
		{"types unset with egress", written("NetworkPolicy", "bank", "p", "  egress: [{action: Deny}]"), "free free free free free", "free free isolated isolated free"},
		{"a rule that allows all", written("NetworkPolicy", "bank", "p", "  ingress: [{action: Allow}]"), "free free open open free", "free free free free free"},
		{"a default deny of most namespaces", written("GlobalNetworkPolicy", "", "p", system), "isolated isolated free free isolated", "isolated isolated free free isolated"},
		{"a policy for hosts", written("GlobalNetworkPolicy", "", "p", "  doNotTrack: true\n  applyOnForward: true\n"+everyoneElse), "free free free free free", "free free free free free"},
		{
			"applyOnForward is for pods too", written("GlobalNetworkPolicy", "", "p", "  applyOnForward: true\n"+everyoneElse),
			"isolated isolated isolated isolated isolated", "isolated isolated isolated isolated isolated",
		},
		{
			"the lower order is asked first",
			written("GlobalNetworkPolicy", "", "z", "  order: 1\n  selector: app == 'web'\n  ingress: [{action: Allow}]") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "a", everyoneElse),
			"open isolated open isolated isolated", "isolated isolated isolated isolated isolated",
		},
		{
			"the higher order comes too late",
			written("GlobalNetworkPolicy", "", "a", "  order: 5000\n  selector: app == 'web'\n  ingress: [{action: Allow}]") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "z", "  order: 10\n  ingress: [{action: Deny}]"),
			"isolated isolated isolated isolated isolated", "free free free free free",
		},
		{
			"no order is last, equal ones by name",
			written("GlobalNetworkPolicy", "", "b", "  ingress: [{action: Deny}]") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "a", "  selector: app == 'web'\n  ingress: [{action: Allow}]") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "c", "  selector: app == 'api'\n  ingress: [{action: Allow}]") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "d", "  order: 1e12\n  selector: app == 'db'\n  ingress: [{action: Allow}]"),
			"open isolated open isolated open", "free free free free free",
		},
		{
			"an earlier tier decides", tier("platform", "  order: 100") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "platform.p", "  tier: platform\n  selector: app == 'web'\n  ingress: [{action: Allow}]") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "p", "  order: 1\n  ingress: [{action: Deny}]"),
			"open isolated open isolated isolated", "free free free free free",
		},
		{
			"Pass leaves the tier", tier("platform", "  order: 100") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "platform.p", "  tier: platform\n  selector: app == 'web'\n  ingress: [{action: Pass}, {action: Deny}]") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "p", "  selector: projectcalico.org/namespace == 'shop'\n  ingress: [{action: Allow}]"),
			"open open free free free", "free free free free free",
		},
		{
			"the end of a tier denies", tier("platform", "  order: 100") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "platform.p", "  tier: platform\n  selector: app == 'web'\n  ingress: [{action: Log}]") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "p", "  ingress: [{action: Allow}]"),
			"isolated open isolated open open", "free free free free free",
		},
		{
			"unless it passes", tier("platform", "  order: 100\n  defaultAction: Pass") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "platform.p", "  tier: platform\n  selector: app == 'web'\n  ingress: [{action: Log}]"),
			"free free free free free", "free free free free free",
		},
		{
			"a tier without an order is behind the default tier", tier("late", "  {}") + "\n---\n" +
				written("GlobalNetworkPolicy", "", "late.p", "  tier: late\n  ingress: [{action: Deny}]") + "\n---\n" +
				written("NetworkPolicy", "shop", "p", "  ingress: [{action: Allow}]"),
			"open open isolated isolated isolated", "free free free free free",
		},
		{
			"a selector that cannot be parsed makes unknown whom it could concern, and nothing else",
			written("NetworkPolicy", "shop", "p", "  selector: app = 'web'") + "\n---\n" + written("NetworkPolicy", "bank", "p", "  selector: app == 'web'"),
			"unknown unknown isolated free free", "unknown unknown free free free",
		},
		{
			"a tier that is gone", written("GlobalNetworkPolicy", "", "gone.p", "  tier: gone\n  selector: app == 'web'\n  ingress: [{action: Allow}]"),
			"unknown free unknown free free", "unknown free unknown free free",
		},
	} {
		policies := Policies(objects(t, c.manifests))
		if got := verdicts(policies, model.Ingress); got != c.ingress {
			t.Errorf("%s: ingress %s, want %s", c.name, got, c.ingress)
		}
		if got := verdicts(policies, model.Egress); got != c.egress {
			t.Errorf("%s: egress %s, want %s", c.name, got, c.egress)
		}
	}
}

// Watching both groups must not count a policy twice, and must not change a verdict.
func TestBothGroupsAreOneView(t *testing.T) {
	v3 := written("NetworkPolicy", "bank", "p", "  selector: app == 'web'") + "\n---\n" +
		written("GlobalNetworkPolicy", "", "platform.p", "  tier: platform\n  ingress: [{action: Pass}]") + "\n---\n" + written("Tier", "", "platform", "  order: 100")
	v1 := strings.ReplaceAll(strings.ReplaceAll(v3, "projectcalico.org/v3", "crd.projectcalico.org/v1"), "name: p\n", "name: default.p\n")
	for name, manifests := range map[string]string{"v3": v3, "v1": v1, "both": v1 + "\n---\n" + v3, "both, turned": v3 + "\n---\n" + v1} {
		policies := Policies(objects(t, manifests))
		if len(policies) != 2 {
			t.Errorf("%s: %d policies, want 2", name, len(policies))
		}
		if got := verdicts(policies, model.Ingress); got != "free free isolated free free" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestDefaultDeny(t *testing.T) {
	for _, c := range []struct{ name, manifests, want string }{
		{"of a namespace", written("NetworkPolicy", "shop", "p", "  selector: all()"), "shop"},
		{"of some pods only", written("NetworkPolicy", "shop", "p", "  selector: has(app)"), ""},
		{"that allows", written("NetworkPolicy", "shop", "p", "  ingress: [{action: Allow, source: {selector: has(app)}}]"), ""},
		{"that denies by a rule", written("NetworkPolicy", "shop", "p", "  ingress: [{action: Deny}]"), "shop"},
		{"everywhere", written("GlobalNetworkPolicy", "", "p", everyoneElse), "shop bank vault"},
		{"of most namespaces", written("GlobalNetworkPolicy", "", "p", system), "shop vault"},
		{"of a label of namespaces", written("GlobalNetworkPolicy", "", "p", "  namespaceSelector: has(team)"), "shop bank"},
		{"in a tier that passes", written("Tier", "", "t", "  defaultAction: Pass") + "\n---\n" + written("GlobalNetworkPolicy", "", "t.p", "  tier: t"), ""},
	} {
		m, _ := judged(Policies(objects(t, c.manifests)))
		var got []string
		for _, ns := range []string{"shop", "bank", "vault"} {
			if m.DefaultDeny(model.Intern(ns))[model.Ingress] == check.Yes {
				got = append(got, ns)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestPolicySelectingNothing(t *testing.T) {
	policies := Policies(objects(t, written("NetworkPolicy", "shop", "a", "  selector: app == 'wbe'")+"\n---\n"+
		written("GlobalNetworkPolicy", "", "b", "  selector: app == 'db'")+"\n---\n"+written("NetworkPolicy", "nowhere", "c", "  {}")))
	m, _ := judged(policies)
	for i, want := range []check.Answer{check.No, check.Yes, check.No} {
		if got := m.Selects(i); got != want {
			t.Errorf("%s selects: %d, want %d", policies[i].Source.Name, got, want)
		}
	}
}
