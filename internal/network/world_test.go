package network_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// world is a random cluster, small enough to be asked about every pair of pods and full of what is rare in a real one.
type world struct {
	rng        *rand.Rand
	namespaces []*network.Namespace
	endpoints  []network.Endpoint
	unlabeled  map[*network.Namespace]bool
	policies   []*network.Policy
	// certain says that everything can be read.
	certain bool
	usual   bool
	// values are those of labels.
	values  []string
	engines []network.Engine
	tiers   []tier
	unions  map[network.Matcher][]network.Matcher
	locals  map[network.Matcher]local
	grouped [network.Calico + 1][]*oracleGroup
}

type tier struct {
	name   string
	order  float64
	passes bool
}

func newWorld(seed uint64) *world { return worldOf(seed, 5, 7, false) }

// worldOf makes a world of at most so many namespaces, with fewer than so many policies. A usual one has NetworkPolicies and few others,
// about few of the pods each, so that sets of peers are small.
func worldOf(seed uint64, namespaces, policies int, usual bool) *world {
	w := &world{usual: usual, values: []string{"a", "b"}, rng: rand.New(rand.NewPCG(seed, 7)), unlabeled: map[*network.Namespace]bool{}, unions: map[network.Matcher][]network.Matcher{}, locals: map[network.Matcher]local{}}
	w.certain = w.chance(60)
	if usual {
		w.values = strings.Split("abcdefghijklmnop", "")
	}
	w.engines = [][]network.Engine{
		{network.Kubernetes}, {network.Kubernetes}, {network.Kubernetes, network.Cilium}, {network.Kubernetes, network.Calico}, {network.Calico},
		{network.Kubernetes, network.Cilium, network.Calico},
	}[w.rng.IntN(6)]
	for i := range 1 + w.rng.IntN(namespaces) {
		ns := &network.Namespace{Name: model.Intern(fmt.Sprint("ns", i)), Known: w.certain || !w.chance(10)}
		if ns.Known {
			ns.Labels = w.labels("team", "env")
		}
		w.namespaces = append(w.namespaces, ns)
		for range w.rng.IntN(4) {
			e := network.Endpoint{Namespace: ns, Labels: w.labels("app", "tier"), ServiceAccount: model.Intern(w.pick("default", "sa"))}
			w.endpoints = append(w.endpoints, e)
		}
		if !w.certain && w.chance(5) {
			w.unlabeled[ns] = true
		}
	}
	for i, name := range []string{"security", network.DefaultTier, "late"} {
		order := []float64{500, network.DefaultTierOrder, 2e7}[i]
		if w.chance(20) {
			order = network.AdminTierOrder
		}
		w.tiers = append(w.tiers, tier{name: name, order: order, passes: i != 1 && w.chance(40)})
	}
	for i := range w.rng.IntN(policies) {
		w.policies = append(w.policies, w.policy(i))
	}
	return w
}

func (w *world) chance(percent int) bool { return w.rng.IntN(100) < percent }

func (w *world) pick(of ...string) string { return of[w.rng.IntN(len(of))] }

func (w *world) set(keys ...string) map[string]string {
	out := map[string]string{}
	for _, k := range keys {
		if w.chance(60) {
			out[k] = w.pick(w.values...)
		}
	}
	return out
}

func (w *world) labels(keys ...string) model.LabelSet { return model.NewLabelSet(w.set(keys...)) }

func (w *world) selector(keys ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	for _, k := range keys {
		switch w.rng.IntN(6) {
		case 0:
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: k, Operator: metav1.LabelSelectorOpExists})
		case 1:
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{
				Key: k, Operator: metav1.LabelSelectorOpNotIn, Values: []string{w.pick(w.values...)},
			})
		case 2, 3:
			metav1.AddLabelToSelector(s, k, w.pick(w.values...))
		}
	}
	return s
}

func (w *world) compiled(keys ...string) model.Selector {
	s, err := network.Compile(w.selector(keys...))
	if err != nil {
		panic(err)
	}
	return s
}

func (w *world) namespace() model.Sym {
	if w.chance(5) {
		return model.Intern("gone")
	}
	return w.namespaces[w.rng.IntN(len(w.namespaces))].Name
}

func (w *world) matcher() network.Matcher {
	if w.usual && w.chance(80) {
		if w.chance(50) {
			return w.podsOf(w.compiled("app"))
		}
		return w.peers()
	}
	switch w.rng.IntN(10) {
	case 9:
		return network.Nobody()
	case 0, 1:
		return w.podsOf(w.compiled("app", "tier"))
	case 2:
		return w.podsOf(model.Selector{})
	case 3:
		return network.InNamespaces(w.compiled("team", "env"), w.compiled("app"))
	case 4:
		return w.peers()
	case 5:
		return w.either(w.matcher(), w.matcher())
	case 6:
		return byAccount{[]string{w.pick("default", "sa")}}
	case 7:
		return network.Everyone()
	}
	return network.InNamespaces(w.compiled("team"), model.Selector{})
}

