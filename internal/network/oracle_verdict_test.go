package network_test

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// isolation is the naive verdict: everyone is let through every pipeline or is not.
func (w *world) isolation(e *network.Endpoint, d model.Direction) check.Isolation {
	all := map[check.Isolation]bool{check.NotIsolated: true}
	for _, engine := range w.pipelines() {
		next := map[check.Isolation]bool{}
		for a := range all {
			for b := range w.isolationBy(engine, e, d) {
				next[stricter(a, b)] = true
			}
		}
		all = next
	}
	if len(all) != 1 {
		return check.IsolationUnknown
	}
	for v := range all {
		return v
	}
	return check.IsolationUnknown
}

// stricter: a pod is isolated when any engine isolates it, open when none does and one is open.
func stricter(a, b check.Isolation) check.Isolation {
	for _, v := range []check.Isolation{check.Isolated, check.IsolatedButOpen} {
		if a == v || b == v {
			return v
		}
	}
	return check.NotIsolated
}

func (w *world) isolationBy(engine network.Engine, e *network.Endpoint, d model.Direction) map[check.Isolation]bool {
	groups := w.groups(engine)
	pods := explore(3, func(c *choices) check.Isolation { return universal(c, engine, groups, e, d, everyPod) })
	if d == model.Ingress {
		return pods
	}
	// Who cannot reach pods and is free to reach everything else is not isolated.
	world := explore(3, func(c *choices) check.Isolation { return universal(c, engine, groups, e, d, everywhere) })
	out := map[check.Isolation]bool{}
	for a := range pods {
		for b := range world {
			v := a
			if a == check.Isolated && b == check.NotIsolated {
				v = check.NotIsolated
			}
			out[v] = true
		}
	}
	return out
}

// everyPod and everywhere say whether a rule is about all traffic with pods, or with what is outside.
func everyPod(r *network.Rule) bool {
	all := r.Everyone || r.Inside == network.All
	for _, m := range r.Pods {
		if _, only := m.Only(); m.Everything() && !only {
			all = true
		}
	}
	return all && !r.SomePorts && !r.Unclear
}

func everywhere(r *network.Rule) bool {
	return (r.Everyone || r.Outside == network.All) && !r.SomePorts && !r.Unclear
}

// universal asks about everyone.
func universal(c *choices, engine network.Engine, groups []*oracleGroup, e *network.Endpoint, d model.Direction, about func(*network.Rule) bool) check.Isolation {
group:
	for _, g := range groups {
		selected := false
		done := false
		for i, p := range g.policies {
			selects, unread := selection(p, e)
			if together(engine, p) {
				if !done {
					done = true
					v, decided, isolates := additively(c, engine, g.policies[i:], e, d, about, selected)
					if decided {
						return v
					}
					selected = selected || isolates
				}
				continue
			}
			applies, _, rules := sides(p, d)
			if unread {
				switch c.choose(5, question{policy: p}) {
				case 0:
				case 1:
					selected = true
				case 2:
					return check.Isolated
				case 3:
					return check.IsolatedButOpen
				case 4:
					continue group
				}
				continue
			}
			if !selects || !applies {
				continue
			}
			selected = true
			for k := range rules {
				if !about(&rules[k]) {
					continue
				}
				switch rules[k].Action {
				case network.Allow:
					return check.IsolatedButOpen
				case network.Deny:
					return check.Isolated
				}
				continue group
			}
		}
		if g.tier && !g.passes && selected {
			return check.Isolated
		}
	}
	return check.NotIsolated
}

// additively asks policies whose rules have no order.
func additively(c *choices, engine network.Engine, policies []*network.Policy, e *network.Endpoint, d model.Direction, about func(*network.Rule) bool, selected bool) (v check.Isolation, decided, isolated bool) {
	deny, allow := false, false
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
				if about(&rules[k]) {
					deny = deny || rules[k].Action == network.Deny
					allow = allow || rules[k].Action == network.Allow
				}
			}
		}
	}
	switch {
	case deny:
		return check.Isolated, true, true
	case allow && (isolated || selected):
		return check.IsolatedButOpen, true, true
	case allow:
		return check.NotIsolated, true, false
	}
	return check.NotIsolated, false, isolated
}
