package clusterpolicy_test

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/clusterpolicy"
	"github.com/kube-posture/kube-posture-exporter/internal/network/netpolv1"
)

const (
	cnp  = "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n"
	anp  = "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n"
	banp = "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\n"

	everything = "{subject: {namespaces: {}}"
)

func read(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	json, err := yaml.ToJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var u unstructured.Unstructured
	if err := u.UnmarshalJSON(json); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &u
}

func named(head, name, spec string) string {
	return head + "metadata: {name: " + name + "}\nspec: " + spec
}

// denied is a NetworkPolicy that denies everything to every pod of a namespace.
func denied(namespace string) network.Placed {
	p := netpolv1.Policy(&networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}})
	return network.Placed{Policy: &p, Of: &network.Object{Namespaced: model.Namespaced{Meta: model.NewMeta(namespace, "deny")}}}
}

// TestCases are the cases that people get wrong, in a cluster with a pod in each of the namespaces shop and bank.
func TestCases(t *testing.T) {
	t.Parallel()
	const not, isolated, open, unknown = check.NotIsolated, check.Isolated, check.IsolatedButOpen, check.IsolationUnknown
	verdicts := func(ingress, egress check.Isolation) [2]check.Isolation { return [2]check.Isolation{ingress, egress} }
	tests := []struct {
		name     string
		policies []string
		// denied says that a NetworkPolicy denies everything in shop.
		denied     bool
		shop, bank [2]check.Isolation
		// deny is whether there is a default deny for both namespaces.
		deny [2]check.Answer
	}{
		{
			name: "nothing",
			shop: verdicts(not, not), bank: verdicts(not, not), deny: [2]check.Answer{check.No, check.No},
		},
		{
			name: "BANP deny-all protects every namespace",
			policies: []string{named(banp, "default", everything+`,
				ingress: [{action: Deny, from: [{namespaces: {}}]}],
				egress: [{action: Deny, to: [{networks: [0.0.0.0/0, "::/0"]}]}]}`)},
			shop: verdicts(isolated, isolated), bank: verdicts(isolated, isolated), deny: [2]check.Answer{check.Yes, check.Yes},
		},
		{
			name: "Baseline deny-all of one tenant",
			policies: []string{named(cnp, "tenant", `{tier: Baseline, priority: 1, subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}},
				ingress: [{action: Deny, from: [{namespaces: {}}]}]}`)},
			shop: verdicts(isolated, not), bank: verdicts(not, not), deny: [2]check.Answer{check.No, check.No},
		},
		{
			name: "a NetworkPolicy overrides Baseline",
			policies: []string{named(cnp, "base", everything+`, tier: Baseline, priority: 0,
				ingress: [{action: Accept, from: [{namespaces: {}}]}]}`)},
			denied: true,
			shop:   verdicts(isolated, isolated), bank: verdicts(open, not), deny: [2]check.Answer{check.No, check.No},
		},
		{
			name: "Admin Accept opens a denied pod",
			policies: []string{named(cnp, "open", everything+`, tier: Admin, priority: 0,
				ingress: [{action: Accept, from: [{namespaces: {}}]}]}`)},
			denied: true,
			shop:   verdicts(open, isolated), bank: verdicts(open, not), deny: [2]check.Answer{check.No, check.No},
		},
		{
			name: "AdminNetworkPolicy Allow opens a denied pod",
			policies: []string{named(anp, "open", everything+`, priority: 7,
				ingress: [{action: Allow, from: [{pods: {namespaceSelector: {}, podSelector: {}}}]}]}`)},
			denied: true,
			shop:   verdicts(open, isolated), bank: verdicts(open, not), deny: [2]check.Answer{check.No, check.No},
		},
		{
			name: "Admin Accept on one port leaves a denied pod isolated",
			policies: []string{named(cnp, "dns", everything+`, tier: Admin, priority: 0, ingress: [
				{action: Accept, from: [{namespaces: {}}], protocols: [{udp: {destinationPort: {number: 53}}}]}]}`)},
			denied: true,
			shop:   verdicts(isolated, isolated), bank: verdicts(not, not), deny: [2]check.Answer{check.No, check.No},
		},
		{
			name: "CNP without ingress rules does not affect ingress",
			policies: []string{named(cnp, "egress", everything+`, tier: Admin, priority: 0, ingress: [],
				egress: [{action: Deny, to: [{networks: ["0.0.0.0/0", "::/0"]}]}]}`)},
			shop: verdicts(not, isolated), bank: verdicts(not, isolated), deny: [2]check.Answer{check.No, check.Yes},
		},
		{
			name:     "CNP without any rules affects nothing",
			policies: []string{named(cnp, "none", everything+`, tier: Admin, priority: 0}`)},
			shop:     verdicts(not, not), bank: verdicts(not, not), deny: [2]check.Answer{check.No, check.No},
		},
		{
			name: "egress that is denied to pods only is not isolated",
			policies: []string{named(cnp, "pods", everything+`, tier: Admin, priority: 0,
				egress: [{action: Deny, to: [{namespaces: {}}]}]}`)},
			shop: verdicts(not, not), bank: verdicts(not, not), deny: [2]check.Answer{check.No, check.No},
		},
		{
			name: "the lower priority value is asked first",
			policies: []string{
				named(cnp, "a", everything+`, tier: Admin, priority: 20, ingress: [{action: Accept, from: [{namespaces: {}}]}]}`),
				named(cnp, "b", everything+`, tier: Admin, priority: 3, ingress: [{action: Deny, from: [{namespaces: {}}]}]}`),
			},
			shop: verdicts(isolated, not), bank: verdicts(isolated, not), deny: [2]check.Answer{check.Yes, check.No},
		},
		{
			name: "Pass skips the rest of Admin, not Baseline",
			policies: []string{
				named(cnp, "a", everything+`, tier: Admin, priority: 1, ingress: [{action: Pass, from: [{namespaces: {}}]}]}`),
				named(cnp, "b", everything+`, tier: Admin, priority: 2, ingress: [{action: Accept, from: [{namespaces: {}}]}]}`),
				named(cnp, "c", everything+`, tier: Baseline, priority: 0, ingress: [{action: Deny, from: [{namespaces: {}}]}]}`),
			},
			shop: verdicts(isolated, not), bank: verdicts(isolated, not), deny: [2]check.Answer{check.Yes, check.No},
		},
		{
			name: "the old default comes after Baseline policies with a priority",
			policies: []string{
				named(banp, "default", everything+`, ingress: [{action: Deny, from: [{namespaces: {}}]}]}`),
				named(cnp, "z", everything+`, tier: Baseline, priority: 1000, ingress: [{action: Accept, from: [{namespaces: {}}]}]}`),
			},
			shop: verdicts(open, not), bank: verdicts(open, not), deny: [2]check.Answer{check.No, check.No},
		},
		{
			name: "a rule that cannot be read makes the subject's pods unknown, and nobody else",
			policies: []string{named(anp, "old", `{priority: 5, subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}},
				ingress: [{action: Deny, from: [{namespaces: {sameLabels: [team]}}]}]}`)},
			shop: verdicts(unknown, unknown), bank: verdicts(not, not), deny: [2]check.Answer{check.No, check.No},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var policies []network.Placed
			for _, text := range tt.policies {
				p := clusterpolicy.Policy(read(t, text))
				policies = append(policies, network.Placed{Policy: &p})
			}
			if tt.denied {
				policies = append(policies, denied("shop"))
			}
			w := network.NewWorld(2)
			id := func(name string) network.ID {
				labels := model.NewLabelSet(map[string]string{"kubernetes.io/metadata.name": name})
				return w.Endpoint(network.Endpoint{Namespace: w.Namespace(network.Namespace{Name: model.Intern(name), Labels: labels, Known: true})})
			}
			shop, bank := id("shop"), id("bank")
			m := network.Build(policies, w)
			if got := m.Isolation(shop); got != tt.shop {
				t.Errorf("shop: %v, want %v", got, tt.shop)
			}
			if got := m.Isolation(bank); got != tt.bank {
				t.Errorf("bank: %v, want %v", got, tt.bank)
			}
			if got := m.DefaultDeny(model.Intern("bank")); got != tt.deny {
				t.Errorf("default deny of bank: %v, want %v", got, tt.deny)
			}
		})
	}
}