// either remembers what it is made of: one selector that certainly matches is enough, whatever nobody knows about the other.
func (w *world) either(of ...network.Matcher) network.Matcher {
	m := network.Any(of...)
	w.unions[m] = of
	return m
}

// members are the selectors that a matcher is made of.
func (w *world) members(m network.Matcher) (out []network.Matcher) {
	if _, incomparable := m.(byAccount); !incomparable && w.unions[m] != nil {
		for _, m := range w.unions[m] {
			out = append(out, w.members(m)...)
		}
		return out
	}
	return []network.Matcher{m}
}

func (w *world) peers() network.Matcher {
	namespaces := w.selector("team", "env")
	if w.chance(30) {
		namespaces = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
			Key: "kubernetes.io/metadata.name", Operator: metav1.LabelSelectorOpIn, Values: []string{model.Text(w.namespace()), model.Text(w.namespace())},
		}}}
	}
	pods := w.selector("app", "tier")
	if w.chance(30) {
		namespaces = nil
	} else if w.chance(30) {
		pods = nil
	}
	m, err := network.Peers(namespaces, pods)
	if err != nil {
		panic(err)
	}
	return m
}

// byAccount is a matcher of an engine's own: it has neither a key nor a scope, and cannot be compared.
type byAccount struct{ names []string }

func (m byAccount) Match(e *network.Endpoint) bool { return model.Text(e.ServiceAccount) == m.names[0] }
func (m byAccount) Only() (model.Sym, bool)        { return model.Sym{}, false }
func (m byAccount) Everything() bool               { return false }

func (w *world) policy(i int) *network.Policy {
	p := &network.Policy{
		Source: network.Source{Kind: "Policy", Namespace: w.pick("x", "y"), Name: fmt.Sprint(w.pick("a", "p", "z"), i)},
		Engine: w.engines[w.rng.IntN(len(w.engines))],
		Stage:  network.Stage(w.rng.IntN(3)), Order: float64(w.rng.IntN(3) * 500),
		Selects: w.matcher(),
	}
	if w.chance(30) || w.usual && w.chance(90) {
		p.Stage = network.Namespaced
	}
	switch p.Engine {
	case network.Calico:
		t := w.tiers[w.rng.IntN(len(w.tiers))]
		p.Tier, p.TierOrder, p.TierPasses = t.name, t.order, t.passes
	case network.Kubernetes:
		if p.Stage == network.Namespaced && (w.usual || w.chance(80)) {
			p.Selects = w.podsOf(w.compiled("app"))
		}
	}
	if !w.certain && (w.chance(2) || !w.usual && w.chance(10)) {
		p.Invalid = "cannot be read"
		if w.chance(30) {
			p.Selects = nil
		}
		return p
	}
	for d := range p.Sides {
		if w.chance(20) {
			continue
		}
		side := network.Side{Applies: w.chance(90), Isolates: w.chance(70)}
		for range w.rng.IntN(4) {
			side.Rules = append(side.Rules, w.rule(p))
		}
		p.Sides[d] = side
	}
	return p
}

func (w *world) rule(p *network.Policy) network.Rule {
	r := network.Rule{Action: network.Action(w.rng.IntN(3)), SomePorts: w.chance(20), Unclear: w.chance(5) && !w.usual}
	if p.Engine == network.Kubernetes && p.Stage == network.Namespaced || w.chance(40) {
		r.Action = network.Allow
	}
	kind := w.rng.IntN(5)
	if w.usual && w.chance(90) {
		kind = 4
	}
	switch kind {
	case 0:
		r.Everyone = w.chance(60)
		r.Outside = network.Reach(w.rng.IntN(3))
	case 1:
		r.Outside, r.Inside = network.Reach(w.rng.IntN(3)), network.Reach(w.rng.IntN(3))
	case 2:
		if w.chance(15) {
			r.Inside = network.Some
		}
		r.Outside = network.Reach(w.rng.IntN(3))
		fallthrough
	default:
		for range 1 + w.rng.IntN(2) {
			r.Pods = append(r.Pods, w.matcher())
		}
	}
	return r
}

// build hands the world to the model, in any order.
func (w *world) build() (*network.Model, []network.ID) {
	in := network.NewWorld(0)
	for _, i := range w.rng.Perm(len(w.namespaces)) {
		in.Namespace(*w.namespaces[i])
	}
	ids := make([]network.ID, len(w.endpoints))
	for _, i := range w.rng.Perm(len(w.endpoints)) {
		e := w.endpoints[i]
		e.Namespace = in.Namespace(*e.Namespace)
		ids[i] = in.Endpoint(e)
	}
	for ns := range w.unlabeled {
		in.Unlabeled(ns)
	}
	return network.Build(w.placed(), in), ids
}
