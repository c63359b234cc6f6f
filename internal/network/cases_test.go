package network_test

import (
	"math"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

type (
	verdicts = [model.DirectionCount]check.Isolation
	answers  = [model.DirectionCount]check.Answer
)

// policy is one that says the same about both directions, about every pod.
func policy(stage network.Stage, isolates bool, rules ...network.Rule) *network.Policy {
	p := &network.Policy{Stage: stage, Selects: network.Everyone()}
	for d := range p.Sides {
		p.Sides[d] = network.Side{Applies: true, Isolates: isolates, Rules: rules}
	}
	return p
}

func of(p *network.Policy, change func(*network.Policy)) *network.Policy {
	change(p)
	return p
}

func tiered(name string, order float64, passes bool, p *network.Policy) *network.Policy {
	p.Engine, p.Tier, p.TierOrder, p.TierPasses = network.Calico, name, order, passes
	return p
}

func both(v check.Isolation) verdicts { return verdicts{v, v} }
func same(a check.Answer) answers     { return answers{a, a} }

var (
	everyone    = network.Rule{Everyone: true}
	nobody      = network.Rule{Action: network.Deny, Everyone: true}
	pass        = network.Rule{Action: network.Pass, Everyone: true}
	everyPodNot = network.Rule{Action: network.Deny, Pods: []network.Matcher{network.Everyone()}}
	cidr        = network.Rule{Outside: network.Some}
)

// TestCases are the semantics, one sentence each, for one pod in namespace test.
func TestCases(t *testing.T) {
	cilium := func(p *network.Policy) { p.Engine = network.Cilium }
	unread := func(p *network.Policy) { p.Invalid = "cannot be read" }
	elsewhere := func(p *network.Policy) { p.Selects = network.Pods(model.Intern("other"), model.Selector{}) }
	ports := func(r network.Rule) network.Rule { r.SomePorts = true; return r }
	unclear := func(r network.Rule) network.Rule { r.Unclear = true; return r }
	for _, c := range []struct {
		name     string
		policies []*network.Policy
		want     verdicts
		deny     answers
	}{
		{"no policy", nil, both(check.NotIsolated), same(check.No)},
		{"policy of another namespace", []*network.Policy{of(policy(network.Namespaced, true), elsewhere)}, both(check.NotIsolated), same(check.No)},
		{"default deny", []*network.Policy{policy(network.Namespaced, true)}, both(check.Isolated), same(check.Yes)},
		{"default deny and an open policy", []*network.Policy{policy(network.Namespaced, true), policy(network.Namespaced, true, everyone)},
			both(check.IsolatedButOpen), same(check.Yes)},
		{"a policy that allows some addresses is no default deny", []*network.Policy{policy(network.Namespaced, true, cidr)}, both(check.Isolated), same(check.No)},
		{"everyone on some ports is not open", []*network.Policy{policy(network.Namespaced, true, ports(everyone))}, both(check.Isolated), same(check.No)},
		{"everyone that nobody can tell is not open", []*network.Policy{policy(network.Namespaced, true, unclear(everyone))}, both(check.Isolated), same(check.No)},
		{"all addresses outside are not everyone", []*network.Policy{policy(network.Namespaced, true, network.Rule{Outside: network.All})}, both(check.Isolated), same(check.No)},

		{"Cilium: enableDefaultDeny false", []*network.Policy{of(policy(network.Namespaced, false, cidr), cilium)}, both(check.NotIsolated), same(check.No)},
		{"Cilium: allowed without being isolated", []*network.Policy{of(policy(network.Namespaced, false, everyone), cilium), policy(network.Baseline, false, nobody)},
			both(check.NotIsolated), same(check.Yes)},
		{"Cilium: a deny of everyone wins", []*network.Policy{of(policy(network.Namespaced, false, everyone, nobody), cilium)}, both(check.Isolated), same(check.Yes)},
		{"Cilium opens what a NetworkPolicy isolates", []*network.Policy{policy(network.Namespaced, true), of(policy(network.Namespaced, false, everyone), cilium)},
			both(check.IsolatedButOpen), same(check.Yes)},

		{"BANP deny-all", []*network.Policy{policy(network.Baseline, false, nobody)}, both(check.Isolated), same(check.Yes)},
		{"BANP that denies every pod leaves the way out", []*network.Policy{policy(network.Baseline, false, everyPodNot)},
			verdicts{check.Isolated, check.NotIsolated}, answers{check.Yes, check.No}},
		{"Baseline is not asked about a pod that is isolated", []*network.Policy{policy(network.Namespaced, true, cidr), policy(network.Baseline, false, everyone)},
			both(check.Isolated), same(check.No)},
		{"Baseline is asked about a pod that is not", []*network.Policy{policy(network.Baseline, false, everyone)}, both(check.IsolatedButOpen), same(check.No)},
		{"Baseline that denies some ports", []*network.Policy{policy(network.Baseline, false, ports(nobody))}, both(check.NotIsolated), same(check.No)},

		{"Admin opens what is denied", []*network.Policy{policy(network.Admin, false, everyone), policy(network.Namespaced, true)}, both(check.IsolatedButOpen), same(check.No)},
		{"Admin denies what is open", []*network.Policy{policy(network.Admin, false, nobody), policy(network.Namespaced, true, everyone)}, both(check.Isolated), same(check.Yes)},
		{"Admin passes", []*network.Policy{policy(network.Admin, false, pass, nobody), policy(network.Namespaced, true)}, both(check.Isolated), same(check.Yes)},
		{"Admin passes to an open policy", []*network.Policy{policy(network.Admin, false, pass, nobody), policy(network.Namespaced, true, everyone)}, both(check.IsolatedButOpen), same(check.No)},
		{"Admin rules for some do not settle it", []*network.Policy{policy(network.Admin, false, cidr, ports(everyone), unclear(nobody)), policy(network.Namespaced, true)},
			both(check.Isolated), same(check.Yes)},
		{"Admin by order", []*network.Policy{of(policy(network.Admin, false, everyone), func(p *network.Policy) { p.Order = 2 }),
			of(policy(network.Admin, false, nobody), func(p *network.Policy) { p.Order = 1 })}, both(check.Isolated), same(check.Yes)},

		{"Calico: the end of a tier denies", []*network.Policy{tiered("default", 1e6, false, policy(network.Namespaced, true, cidr))}, both(check.Isolated), same(check.No)},
		{"Calico: a policy without rules is a default deny", []*network.Policy{tiered("default", 1e6, false, policy(network.Namespaced, true))}, both(check.Isolated), same(check.Yes)},
		{"Calico: the end of a tier that passes", []*network.Policy{tiered("a", 1, true, policy(network.Namespaced, true))}, both(check.NotIsolated), same(check.No)},
		{"Calico: Pass goes to the next tier", []*network.Policy{tiered("a", 1, false, policy(network.Namespaced, true, pass)), tiered("b", 2, false, policy(network.Namespaced, true))},
			both(check.Isolated), same(check.Yes)},
		{"Calico: an early tier opens what a NetworkPolicy isolates", []*network.Policy{tiered("a", 1, false, policy(network.Namespaced, true, everyone)), policy(network.Namespaced, true)},
			both(check.IsolatedButOpen), same(check.No)},
		{"Calico: the default tier's policies are asked before NetworkPolicies when their order is lower", []*network.Policy{
			tiered("default", 1e6, false, of(policy(network.Namespaced, true, nobody), func(p *network.Policy) { p.Order = 999 })), policy(network.Namespaced, true, everyone)},
			both(check.Isolated), same(check.Yes)},
		{"Calico: and after them when it is higher", []*network.Policy{
			tiered("default", 1e6, false, of(policy(network.Namespaced, true, nobody), func(p *network.Policy) { p.Order = 1001 })), policy(network.Namespaced, true, everyone)},
			both(check.IsolatedButOpen), same(check.Yes)},
		{"Calico asks Admin policies after tiers of a lower order", []*network.Policy{tiered("a", 999, false, policy(network.Namespaced, true)), policy(network.Admin, false, everyone)},
			both(check.Isolated), same(check.Yes)},
		{"Calico asks Admin policies before tiers of a higher order", []*network.Policy{tiered("b", 1001, false, policy(network.Namespaced, true)), policy(network.Admin, false, everyone)},
			both(check.IsolatedButOpen), same(check.No)},
		{"Calico asks a Baseline last", []*network.Policy{tiered("a", 1, true, policy(network.Namespaced, true)), policy(network.Baseline, false, nobody)},
			both(check.Isolated), same(check.Yes)},

		{"Calico: policies that disagree about their tier", []*network.Policy{tiered("a", 1, true, policy(network.Namespaced, true, cidr)), tiered("a", 5, false, policy(network.Namespaced, true)),
			tiered("b", 3, false, policy(network.Namespaced, true, everyone))}, both(check.Isolated), same(check.Yes)},
		{"Calico: a policy without a tier is in the default one", []*network.Policy{tiered("", 1e6, false, of(policy(network.Namespaced, true, nobody), func(p *network.Policy) { p.Order = 999 })),
			policy(network.Namespaced, true, everyone)}, both(check.Isolated), same(check.Yes)},
		{"two engines: one that isolates is enough", []*network.Policy{of(policy(network.Namespaced, true), cilium), tiered("a", 1, false, policy(network.Namespaced, true, everyone))},
			both(check.Isolated), same(check.Yes)},
		{"two engines: one is open", []*network.Policy{of(policy(network.Namespaced, false), cilium), tiered("a", 1, false, policy(network.Namespaced, true, everyone))},
			both(check.IsolatedButOpen), same(check.No)},

		{"invalid policy alone", []*network.Policy{of(policy(network.Namespaced, true), unread)}, both(check.IsolationUnknown), same(check.Unknown)},
		{"invalid NetworkPolicy cannot close what is open", []*network.Policy{of(policy(network.Namespaced, true), unread), policy(network.Namespaced, true, everyone)},
			both(check.IsolatedButOpen), same(check.Unknown)},
		{"invalid NetworkPolicy may open what is isolated", []*network.Policy{of(policy(network.Namespaced, true), unread), policy(network.Namespaced, true)},
			both(check.IsolationUnknown), same(check.Yes)},
		{"invalid Cilium policy may deny what is open", []*network.Policy{of(of(policy(network.Namespaced, true), unread), cilium), policy(network.Namespaced, true, everyone)},
			both(check.IsolationUnknown), same(check.Unknown)},
		{"invalid policy behind an Admin deny", []*network.Policy{of(policy(network.Namespaced, true), unread), policy(network.Admin, false, nobody)}, both(check.Isolated), same(check.Yes)},
		{"invalid Admin policy may do anything", []*network.Policy{of(policy(network.Admin, false), unread), policy(network.Namespaced, true)}, both(check.IsolationUnknown), same(check.Unknown)},
		{"a kind that cannot be listed", []*network.Policy{of(policy(network.Namespaced, true), func(p *network.Policy) {
			*p = network.Policy{Engine: network.Calico, TierOrder: math.Inf(-1), Order: math.Inf(-1), Invalid: "may not be listed"}
		})}, both(check.IsolationUnknown), same(check.Unknown)},
		{"invalid policy of another namespace", []*network.Policy{of(of(policy(network.Namespaced, true), elsewhere), unread)}, both(check.NotIsolated), same(check.No)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := network.NewWorld(1)
			ns := w.Namespace(network.Namespace{Name: model.Intern("test"), Known: true})
			id := w.Endpoint(network.Endpoint{Namespace: ns})
			m := network.Build(network.Alone(c.policies...), w)
			if got := m.Isolation(id); got != c.want {
				t.Errorf("verdict %v, want %v", got, c.want)
			}
			if got := m.DefaultDeny(ns.Name); got != c.deny {
				t.Errorf("default deny %v, want %v", got, c.deny)
			}
		})
	}
}

