package network_test

import (
	"slices"
	"sort"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// The oracle asks policy by policy, rule by rule and pod by pod, as the doc comments of Policy say, and tries out everything that a
// policy which nobody can read might do.

// oracleGroup is a stage or a tier.
type oracleGroup struct {
	name         string
	order        float64
	tier, passes bool
	policies     []*network.Policy
}

// engines lists which pipelines there are.
func (w *world) pipelines() (out []network.Engine) {
	for _, engine := range []network.Engine{network.Cilium, network.Calico} {
		if slices.ContainsFunc(w.policies, func(p *network.Policy) bool { return p.Engine == engine }) {
			out = append(out, engine)
		}
	}
	if len(out) == 0 {
		out = append(out, network.Kubernetes)
	}
	return out
}

// groups lists a pipeline's stages or tiers, in their order, and their policies in theirs.
func (w *world) groups(engine network.Engine) []*oracleGroup {
	if w.grouped[engine] == nil {
		w.grouped[engine] = w.group(engine)
	}
	return w.grouped[engine]
}

func (w *world) group(engine network.Engine) []*oracleGroup {
	admin, namespaced, baseline := &oracleGroup{}, &oracleGroup{tier: true}, &oracleGroup{}
	groups := []*oracleGroup{admin, namespaced, baseline}
	if engine == network.Calico {
		admin.order, admin.name = 1000, "kube-admin"
		baseline.order, baseline.name = 10_000_000, "kube-baseline"
		namespaced.order, namespaced.name = 1_000_000, "default"
	}
	for _, p := range w.policies {
		switch {
		case p.Engine == network.Calico && engine == network.Calico:
			i := slices.IndexFunc(groups, func(g *oracleGroup) bool { return g.tier && g.name == p.Tier })
			if i < 0 {
				i = len(groups)
				groups = append(groups, &oracleGroup{name: p.Tier, tier: true})
			}
			groups[i].order, groups[i].passes = p.TierOrder, p.TierPasses
			groups[i].policies = append(groups[i].policies, p)
		case p.Engine == engine || p.Engine == network.Kubernetes:
			g := groups[p.Stage]
			g.policies = append(g.policies, p)
		}
	}
	if engine == network.Calico {
		sort.SliceStable(groups, func(i, j int) bool {
			a, b := groups[i], groups[j]
			return a.order < b.order || a.order == b.order && a.name < b.name
		})
	}
	for _, g := range groups {
		sort.SliceStable(g.policies, func(i, j int) bool {
			a, b := g.policies[i], g.policies[j]
			x, y := rankOf(engine, a), rankOf(engine, b)
			return x < y || x == y && nameOf(engine, a) < nameOf(engine, b)
		})
	}
	return groups
}

func rankOf(engine network.Engine, p *network.Policy) float64 {
	if engine == network.Calico && p.Engine == network.Kubernetes && p.Stage == network.Namespaced {
		return 1000
	}
	return p.Order
}

func nameOf(engine network.Engine, p *network.Policy) string {
	if engine == network.Calico && p.Engine == network.Kubernetes && p.Stage == network.Namespaced {
		return "knp.default."
	}
	return p.Source.Name
}

// together says whether the policy is one of those whose rules have no order.
func together(engine network.Engine, p *network.Policy) bool {
	return p.Stage == network.Namespaced && (engine != network.Calico || p.Engine == network.Kubernetes)
}

// selection says whether the policy selects the endpoint and can be read, or may do anything.
func selection(p *network.Policy, e *network.Endpoint) (selects, unread bool) {
	if p.Selects == nil {
		return false, true
	}
	reach, sure := network.ScopeOf(p.Selects, e.Namespace)
	switch {
	case !sure:
		return false, true
	case reach == network.None || !p.Selects.Match(e):
		return false, false
	default:
		return p.Invalid == "", p.Invalid != ""
	}
}

// choices goes through every combination of what nobody knows.
type choices struct {
	taken, of []int
	at        int
	known     map[question]int
	runs      int
}

// question is what is chosen: what a policy does, or whether a rule's selector matches.
type question struct {
	policy   *network.Policy
	rule     *network.Rule
	selector int
}

// choose returns one of n possibilities; the same for the same question until the next run.
func (c *choices) choose(n int, q question) int {
	if i, ok := c.known[q]; ok {
		return i
	}
	if c.at == len(c.taken) {
		c.taken, c.of = append(c.taken, 0), append(c.of, n)
	}
	i := c.taken[c.at]
	c.at++
	if c.known == nil {
		c.known = map[question]int{}
	}
	c.known[q] = i
	return i
}

// tooMany says that there are more possibilities than anybody can try.
type tooMany struct{}

// explore returns what f says in every run. It stops when f has said everything that it can say.
func explore[T comparable](most int, f func(*choices) T) map[T]bool {
	out := map[T]bool{}
	c := &choices{}
	for {
		c.at, c.known = 0, nil
		out[f(c)] = true
		last := len(c.taken) - 1
		for last >= 0 && c.taken[last]+1 == c.of[last] {
			last--
		}
		if last < 0 || len(out) == most {
			return out
		}
		c.taken[last]++
		c.taken, c.of = c.taken[:last+1], c.of[:last+1]
		if c.runs++; c.runs > 50_000 {
			panic(tooMany{})
		}
	}
}

// narrow says that the policy can only isolate and allow.
func narrow(p *network.Policy) bool { return p.Engine == network.Kubernetes }

func sides(p *network.Policy, d model.Direction) (applies, isolates bool, rules []network.Rule) {
	s := p.Sides[d]
	if !s.Applies && !s.Isolates {
		return false, false, nil
	}
	return true, s.Isolates, s.Rules
}
