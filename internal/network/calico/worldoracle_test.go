package calico

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// The oracle reads the objects as Calico's documentation does: pod by pod, tier by tier, policy by policy, rule by rule. What a rule asks
// for that nobody can tell, or of only a part of the traffic, is a part.

type degree int

const (
	none degree = iota
	part
	full
)

// atoms are one address of each kind that the blocks of the vocabulary tell apart.
var atoms = []string{"10.0.0.1", "10.1.0.1", "192.168.0.1", "203.0.113.5", "203.0.113.9", "198.51.100.1", "192.0.2.1", "2001:db8::1", "fd00::1"}

func (e *wEntity) hasNets() bool { return len(e.nets)+len(e.notNets) > 0 }

// meets says whether an address is one that the entity's nets mean.
func (e *wEntity) meets(address string) bool {
	in := func(block string) bool { return netip.MustParsePrefix(block).Contains(netip.MustParseAddr(address)) }
	return (len(e.nets) == 0 || slices.ContainsFunc(e.nets, in)) && !slices.ContainsFunc(e.notNets, in)
}

// anyAddress says whether the nets mean everybody: to an Allow, all addresses of a family that they name.
func (e *wEntity) anyAddress(action string) bool {
	if !e.hasNets() {
		return true
	}
	whole := map[bool]bool{true: true, false: true}
	for _, a := range atoms {
		four := netip.MustParseAddr(a).Is4()
		whole[four] = whole[four] && e.meets(a)
	}
	return whole[true] && whole[false] || action == "Allow" && len(e.nets) > 0 && (whole[true] || whole[false])
}

func (e *wEntity) meansPods() bool {
	return slices.ContainsFunc(atoms, func(a string) bool { return netip.MustParseAddr(a).IsPrivate() && e.meets(a) })
}

func (e *wEntity) meansOutside() bool {
	return slices.ContainsFunc(atoms, e.meets)
}

func (e *wEntity) hasSelectors() bool {
	return e.selector != nil || e.notSelector != nil || e.namespaceSelector != nil || e.accounts != nil
}

// matches says whether the selectors match a pod.
func (e *wEntity) matches(p *wPolicy, pod *wPod) bool {
	labels := pod.labels
	switch {
	case !e.hasSelectors():
		return true
	case e.namespaceSelector != nil && !e.namespaceSelector.prefixed("pcns.").means(labels):
		return false
	case e.namespaceSelector == nil && p.namespace != "" && model.Text(pod.Namespace.Name) != p.namespace:
		return false
	case e.accounts != nil && !slices.Contains(e.accounts, model.Text(pod.ServiceAccount)):
		return false
	}
	return (e.selector == nil || e.selector.means(labels)) && (e.notSelector == nil || !e.notSelector.means(labels))
}

// everything says whether the selectors match every pod there may ever be.
func (e *wEntity) everything(p *wPolicy) bool {
	all := func(s *said) bool { return s == nil || s.kind == "all" }
	nothing := e.notSelector == nil || e.notSelector.kind == "not"
	return !e.hasSelectors() || all(e.selector) && all(e.namespaceSelector) && nothing && e.accounts == nil &&
		(p.namespace == "" || e.namespaceSelector != nil)
}

// some says whether the rule is about some of the traffic of the policy's pods only.
func (rule *wRule) some() bool {
	special := func(s *said) bool { return s != nil && s.key == "special" }
	return rule.protocol != "" || rule.peer.service != "" || special(rule.own.selector) || special(rule.own.notSelector) || !rule.own.anyAddress("Deny")
}

// nobodys says whether the rule is about no pod.
func (rule *wRule) nobodys() bool {
	return rule.own.selector != nil && rule.own.selector.means(nil) == false && rule.own.selector.kind == "not"
}

// ofPod is how much of the traffic with a pod the rule is about.
func (rule *wRule) ofPod(p *wPolicy, pod *wPod) degree {
	e := &rule.peer
	switch {
	case rule.nobodys() || !e.matches(p, pod) || !e.anyAddress(rule.action) && !e.meansPods():
		return none
	case rule.some() || !e.anyAddress(rule.action):
		return part
	}
	return full
}

// ofEveryPod is how much of the traffic with all pods, also those to come, the rule is about.
func (rule *wRule) ofEveryPod(p *wPolicy) degree {
	if rule.nobodys() || rule.some() || !rule.peer.everything(p) || !rule.peer.anyAddress(rule.action) {
		return none
	}
	return full
}