// TestIsolatedAndOpenApart: a policy that nobody can read leaves one of the two questions open, and not the other.
func TestIsolatedAndOpenApart(t *testing.T) {
	unread := policy(network.Namespaced, true)
	unread.Invalid = "cannot be read"
	w := network.NewWorld(1)
	id := w.Endpoint(network.Endpoint{Namespace: w.Namespace(network.Namespace{Name: model.Intern("test"), Known: true})})
	m := network.Build(network.Alone(unread, policy(network.Namespaced, true)), w)
	if isolated, open := m.Isolated(id, model.Ingress), m.Open(id, model.Ingress); isolated != check.Yes || open != check.Unknown {
		t.Errorf("isolated %d, open %d", isolated, open)
	}
}

// TestNobodysNeighbors: a policy of which nobody knows where it stands is about no pod, and denies nothing anywhere.
func TestNobodysNeighbors(t *testing.T) {
	w := network.NewWorld(1)
	ns := w.Namespace(network.Namespace{Name: model.Intern("test"), Known: true})
	id := w.Endpoint(network.Endpoint{Namespace: ns})
	p := policy(network.Namespaced, true)
	p.Selects, p.Neighbors = nil, new(model.Selector)
	m := network.Build(network.Alone(p), w)
	if m.Isolation(id) != both(check.NotIsolated) || m.DefaultDeny(ns.Name) != same(check.No) || m.Selects(0) != check.No {
		t.Errorf("isolation %v, default deny %v, selects %v", m.Isolation(id), m.DefaultDeny(ns.Name), m.Selects(0))
	}
}

