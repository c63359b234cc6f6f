package network_test

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// defaultDeny is the naive answer to whether something denies to every pod of a namespace what nobody has thought of.
func (w *world) defaultDeny(ns *network.Namespace, d model.Direction) check.Answer {
	all := map[bool]bool{false: true}
	for _, engine := range w.pipelines() {
		groups := w.groups(engine)
		pods := explore(2, func(c *choices) bool { return denies(c, engine, groups, ns, d, everyPod) })
		if d == model.Egress {
			pods = combine(pods, explore(2, func(c *choices) bool { return denies(c, engine, groups, ns, d, everywhere) }), func(a, b bool) bool { return a && b })
		}
		all = combine(all, pods, func(a, b bool) bool { return a || b })
	}
	if len(all) != 1 {
		return check.Unknown
	}
	return check.Known(all[true])
}

func combine(a, b map[bool]bool, f func(a, b bool) bool) map[bool]bool {
	out := map[bool]bool{}
	for x := range a {
		for y := range b {
			out[f(x, y)] = true
		}
	}
	return out
}

// whole says whether the policy selects every pod of the namespace, also those to come.
func whole(p *network.Policy, ns *network.Namespace) (selects, unread bool) {
	if p.Selects == nil {
		return false, true
	}
	reach, sure := network.ScopeOf(p.Selects, ns)
	switch {
	case !sure:
		return false, true
	case reach != network.All:
		return false, false
	default:
		return p.Invalid == "", p.Invalid != ""
	}
}

func denies(c *choices, engine network.Engine, groups []*oracleGroup, ns *network.Namespace, d model.Direction, about func(*network.Rule) bool) bool {
group:
	for _, g := range groups {
		bare := false
		// A NetworkPolicy that denies everyone does so before any other of its stage.
		for _, p := range g.policies {
			selects, unread := whole(p, ns)
			if together(engine, p) {
				if unread && c.choose(2, question{policy: p}) == 1 {
					return true
				}
				applies, isolates, rules := sides(p, d)
				if !selects || !applies {
					continue
				}
				bare = bare || isolates && !allowsAnything(rules)
				for k := range rules {
					if about(&rules[k]) && rules[k].Action == network.Deny {
						return true
					}
				}
				continue
			}
			if unread {
				switch c.choose(4, question{policy: p}) {
				case 0:
					return true
				case 1:
					return false
				case 2:
					continue group
				}
				continue
			}
			applies, _, rules := sides(p, d)
			if !selects || !applies {
				continue
			}
			settled := false
			for k := range rules {
				if !about(&rules[k]) {
					continue
				}
				switch rules[k].Action {
				case network.Allow:
					return false
				case network.Deny:
					return true
				}
				continue group
			}
			bare = bare || !settled && !allowsAnything(rules)
		}
		if g.tier && !g.passes && bare {
			return true
		}
	}
	return false
}

func allowsAnything(rules []network.Rule) bool {
	for _, r := range rules {
		if r.Action == network.Allow {
			return true
		}
	}
	return false
}

// selects is the naive answer to whether a policy selects any endpoint.
func (w *world) selects(k int) check.Answer {
	p := w.policies[k]
	out := check.No
	for i := range w.endpoints {
		switch selects, unread := selection(p, &w.endpoints[i]); {
		case selects:
			return check.Yes
		case unread:
			out = check.Unknown
		}
	}
	for ns := range w.unlabeled {
		if p.Selects == nil {
			out = check.Unknown
		} else if reach, sure := network.ScopeOf(p.Selects, ns); !sure || reach != network.None {
			out = check.Unknown
		}
	}
	return out
}
