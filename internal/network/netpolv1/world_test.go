package netpolv1_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/netpolv1"
)

type namespace struct {
	name   string
	labels labels.Set
}

type pod struct {
	namespace *namespace
	labels    labels.Set
}

// world is a random cluster of real objects.
type world struct {
	rng        *rand.Rand
	namespaces []*namespace
	pods       []*pod
	policies   []*networkingv1.NetworkPolicy
	broken     bool
}

// blocks are addresses with the answers that a person gives: whether they are all there are, and whether pods may have one of them.
var blocks = []struct {
	networkingv1.IPBlock
	everyone, pods bool
}{
	{networkingv1.IPBlock{CIDR: "0.0.0.0/0"}, true, true},
	{networkingv1.IPBlock{CIDR: "::/0"}, true, true},
	{networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8"}}, false, true},
	{networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12", "100.64.0.0/10"}}, false, false},
	{networkingv1.IPBlock{CIDR: "203.0.113.0/24"}, false, false},
	{networkingv1.IPBlock{CIDR: "10.20.0.0/16"}, false, true},
	{networkingv1.IPBlock{CIDR: "10.20.0.1/32"}, false, false},
}

func (w *world) blockOf(b *networkingv1.IPBlock) (answers struct{ everyone, pods bool }) {
	for i := range blocks {
		if blocks[i].CIDR == b.CIDR && slices.Equal(blocks[i].Except, b.Except) {
			answers.everyone, answers.pods = blocks[i].everyone, blocks[i].pods
		}
	}
	return answers
}

func newWorld(seed uint64) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 11))}
	w.broken = w.chance(20)
	for i := range 1 + w.rng.IntN(4) {
		ns := &namespace{name: fmt.Sprint("ns", i), labels: w.set("team")}
		ns.labels["kubernetes.io/metadata.name"] = ns.name
		w.namespaces = append(w.namespaces, ns)
		for range w.rng.IntN(4) {
			w.pods = append(w.pods, &pod{ns, w.set("app", "tier")})
		}
	}
	for i := range w.rng.IntN(8) {
		np := &networkingv1.NetworkPolicy{}
		np.Name, np.Namespace = fmt.Sprint("policy", i), w.namespace()
		np.Spec.PodSelector = *w.selector("app", "tier")
		np.Spec.PolicyTypes = [][]networkingv1.PolicyType{nil, nil, {"Ingress"}, {"Egress"}, {"Ingress", "Egress"}}[w.rng.IntN(5)]
		for range w.rng.IntN(3) {
			np.Spec.Ingress = append(np.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: w.peers(), Ports: w.ports()})
		}
		for range w.rng.IntN(3) {
			np.Spec.Egress = append(np.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: w.peers(), Ports: w.ports()})
		}
		w.policies = append(w.policies, np)
	}
	return w
}

func (w *world) chance(percent int) bool { return w.rng.IntN(100) < percent }

func (w *world) namespace() string { return w.namespaces[w.rng.IntN(len(w.namespaces))].name }

func (w *world) set(keys ...string) labels.Set {
	out := labels.Set{}
	for _, k := range keys {
		if w.chance(70) {
			out[k] = []string{"a", "b"}[w.rng.IntN(2)]
		}
	}
	return out
}

func (w *world) selector(keys ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	if w.chance(30) {
		return s
	}
	for _, k := range keys {
		values := []string{"a", "b"}[:1+w.rng.IntN(2)]
		switch w.rng.IntN(6) {
		case 0:
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: k, Operator: metav1.LabelSelectorOpExists})
		case 1:
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: k, Operator: metav1.LabelSelectorOpNotIn, Values: values})
		case 2:
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: k, Operator: metav1.LabelSelectorOpIn, Values: values})
		case 3:
			metav1.AddLabelToSelector(s, k, values[len(values)-1])
		}
	}
	if w.broken && w.chance(10) {
		s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: keys[0], Operator: "Near"})
	}
	return s
}

func (w *world) ports() []networkingv1.NetworkPolicyPort {
	return make([]networkingv1.NetworkPolicyPort, max(0, w.rng.IntN(3)-1))
}