// ofOutside is how much of the traffic with what is outside of the cluster the rule is about.
func (rule *wRule) ofOutside(p *wPolicy, sets bool) degree {
	e := &rule.peer
	out := full
	resources := e.selector != nil || e.namespaceSelector != nil || e.notSelector != nil && p.namespace != ""
	switch {
	case rule.nobodys() || e.accounts != nil || resources && !sets || !e.anyAddress(rule.action) && !e.meansOutside():
		return none
	case resources, e.notSelector != nil && e.notSelector.kind != "not" && sets, rule.some(), !e.anyAddress(rule.action):
		out = part
	}
	return out
}

// selects says whether the policy is about the pod.
func (p *wPolicy) selects(pod *wPod) bool {
	labels := pod.labels
	switch {
	case p.untracked || p.namespace != "" && p.namespace != model.Text(pod.Namespace.Name):
		return false
	case p.accounts != nil && !p.accounts.prefixed("pcsa.").means(labels) || p.spaces != nil && !p.spaces.prefixed("pcns.").means(labels):
		return false
	}
	return p.selector == nil || p.selector.means(labels)
}

func (p *wPolicy) applies(d model.Direction) bool {
	if p.types != nil {
		return slices.Contains(p.types, [...]string{"Ingress", "Egress"}[d])
	}
	in, out := len(p.rules[model.Ingress]) > 0, len(p.rules[model.Egress]) > 0
	return d == model.Ingress && (in || !out) || d == model.Egress && out
}

func orderOf(order *float64) float64 {
	if order == nil {
		return math.Inf(1)
	}
	return *order
}

// asked lists the policies about a pod, in the order in which they are asked, by tier.
func (w *world) asked(pod *wPod, d model.Direction) (out [][]*wPolicy, passes []bool) {
	if pod.tiers[d] == nil {
		pod.tiers[d], pod.passes[d] = w.ask(pod, d)
	}
	return pod.tiers[d], pod.passes[d]
}

func (w *world) ask(pod *wPod, d model.Direction) (out [][]*wPolicy, passes []bool) {
	tiers := append([]wTier{{name: "default", order: new(1e6)}}, w.tiers...)
	slices.SortFunc(tiers, func(a, b wTier) int {
		return cmp.Or(cmp.Compare(orderOf(a.order), orderOf(b.order)), cmp.Compare(a.name, b.name))
	})
	for _, t := range tiers {
		var list []*wPolicy
		for i := range w.policies {
			if p := &w.policies[i]; p.tierName() == t.name && p.selects(pod) && p.applies(d) {
				list = append(list, p)
			}
		}
		if len(list) == 0 {
			continue
		}
		slices.SortFunc(list, func(a, b *wPolicy) int {
			return cmp.Or(cmp.Compare(orderOf(a.order), orderOf(b.order)), cmp.Compare(a.name, b.name))
		})
		out, passes = append(out, list), append(passes, t.passes)
	}
	return out, passes
}

// verdict asks about all traffic: the first rule that is about all of it decides.
func (w *world) verdict(pod *wPod, d model.Direction, of func(*wRule, *wPolicy) degree) check.Isolation {
	tiers, passes := w.asked(pod, d)
tiers:
	for i, list := range tiers {
		for _, p := range list {
			for k := range p.rules[d] {
				rule := &p.rules[d][k]
				if of(rule, p) < full {
					continue
				}
				switch rule.action {
				case "Allow":
					return check.IsolatedButOpen
				case "Deny":
					return check.Isolated
				case "Pass":
					continue tiers
				}
			}
		}
		if !passes[i] {
			return check.Isolated
		}
	}
	return check.NotIsolated
}

// may says whether some of the traffic is let through, when rules are about so much of it.
func (w *world) may(pod *wPod, d model.Direction, of func(*wRule, *wPolicy) degree) bool {
	tiers, passes := w.asked(pod, d)
	for i, list := range tiers {
		allowed, goesOn := through(list, d, passes[i], of)
		if allowed || !goesOn {
			return allowed
		}
	}
	return true
}

// through asks the policies of one tier: is some of the traffic let through, or does some go on to the next tier?
func through(list []*wPolicy, d model.Direction, passes bool, of func(*wRule, *wPolicy) degree) (allowed, goesOn bool) {
	for _, p := range list {
		for k := range p.rules[d] {
			rule := &p.rules[d][k]
			switch how := of(rule, p); {
			case how == none:
			case rule.action == "Allow":
				return true, false
			case rule.action == "Pass" && how == full:
				return false, true
			case rule.action == "Pass":
				goesOn = true
			case rule.action == "Deny" && how == full:
				return false, goesOn
			}
		}
	}
	return false, goesOn || passes
}
