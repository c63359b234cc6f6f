package netpolv1_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/netpolv1"
)

type (
	spec    = networkingv1.NetworkPolicySpec
	ingress = networkingv1.NetworkPolicyIngressRule
	egress  = networkingv1.NetworkPolicyEgressRule
	peer    = networkingv1.NetworkPolicyPeer
	types   = []networkingv1.PolicyType
)

func selector(pairs ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	for i := 0; i < len(pairs); i += 2 {
		metav1.AddLabelToSelector(s, pairs[i], pairs[i+1])
	}
	return s
}

func block(cidr string, except ...string) peer {
	return peer{IPBlock: &networkingv1.IPBlock{CIDR: cidr, Except: except}}
}

var (
	port = []networkingv1.NetworkPolicyPort{{}}
	web  = *selector("app", "web")
	bad  = metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: "Near"}}}
)

// TestCases judges the pod app=web in namespace test under one policy.
func TestCases(t *testing.T) {
	const (
		none    = check.NotIsolated
		shut    = check.Isolated
		open    = check.IsolatedButOpen
		unknown = check.IsolationUnknown
		no, yes = check.No, check.Yes
		unsure  = check.Unknown
	)
	type answers = [model.DirectionCount]check.Answer
	type verdicts = [model.DirectionCount]check.Isolation
	from := func(p ...peer) spec { return spec{PodSelector: web, Ingress: []ingress{{From: p}}} }
	to := func(p ...peer) spec {
		return spec{PodSelector: web, PolicyTypes: types{"Egress"}, Egress: []egress{{To: p}}}
	}
	for _, c := range []struct {
		name    string
		spec    spec
		want    verdicts
		deny    answers
		selects check.Answer
	}{
		{"deny-all podSelector {}", spec{PolicyTypes: types{"Ingress", "Egress"}}, verdicts{shut, shut}, answers{yes, yes}, yes},
		{"matchLabels {} is every pod", spec{PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{}}}, verdicts{shut, none}, answers{yes, no}, yes},
		{"policyTypes unset without egress", spec{PodSelector: web}, verdicts{shut, none}, answers{no, no}, yes},
		{"policyTypes unset with egress", spec{PodSelector: web, Egress: []egress{{To: []peer{{PodSelector: &web}}}}}, verdicts{shut, shut}, answers{no, no}, yes},
		{"policyTypes [Egress] does not isolate ingress", spec{PolicyTypes: types{"Egress"}}, verdicts{none, shut}, answers{no, yes}, yes},
		{"rules of a direction that is not named do not count", spec{PolicyTypes: types{"Egress"}, Ingress: []ingress{{}}}, verdicts{none, shut}, answers{no, yes}, yes},
		{"ingress: [{}]", spec{Ingress: []ingress{{}}}, verdicts{open, none}, answers{no, no}, yes},
		{"ingress: [{}] with a port", spec{Ingress: []ingress{{Ports: port}}}, verdicts{shut, none}, answers{no, no}, yes},
		{"egress: [{}]", to(), verdicts{none, open}, answers{no, no}, yes},
		{"empty namespaceSelector", from(peer{NamespaceSelector: selector()}), verdicts{open, none}, answers{no, no}, yes},
		{"empty namespaceSelector and podSelector", to(peer{NamespaceSelector: selector(), PodSelector: selector()}), verdicts{none, open}, answers{no, no}, yes},
		{"empty namespaceSelector, podSelector", from(peer{NamespaceSelector: selector(), PodSelector: &web}), verdicts{shut, none}, answers{no, no}, yes},
		{"empty podSelector is the own namespace", from(peer{PodSelector: selector()}), verdicts{shut, none}, answers{no, no}, yes},
		{"0.0.0.0/0", from(block("0.0.0.0/0")), verdicts{open, none}, answers{no, no}, yes},
		{"::/0 next to another peer", to(peer{PodSelector: &web}, block("::/0")), verdicts{none, open}, answers{no, no}, yes},
		{"0.0.0.0/0 with an exception", from(block("0.0.0.0/0", "10.0.0.0/8")), verdicts{shut, none}, answers{no, no}, yes},
		{"0.0.0.0/1", from(block("0.0.0.0/1")), verdicts{shut, none}, answers{no, no}, yes},
		{"policy selecting nothing", spec{PodSelector: *selector("app", "gone")}, verdicts{none, none}, answers{no, no}, no},
		{"NotIn matches a pod without the label", spec{PodSelector: metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: "tier", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"db"}}}}}, verdicts{shut, none}, answers{no, no}, yes},
		{"selector that nobody understands", spec{PodSelector: bad}, verdicts{unknown, unknown}, answers{unsure, unsure}, unsure},
		{"peer that nobody understands", from(peer{PodSelector: &bad}), verdicts{unknown, unknown}, answers{no, no}, unsure},
		{"peer without anything", from(peer{}), verdicts{unknown, unknown}, answers{no, no}, unsure},
		{"peer with an address and a selector", to(peer{PodSelector: &web, IPBlock: &networkingv1.IPBlock{CIDR: "::/0"}}), verdicts{unknown, unknown}, answers{no, no}, unsure},
		{"address that is none", from(block("10.0.0.0")), verdicts{unknown, unknown}, answers{no, no}, unsure},
		{"exception that is none", from(block("10.0.0.0/8", "ten")), verdicts{unknown, unknown}, answers{no, no}, unsure},
	} {
		t.Run(c.name, func(t *testing.T) {
			np := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "test", Name: "policy"}, Spec: c.spec}
			before := np.DeepCopy()
			p := placed(np)
			if diff := cmp.Diff(before, np); diff != "" {
				t.Errorf("the object was changed: %s", diff)
			}
			w := network.NewWorld(1)
			ns := w.Namespace(network.Namespace{Name: model.Intern("test"), Known: true})
			id := w.Endpoint(network.Endpoint{Namespace: ns, Labels: model.NewLabelSet(map[string]string{"app": "web"})})
			m := network.Build([]network.Placed{p}, w)
			if got := m.Isolation(id); got != c.want {
				t.Errorf("verdict %v, want %v", got, c.want)
			}
			if got := m.DefaultDeny(ns.Name); got != c.deny {
				t.Errorf("default deny %v, want %v", got, c.deny)
			}
			if got := m.Selects(0); got != c.selects {
				t.Errorf("selects %v, want %v", got, c.selects)
			}
		})
	}
}

