package network

import (
	"cmp"
	"slices"
	"strings"
)

// How Calico ranks what is not its own: the tiers that it makes of the cluster-scoped kinds, the tier that NetworkPolicies are in and
// their place there. Adapters use these for a tier that they do not find.
const (
	AdminTierOrder     = 1_000
	DefaultTier        = "default"
	DefaultTierOrder   = 1_000_000
	BaselineTierOrder  = 10_000_000
	networkPolicyOrder = 1_000
	networkPolicyName  = "knp.default."
)

// pipeline is the way of traffic through one engine: groups of policies, one after the other.
type pipeline struct {
	engine Engine
	groups []group
}

// group is a stage, or a tier of Calico's.
type group struct {
	name  string
	order float64
	// ordered groups are asked rule by rule; in others the policies are additive.
	ordered bool
	// tier groups deny at their end what they have not decided, unless they pass.
	tier, passes bool
	// stage is what Kubernetes' own policies in the group are.
	stage Stage
	// own says that the stage's policies of every engine are in the group.
	own bool
}

// pipelines returns one pipeline for each engine that has a policy. Kubernetes' own policies are in all of them, and have one of their
// own when there is no other.
func pipelines(policies []Placed) []pipeline {
	var has [Calico + 1]bool
	for _, p := range policies {
		has[p.Engine] = true
	}
	var out []pipeline
	if has[Cilium] {
		out = append(out, pipeline{engine: Cilium, groups: stages()})
	}
	if has[Calico] {
		out = append(out, pipeline{engine: Calico, groups: tiers(policies)})
	}
	if len(out) == 0 {
		out = append(out, pipeline{engine: Kubernetes, groups: stages()})
	}
	return out
}

func stages() []group {
	return []group{
		Admin:      {name: "Admin", ordered: true, stage: Admin, own: true},
		Namespaced: {name: "Namespaced", tier: true, stage: Namespaced, own: true},
		Baseline:   {name: "Baseline", ordered: true, stage: Baseline, own: true},
	}
}

// tiers lists Calico's groups: its tiers, and Kubernetes' stages at the places that Calico gives them. A policy's stage does not matter
// in a tier; policies that disagree about their tier's order are all asked at its lowest, and one that does not pass makes it deny.
func tiers(policies []Placed) []group {
	out := []group{
		{name: "kube-admin", order: AdminTierOrder, ordered: true, stage: Admin, own: true},
		{name: "kube-baseline", order: BaselineTierOrder, ordered: true, stage: Baseline, own: true},
	}
	at := map[string]int{}
	for _, p := range policies {
		if p.Engine != Calico {
			continue
		}
		name := tierName(p.Policy)
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, group{name: name, order: p.TierOrder, ordered: true, tier: true, passes: p.TierPasses})
		}
		out[i].order = min(out[i].order, p.TierOrder)
		out[i].passes = out[i].passes && p.TierPasses
	}
	if i, ok := at[DefaultTier]; ok {
		out[i].stage, out[i].own = Namespaced, true
	} else {
		out = append(out, group{name: DefaultTier, order: DefaultTierOrder, ordered: true, tier: true, stage: Namespaced, own: true})
	}
	slices.SortFunc(out, func(a, b group) int {
		// A stage of Kubernetes before a tier of the same order and name.
		return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.name, b.name), cmp.Compare(rank(a.tier), rank(b.tier)))
	})
	return out
}

func rank(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func tierName(p *Policy) string {
	if p.Tier == "" {
		return DefaultTier
	}
	return p.Tier
}

// group returns the place of a policy among the pipeline's groups, and false when it is not in the pipeline.
func (l *pipeline) group(p *Policy) (int, bool) {
	if p.Engine != Kubernetes && p.Engine != l.engine {
		return 0, false
	}
	if l.engine != Calico {
		return int(min(p.Stage, Baseline)), true
	}
	for i := range l.groups {
		g := &l.groups[i]
		if p.Engine == Calico && g.tier && g.name == tierName(p) || p.Engine == Kubernetes && g.own && g.stage == p.Stage {
			return i, true
		}
	}
	return 0, false
}

// additive says whether the policy's rules are asked together with those of other policies, and not in their order.
func (l *pipeline) additive(p *Policy) bool {
	return p.Stage == Namespaced && (l.engine != Calico || p.Engine == Kubernetes)
}

// compare orders two policies of one group.
func (l *pipeline) compare(a, b Placed) int {
	x, y := l.additive(a.Policy), l.additive(b.Policy)
	switch {
	case x && y:
		return 0
	case x:
		return cmp.Or(cmp.Compare(networkPolicyOrder, b.Order), strings.Compare(networkPolicyName, b.Named().Name), -1)
	case y:
		return cmp.Or(cmp.Compare(a.Order, networkPolicyOrder), strings.Compare(a.Named().Name, networkPolicyName), 1)
	}
	if order := cmp.Compare(a.Order, b.Order); order != 0 {
		return order
	}
	left, right := a.Named(), b.Named()
	return cmp.Or(strings.Compare(left.Name, right.Name), strings.Compare(left.Namespace, right.Namespace), strings.Compare(left.Kind, right.Kind))
}