// TestNobodyKnows: a namespace that is not in the world has no answers.
func TestNobodyKnows(t *testing.T) {
	m := network.Build(nil, network.NewWorld(0))
	gone := model.Intern("gone")
	if got := m.DefaultDeny(gone); got != same(check.Unknown) {
		t.Errorf("default deny %v", got)
	}
	r := m.Reach()
	if n, ok := r.From(gone); ok || r.FromOutside(gone) != check.Unknown {
		t.Errorf("reached from %d %t", n, ok)
	}
}

// TestWorld: a namespace is one however often it is added, and who knows its labels wins.
func TestWorld(t *testing.T) {
	w := network.NewWorld(0)
	name := model.Intern("test")
	first := w.Namespace(network.Namespace{Name: name})
	labels := model.NewLabelSet(map[string]string{"team": "x"})
	if again := w.Namespace(network.Namespace{Name: name, Labels: labels, Known: true}); again != first || !first.Known || first.Labels != labels {
		t.Errorf("%+v is not %+v", again, first)
	}
	if again := w.Namespace(network.Namespace{Name: name}); again != first || !first.Known {
		t.Errorf("%+v has been forgotten", again)
	}
	e := network.Endpoint{Namespace: first, Labels: labels}
	id := w.Endpoint(e)
	if other := w.Endpoint(network.Endpoint{Namespace: first}); other == id || w.Endpoint(e) != id || w.Len() != 2 {
		t.Errorf("%d and %d of %d", id, other, w.Len())
	}
	if n := testing.AllocsPerRun(100, func() { w.Endpoint(e) }); n != 0 {
		t.Errorf("%v allocations for an endpoint that is there", n)
	}
}
