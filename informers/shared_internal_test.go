package informers

import (
	"reflect"
	"runtime"
	"sync"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/netpolv1"
)

// specs are specifications of which each says something else, by as little as there can be between two.
func specs() []networkingv1.NetworkPolicySpec {
	web, empty := metav1.LabelSelector{MatchLabels: map[string]string{"app": "web", "tier": "front"}}, metav1.LabelSelector{}
	exists := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpExists}}}
	broken := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: "Near"}}}
	from := func(p networkingv1.NetworkPolicyPeer, ports ...networkingv1.NetworkPolicyPort) networkingv1.NetworkPolicySpec {
		return networkingv1.NetworkPolicySpec{PodSelector: web, Ingress: []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{p}, Ports: ports}}}
	}
	return []networkingv1.NetworkPolicySpec{
		{}, {PodSelector: web}, {PodSelector: exists}, {PodSelector: broken},
		{PolicyTypes: []networkingv1.PolicyType{"Egress"}}, {PolicyTypes: []networkingv1.PolicyType{"Ingress", "Egress"}},
		{Ingress: []networkingv1.NetworkPolicyIngressRule{{}}}, {Egress: []networkingv1.NetworkPolicyEgressRule{{}}},
		from(networkingv1.NetworkPolicyPeer{}), from(networkingv1.NetworkPolicyPeer{PodSelector: &web}),
		from(networkingv1.NetworkPolicyPeer{PodSelector: &web}, networkingv1.NetworkPolicyPort{Port: new(intstr.FromInt32(80))}),
		from(networkingv1.NetworkPolicyPeer{PodSelector: &empty}), from(networkingv1.NetworkPolicyPeer{NamespaceSelector: &empty}),
		from(networkingv1.NetworkPolicyPeer{NamespaceSelector: &web}), from(networkingv1.NetworkPolicyPeer{NamespaceSelector: &web, PodSelector: &web}),
		from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8"}}),
		from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8", Except: []string{"10.1.0.0/16"}}}),
	}
}

// TestSaid: policies that say the same are one, whichever namespace they are in; no two that differ are, and each says what it says alone.
func TestSaid(t *testing.T) {
	var s said
	var kept [][]network.Policy
	for i, spec := range specs() {
		one, again := s.policies(&spec), s.policies(spec.DeepCopy())
		if len(one) != 1 || &one[0] != &again[0] {
			t.Errorf("%d: the same specification is kept twice", i)
		}
		if want := netpolv1.Policy(&spec); !reflect.DeepEqual(one[0], want) {
			t.Errorf("%d: %+v, want %+v", i, one[0], want)
		}
		for k, other := range kept {
			if &other[0] == &one[0] {
				t.Errorf("%d and %d are taken for the same", i, k)
			}
		}
		kept = append(kept, one)
	}
	if len(s.by) != len(kept) {
		t.Errorf("%d are known, of %d", len(s.by), len(kept))
	}
	runtime.KeepAlive(kept)
}

// TestSaidForgets: what nothing says any more is not kept, and can be said again at any moment.
func TestSaidForgets(t *testing.T) {
	var s said
	all := specs()
	held := s.policies(&all[0])
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for i := range 200 {
				for k := range all {
					if got := s.policies(&all[k]); len(got) != 1 || got[0].Source.Kind != "NetworkPolicy" {
						t.Errorf("%+v", got)
					}
				}
				if i%50 == 0 {
					runtime.GC()
				}
			}
		})
	}
	done.Wait()
	known := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.by)
	}
	for deadline := time.Now().Add(10 * time.Second); known() > 1 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		runtime.GC()
	}
	if again := s.policies(&all[0]); known() != 1 || &again[0] != &held[0] {
		t.Errorf("%d are known, of which one is held", known())
	}
	runtime.KeepAlive(held)
}

// TestSharedPoliciesAreInTheirNamespaces: two objects with one text are two policies, each of its own namespace.
func TestSharedPoliciesAreInTheirNamespaces(t *testing.T) {
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	p := NewProjector(set, func(what string, why any) { t.Errorf("%s: %v", what, why) })
	w := network.NewWorld(2)
	var placed []network.Placed
	var ids []network.ID
	for _, name := range []string{"a", "b", "c"} {
		ns := w.Namespace(network.Namespace{Name: model.Intern(name), Known: true})
		ids = append(ids, w.Endpoint(network.Endpoint{Namespace: ns}))
		if name == "c" {
			continue
		}
		np := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: "deny"}}
		o := p.project(model.NetworkPolicies, np).(*network.Object)
		placed = append(placed, network.Placed{Policy: &o.Policies[0], Of: o})
	}
	if placed[0].Policy != placed[1].Policy {
		t.Error("one text is kept twice")
	}
	m := network.Build(placed, w)
	for i, want := range []check.Answer{check.Yes, check.Yes, check.No} {
		isolated, denied := m.Isolated(ids[i], model.Ingress), m.DefaultDeny(model.Intern([]string{"a", "b", "c"}[i]))[model.Ingress]
		if isolated != want || denied != want {
			t.Errorf("namespace %d: isolated %d, denied by default %d, want %d", i, isolated, denied, want)
		}
	}
	want := network.Source{Kind: "NetworkPolicy", Namespace: "b", Name: "deny"}
	if by := m.Explain(ids[1])[model.Ingress].Engines[0].By; by.Policy == nil || by.Named() != want {
		t.Errorf("%+v isolates, want %+v", by, want)
	}
}
