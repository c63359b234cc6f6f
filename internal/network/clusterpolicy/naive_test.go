package clusterpolicy_test

import (
	"net/netip"
	"slices"
	"sort"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// The oracle reads the objects as their documentation does: policy by policy, rule by rule, peer by peer, for one pod and one other end.

// outside is the other end of traffic that leaves the cluster, or comes from there.
var outside *pod

func selects(s *metav1.LabelSelector, of map[string]string) bool {
	for key, value := range s.MatchLabels {
		if got, ok := of[key]; !ok || got != value {
			return false
		}
	}
	for _, r := range s.MatchExpressions {
		got, ok := of[r.Key]
		in := ok && slices.Contains(r.Values, got)
		if r.Operator == metav1.LabelSelectorOpIn && !in || r.Operator == metav1.LabelSelectorOpNotIn && in ||
			r.Operator == metav1.LabelSelectorOpExists && !ok || r.Operator == metav1.LabelSelectorOpDoesNotExist && ok {
			return false
		}
	}
	return true
}

func (p *peer) selects(other *pod) bool {
	switch {
	case other == outside:
		return false
	case p.Namespaces != nil:
		return selects(p.Namespaces, other.in.labels)
	case p.Pods != nil:
		return (p.Pods.NamespaceSelector == nil || selects(p.Pods.NamespaceSelector, other.in.labels)) && selects(p.Pods.PodSelector, other.labels)
	}
	return false
}

// samples stand for all addresses that no two blocks of the worlds tell apart.
var samples = [...][]string{
	{"1.1.1.1", "10.255.0.1", "10.1.0.1", "10.1.2.3", "100.64.1.1", "130.0.0.1", "172.16.1.1", "192.168.1.1", "192.0.0.1", "203.0.113.1"},
	{"::2", "2001:db8::1", "9000::1", "fd00::1"},
}

var private = []string{"10.255.0.1", "10.1.0.1", "100.64.1.1", "172.16.1.1", "192.168.1.1", "fd00::1"}

// held says for each block which of the samples it holds.
var held = func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, b := range blocks {
		out[b] = map[string]bool{}
		for _, a := range slices.Concat(samples[0], samples[1], private) {
			out[b][a] = netip.MustParsePrefix(b).Contains(netip.MustParseAddr(a))
		}
	}
	return out
}()

func holds(block, address string) bool { return held[block][address] }

// everyone says whether the rule's blocks are all addresses: of one family to let everyone in, of both for anything else.
func (r *rule) everyone() bool {
	var whole [2]bool
	for family, addresses := range samples {
		whole[family] = !slices.ContainsFunc(addresses, func(a string) bool {
			return !slices.ContainsFunc(r.To, func(p peer) bool {
				return slices.ContainsFunc(p.Networks, func(b string) bool { return holds(b, a) })
			})
		})
	}
	if r.Action == "Accept" || r.Action == "Allow" {
		return whole[0] || whole[1]
	}
	return whole[0] && whole[1]
}

// foreign says whether the rule has a peer that nobody knows.
func (r *rule) foreign() bool {
	return slices.ContainsFunc(slices.Concat(r.From, r.To), func(p peer) bool {
		return p.Namespaces == nil && p.Pods == nil && p.Nodes == nil && len(p.Networks)+len(p.DomainNames) == 0
	})
}

// matches says whether the rule is about all traffic with the other end, or about some of it, or perhaps.
func (r *rule) matches(other *pod) (whole, part bool) {
	if r.foreign() {
		return false, true
	}
	whole = r.everyone()
	for _, p := range slices.Concat(r.From, r.To) {
		whole = whole || p.selects(other)
		part = part || len(p.DomainNames) > 0
		for _, b := range p.Networks {
			if other == outside {
				part = true
			} else if b != "10.1.2.3/32" {
				part = part || slices.ContainsFunc(private, func(a string) bool { return holds(b, a) })
			}
		}
	}
	if len(r.Ports)+len(r.Protocols) > 0 {
		return false, whole || part
	}
	return whole, part
}

func (o *object) rules(d model.Direction) []rule {
	if d == model.Egress {
		return o.Spec.Egress
	}
	return o.Spec.Ingress
}

func (o *object) baseline() bool {
	return o.Kind == "BaselineAdminNetworkPolicy" || o.Spec.Tier == "Baseline"
}

