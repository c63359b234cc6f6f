package network_test

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// other is the far end of a connection: a pod, a pod of a namespace that nobody can read, or, with neither, an address outside.
type other struct {
	pod       *network.Endpoint
	unlabeled *network.Namespace
}

// matches says how much of the traffic with the peer the rule matches. What depends on labels that nobody knows is chosen.
func (w *world) matches(c *choices, r *network.Rule, o other) (whole, part bool) {
	if r.Unclear {
		return false, true
	}
	reach := r.Inside
	if o == (other{}) {
		reach = r.Outside
	}
	whole = r.Everyone || reach == network.All
	part = reach == network.Some
	var members []network.Matcher
	for _, m := range r.Pods {
		members = append(members, w.members(m)...)
	}
	for i, m := range members {
		switch {
		case o.pod != nil:
			if _, sure := network.ScopeOf(m, o.pod.Namespace); !sure {
				whole = whole || c.choose(2, question{rule: r, selector: i}) == 1
			} else {
				whole = whole || m.Match(o.pod)
			}
		case o.unlabeled != nil:
			switch all, sure := network.ScopeOf(m, o.unlabeled); {
			case sure && all == network.All:
				whole = true
			case !sure || all == network.Some:
				whole = whole || c.choose(2, question{rule: r, selector: i}) == 1
			}
		}
	}
	if r.SomePorts {
		return false, whole || part
	}
	return whole, part && !whole
}

// lets says whether the policies of e let traffic through, in one pipeline from the given group and policy on.
func (w *world) lets(c *choices, engine network.Engine, groups []*oracleGroup, e *network.Endpoint, d model.Direction, o other) bool {
	if len(groups) == 0 {
		return true
	}
	g := groups[0]
	next := func() bool { return w.lets(c, engine, groups[1:], e, d, o) }
	selected := false
	// The end of a tier denies to an endpoint that a policy of it selects, wherever in the tier.
	var from func(i int) bool
	from = func(i int) bool {
		if i == len(g.policies) {
			return (!g.tier || g.passes || !selected) && next()
		}
		p := g.policies[i]
		selects, unread := selection(p, e)
		applies, isolates, rules := sides(p, d)
		if together(engine, p) {
			if i > 0 && together(engine, g.policies[i-1]) {
				return from(i + 1)
			}
			deny, allow, isolates := w.additive(c, engine, g.policies[i:], e, d, o)
			selected = selected || isolates
			return !deny && (allow || from(i+1))
		}
		if unread {
			switch c.choose(5, question{policy: p}) {
			case 1:
				selected = true
			case 2:
				return false
			case 3:
				return true
			case 4:
				return next()
			}
			return from(i + 1)
		}
		if !selects || !applies {
			return from(i + 1)
		}
		selected = selected || applies || isolates
		maybe := false
		for k := range rules {
			whole, part := w.matches(c, &rules[k], o)
			switch {
			case rules[k].Action == network.Allow && (whole || part):
				return true
			case rules[k].Action == network.Deny && whole:
				return maybe
			case rules[k].Action == network.Pass && whole:
				return maybe || next()
			case rules[k].Action == network.Pass && part:
				maybe = maybe || next()
			}
		}
		return from(i+1) || maybe
	}
	return from(0)
}

func (w *world) additive(c *choices, engine network.Engine, policies []*network.Policy, e *network.Endpoint, d model.Direction, o other) (deny, allow, isolated bool) {
	for _, p := range policies {
		if !together(engine, p) {
			continue
		}
		selects, unread := selection(p, e)
		switch {
		case unread && narrow(p):
			did := c.choose(3, question{policy: p})
			isolated, allow = isolated || did > 0, allow || did > 1
		case unread:
			did := c.choose(8, question{policy: p})
			deny, isolated, allow = deny || did&1 != 0, isolated || did&2 != 0, allow || did&4 != 0
		case selects:
			_, isolates, rules := sides(p, d)
			isolated = isolated || isolates
			for k := range rules {
				whole, part := w.matches(c, &rules[k], o)
				deny = deny || rules[k].Action == network.Deny && whole
				allow = allow || rules[k].Action == network.Allow && (whole || part)
			}
		}
	}
	return deny, allow, isolated
}

// through says whether traffic may pass every pipeline at one end, certainly or possibly.
func (w *world) through(e *network.Endpoint, d model.Direction, o other) (sure, maybe bool) {
	sure, maybe = true, true
	for _, engine := range w.pipelines() {
		groups := w.groups(engine)
		all := explore(2, func(c *choices) bool { return w.lets(c, engine, groups, e, d, o) })
		sure, maybe = sure && !all[false], maybe && all[true]
	}
	return sure, maybe
}

// connects says whether the source may open a connection to the target. Nobody knows what a pod that cannot be read does.
func (w *world) connects(source, target other) (sure, maybe bool) {
	sure, maybe = true, true
	if source.pod != nil {
		s, m := w.through(source.pod, model.Egress, target)
		sure, maybe = sure && s, maybe && m
	}
	if target.pod != nil {
		s, m := w.through(target.pod, model.Ingress, source)
		sure, maybe = sure && s, maybe && m
	}
	known := source.unlabeled == nil && target.unlabeled == nil
	return sure && known, maybe
}

// reach counts the other namespaces that reach the namespace, and says whether the outside does.
func (w *world) reach(ns *network.Namespace) (sure, maybe int, outside check.Answer) {
	outside = check.No
	for _, from := range w.namespaces {
		if from == ns {
			continue
		}
		certainly, possibly := false, false
		for _, s := range w.others(from) {
			for _, t := range w.others(ns) {
				a, b := w.connects(s, t)
				certainly, possibly = certainly || a, possibly || b
			}
		}
		if certainly {
			sure++
		}
		if possibly {
			maybe++
		}
	}
	for _, t := range w.others(ns) {
		switch a, b := w.connects(other{}, t); {
		case a:
			outside = check.Yes
		case b && outside == check.No:
			outside = check.Unknown
		}
	}
	return sure, maybe, outside
}

func (w *world) others(ns *network.Namespace) (out []other) {
	for i := range w.endpoints {
		if w.endpoints[i].Namespace == ns {
			out = append(out, other{pod: &w.endpoints[i]})
		}
	}
	if w.unlabeled[ns] {
		out = append(out, other{unlabeled: ns})
	}
	return out
}