// TestInvalidSaysWhere: the message is for whoever wrote the policy.
func TestInvalidSaysWhere(t *testing.T) {
	for _, c := range []struct {
		spec spec
		want []string
	}{
		{spec{PodSelector: bad}, []string{"spec.podSelector", "Near"}},
		{spec{Ingress: []ingress{{}, {From: []peer{{PodSelector: &web}, {NamespaceSelector: &bad}}}}}, []string{"spec.ingress[1].from[1]", "namespaces", "Near"}},
		{spec{Egress: []egress{{To: []peer{block("10.0.0.0/8", "x/1")}}}}, []string{"spec.egress[0].to[0]", "except[0]", "x/1", "address/bits"}},
		{spec{Ingress: []ingress{{From: []peer{{}}}}}, []string{"spec.ingress[0].from[0]", "names nobody"}},
	} {
		p := netpolv1.Policy(&c.spec)
		for _, want := range c.want {
			if !strings.Contains(p.Invalid, want) {
				t.Errorf("%q does not mention %q", p.Invalid, want)
			}
		}
	}
}

func TestSource(t *testing.T) {
	p := placed(&networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "test", Name: "policy"}})
	if diff := cmp.Diff(network.Source{Kind: "NetworkPolicy", Namespace: "test", Name: "policy"}, p.Named()); diff != "" {
		t.Error(diff)
	}
	if p.Neighbors == nil || !p.Neighbors.Everything() || p.Selects != nil || p.Engine != network.Kubernetes || p.Stage != network.Namespaced {
		t.Errorf("%+v", p)
	}
}