func (o *object) priority() int {
	if o.Spec.Priority == nil {
		return 1_000_000
	}
	return *o.Spec.Priority
}

// stage lists the rules of a stage that are about a pod, in the order in which they are asked.
func (w *world) stage(p *pod, d model.Direction, baseline bool) (out []rule) {
	all := slices.Clone(w.policies)
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		return a.priority() < b.priority() || a.priority() == b.priority() && a.Metadata.Name < b.Metadata.Name
	})
	for _, o := range all {
		if o.baseline() == baseline && o.Spec.Subject.selects(p) {
			out = append(out, o.rules(d)...)
		}
	}
	return out
}

// admits says whether a pod lets some traffic with the other end through.
func (w *world) admits(p *pod, d model.Direction, other *pod) bool {
	return ask(w.stage(p, d, false), other, func() bool {
		selected, allowed := w.policed(p, d, func(r []networkingv1.NetworkPolicyPeer) bool {
			return len(r) == 0 || other != outside && selects(r[0].NamespaceSelector, other.in.labels)
		})
		if selected {
			return allowed
		}
		return ask(w.stage(p, d, true), other, func() bool { return true })
	})
}

// ask goes through the rules of a stage. Traffic that a rule does not match, if it does not match all, may get through behind it.
func ask(rules []rule, other *pod, next func() bool) bool {
	for _, r := range rules {
		whole, part := r.matches(other)
		switch {
		case !whole && !part:
		case r.Action == "Accept" || r.Action == "Allow":
			return true
		case r.Action == "Pass" && (whole || next()):
			return next()
		case whole:
			return false
		}
	}
	return next()
}

// policed says whether a NetworkPolicy selects the pod, and whether any allows what is asked for.
func (w *world) policed(p *pod, d model.Direction, allows func([]networkingv1.NetworkPolicyPeer) bool) (selected, allowed bool) {
	for _, np := range w.namespaced {
		if np.Namespace != p.in.name || !selects(&np.Spec.PodSelector, p.labels) {
			continue
		}
		if d == model.Ingress && slices.Contains(np.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) {
			selected = true
			for _, r := range np.Spec.Ingress {
				allowed = allowed || allows(r.From)
			}
		}
		if d == model.Egress && slices.Contains(np.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) {
			selected = true
			for _, r := range np.Spec.Egress {
				allowed = allowed || allows(r.To)
			}
		}
	}
	return selected, allowed
}

// verdict tells isolation by traffic that may have any pod as its other end. Egress that no pod is reached by is still not isolated while
// it is free to leave the cluster.
func (w *world) verdict(p *pod, d model.Direction) check.Isolation {
	v := w.universal(p, d, func(r *rule) bool {
		return r.everyone() || slices.ContainsFunc(slices.Concat(r.From, r.To), func(p peer) bool {
			return all(p.Namespaces) || p.Pods != nil && (p.Pods.NamespaceSelector == nil || all(p.Pods.NamespaceSelector)) && all(p.Pods.PodSelector)
		})
	})
	if d == model.Egress && v == check.Isolated && w.universal(p, d, (*rule).everyone) == check.NotIsolated {
		return check.NotIsolated
	}
	return v
}

func all(s *metav1.LabelSelector) bool {
	return s != nil && len(s.MatchLabels)+len(s.MatchExpressions) == 0
}

func (w *world) universal(p *pod, d model.Direction, about func(*rule) bool) check.Isolation {
	settle := func(baseline bool) (check.Isolation, bool) {
		for _, r := range w.stage(p, d, baseline) {
			if r.foreign() || len(r.Ports)+len(r.Protocols) > 0 || !about(&r) {
				continue
			}
			switch r.Action {
			case "Deny":
				return check.Isolated, true
			case "Pass":
				return check.NotIsolated, false
			default:
				return check.IsolatedButOpen, true
			}
		}
		return check.NotIsolated, false
	}
	if v, ok := settle(false); ok {
		return v
	}
	selected, allowed := w.policed(p, d, func(r []networkingv1.NetworkPolicyPeer) bool { return len(r) == 0 || all(r[0].NamespaceSelector) })
	switch {
	case allowed:
		return check.IsolatedButOpen
	case selected:
		return check.Isolated
	}
	v, _ := settle(true)
	return v
}