func (w *world) peers() (out []networkingv1.NetworkPolicyPeer) {
	for range w.rng.IntN(3) {
		var p networkingv1.NetworkPolicyPeer
		switch w.rng.IntN(5) {
		case 0:
			p.IPBlock = blocks[w.rng.IntN(len(blocks))].IPBlock.DeepCopy()
		case 1:
			p.PodSelector = w.selector("app", "tier")
		case 2:
			p.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": w.namespace()}}
		case 3:
			p.NamespaceSelector = w.selector("team")
		default:
			p.NamespaceSelector, p.PodSelector = w.selector("team"), w.selector("app", "tier")
		}
		if w.broken && w.chance(3) {
			p = networkingv1.NetworkPolicyPeer{}
		}
		out = append(out, p)
	}
	return out
}

func (w *world) build() (*network.Model, []network.ID) {
	in := network.NewWorld(0)
	var policies []network.Placed
	for _, np := range w.policies {
		policies = append(policies, placed(np))
	}
	for _, ns := range w.namespaces {
		in.Namespace(network.Namespace{Name: model.Intern(ns.name), Labels: model.NewLabelSet(ns.labels), Known: true})
	}
	var ids []network.ID
	for _, p := range w.pods {
		ns := in.Namespace(network.Namespace{Name: model.Intern(p.namespace.name)})
		ids = append(ids, in.Endpoint(network.Endpoint{Namespace: ns, Labels: model.NewLabelSet(p.labels)}))
	}
	return network.Build(policies, in), ids
}

// placed is the policy as a store holds it.
func placed(np *networkingv1.NetworkPolicy) network.Placed {
	o := &network.Object{
		Namespaced: model.Namespaced{Meta: model.NewMeta(np.Namespace, np.Name)}, Policies: []network.Policy{netpolv1.Policy(&np.Spec)},
	}
	return network.Placed{Policy: &o.Policies[0], Of: o}
}

func (w *world) String() string {
	out, err := json.MarshalIndent(w.policies, "", " ")
	if err != nil {
		return err.Error()
	}
	for i, p := range w.pods {
		out = fmt.Appendf(out, "pod %d in %s (%v) has %v\n", i, p.namespace.name, p.namespace.labels, p.labels)
	}
	return string(out)
}

// TestAgainstOracle compares every answer about 10,000 random clusters of real objects with what the API's documentation says.
func TestAgainstOracle(t *testing.T) {
	const seed, worlds = 31_337, 10_000
	t.Logf("seed %d", seed)
	verdicts, counts := map[check.Isolation]int{}, map[string]int{}
	for i := range worlds {
		w := newWorld(seed + uint64(i))
		m, ids := w.build()
		for k, id := range ids {
			got := m.Isolation(id)
			for d := range model.DirectionCount {
				want := w.isolation(w.pods[k], d)
				if verdicts[want]++; got[d] != want {
					t.Fatalf("world %d: pod %d %s: %d, want %d\n%s", i, k, d, got[d], want, w)
				}
			}
		}
		for k, np := range w.policies {
			if got, want := m.Selects(k), w.selects(np); got != want {
				t.Fatalf("world %d: policy %d selects: %d, want %d\n%s", i, k, got, want, w)
			}
		}
		reached := m.Reach()
		for _, ns := range w.namespaces {
			name := model.Intern(ns.name)
			for d := range model.DirectionCount {
				if got, want := m.DefaultDeny(name)[d], w.defaultDeny(ns, d); got != want {
					t.Fatalf("world %d: default deny of %s %s: %d, want %d\n%s", i, ns.name, d, got, want, w)
				}
			}
			sure, maybe, outside := w.reach(ns)
			n, known := reached.From(name)
			if known != (sure == maybe) || known && n != sure || reached.FromOutside(name) != outside {
				t.Fatalf("world %d: %s is reached from %d (%t), outside %d; want %d to %d, %d\n%s", i, ns.name, n, known, reached.FromOutside(name), sure, maybe, outside, w)
			}
			if !known {
				counts["unknown"]++
			} else if n > 0 {
				counts["some"]++
			} else {
				counts["none"]++
			}
		}
	}
	t.Logf("verdicts %v, reach %v", verdicts, counts)
	if len(verdicts) < 4 || len(counts) < 3 {
		t.Error("the test says little")
	}
}
