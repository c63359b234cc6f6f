package netpolv1_test

import (
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// The oracle is the API's own documentation, policy by policy, rule by rule and peer by peer.

// behavior is what a policy that nobody can read might do to the pods that it may select.
type behavior int

const (
	ignores behavior = iota
	isolatesAll
	allowsAll
	behaviors
)

// readable says whether every selector can be understood, and the pod selector by itself.
func readable(np *networkingv1.NetworkPolicy) (all, pods bool) {
	ok := func(s *metav1.LabelSelector) bool {
		_, err := metav1.LabelSelectorAsSelector(s)
		return err == nil
	}
	pods = ok(&np.Spec.PodSelector)
	all = pods
	for d := range model.DirectionCount {
		if !typesOf(np)[d] {
			continue
		}
		for _, r := range rulesOf(np, d) {
			for _, p := range r.peers {
				all = all && ok(p.PodSelector) && ok(p.NamespaceSelector) && (p.PodSelector != nil || p.NamespaceSelector != nil || p.IPBlock != nil)
			}
		}
	}
	return all, pods
}

func matches(s *metav1.LabelSelector, set labels.Set) bool {
	parsed, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && parsed.Matches(set)
}

// typesOf: "If this field is not specified, it will default based on the existence of ingress or egress rules; policies that contain an
// egress section are assumed to affect egress, and all policies (whether or not they contain an ingress section) are assumed to affect ingress."
func typesOf(np *networkingv1.NetworkPolicy) (out [model.DirectionCount]bool) {
	if len(np.Spec.PolicyTypes) == 0 {
		return [model.DirectionCount]bool{true, len(np.Spec.Egress) > 0}
	}
	for _, t := range np.Spec.PolicyTypes {
		out[model.Ingress] = out[model.Ingress] || t == networkingv1.PolicyTypeIngress
		out[model.Egress] = out[model.Egress] || t == networkingv1.PolicyTypeEgress
	}
	return out
}

type rule struct {
	peers []networkingv1.NetworkPolicyPeer
	ports bool
}

func rulesOf(np *networkingv1.NetworkPolicy, d model.Direction) (out []rule) {
	if d == model.Ingress {
		for _, r := range np.Spec.Ingress {
			out = append(out, rule{r.From, len(r.Ports) > 0})
		}
		return out
	}
	for _, r := range np.Spec.Egress {
		out = append(out, rule{r.To, len(r.Ports) > 0})
	}
	return out
}

// selecting lists the policies about the pod in a direction, those first that can be read.
func (w *world) selecting(p *pod, d model.Direction) (read, unread []*networkingv1.NetworkPolicy) {
	for _, np := range w.policies {
		if np.Namespace != p.namespace.name {
			continue
		}
		switch all, pods := readable(np); {
		case !pods, !all && matches(&np.Spec.PodSelector, p.labels):
			unread = append(unread, np)
		case matches(&np.Spec.PodSelector, p.labels) && typesOf(np)[d]:
			read = append(read, np)
		}
	}
	return read, unread
}

// tryAll calls f with everything that n policies which nobody can read might do.
func tryAll(n int, f func([]behavior)) {
	did := make([]behavior, n)
	var from func(i int)
	from = func(i int) {
		if i == n {
			f(did)
			return
		}
		for did[i] = range behaviors {
			from(i + 1)
		}
	}
	from(0)
}

// isolation: "a pod is isolated as soon as any policy selects it for the direction"; open to all as the product defines it.
func (w *world) isolation(p *pod, d model.Direction) check.Isolation {
	read, unread := w.selecting(p, d)
	found := map[check.Isolation]bool{}
	tryAll(len(unread), func(did []behavior) {
		isolated, open := len(read) > 0, false
		for _, np := range read {
			for _, r := range rulesOf(np, d) {
				open = open || !r.ports && w.everyone(r.peers)
			}
		}
		for _, b := range did {
			isolated, open = isolated || b != ignores, open || b == allowsAll
		}
		switch {
		case open:
			found[check.IsolatedButOpen] = true
		case isolated:
			found[check.Isolated] = true
		default:
			found[check.NotIsolated] = true
		}
	})
	if len(found) == 1 {
		for v := range found {
			return v
		}
	}
	return check.IsolationUnknown
}

// everyone: no peers, or an empty namespaceSelector with no or an empty podSelector, or all addresses without exceptions.
func (w *world) everyone(peers []networkingv1.NetworkPolicyPeer) bool {
	for _, p := range peers {
		if p.IPBlock != nil && w.blockOf(p.IPBlock).everyone {
			return true
		}
		empty := func(s *metav1.LabelSelector) bool { return len(s.MatchLabels)+len(s.MatchExpressions) == 0 }
		if p.NamespaceSelector != nil && empty(p.NamespaceSelector) && (p.PodSelector == nil || empty(p.PodSelector)) {
			return true
		}
	}
	return len(peers) == 0
}

// allows: "traffic is allowed if there are no policies selecting the pod, or if it matches at least one rule across all of the policies
// whose podSelector matches the pod". The far end is a pod, or nil for addresses outside.
func (w *world) allows(p *pod, d model.Direction, far *pod) (sure, maybe bool) {
	read, unread := w.selecting(p, d)
	sure = true
	tryAll(len(unread), func(did []behavior) {
		isolated, allowed := len(read) > 0, false
		for _, np := range read {
			for _, r := range rulesOf(np, d) {
				allowed = allowed || w.matches(np.Namespace, r.peers, far)
			}
		}
		for _, b := range did {
			isolated, allowed = isolated || b != ignores, allowed || b == allowsAll
		}
		sure, maybe = sure && (allowed || !isolated), maybe || allowed || !isolated
	})
	return sure, maybe
}

// matches: "this field is a list of sources; items in this list are combined using a logical OR operation; if this field is empty or
// missing, this rule matches all sources".
func (w *world) matches(namespace string, peers []networkingv1.NetworkPolicyPeer, far *pod) bool {
	for _, p := range peers {
		switch {
		case p.IPBlock != nil && far == nil:
			return true
		case p.IPBlock != nil:
			if b := w.blockOf(p.IPBlock); b.everyone || b.pods {
				return true
			}
		case far == nil:
		case p.NamespaceSelector == nil:
			if far.namespace.name == namespace && matches(p.PodSelector, far.labels) {
				return true
			}
		case matches(p.NamespaceSelector, far.namespace.labels):
			if p.PodSelector == nil || matches(p.PodSelector, far.labels) {
				return true
			}
		}
	}
	return len(peers) == 0
}

// reach asks for every pair of pods.
func (w *world) reach(to *namespace) (sure, maybe int, outside check.Answer) {
	outside = check.No
	for _, from := range w.namespaces {
		certainly, possibly := false, false
		for _, s := range w.pods {
			for _, t := range w.pods {
				if s.namespace == from && t.namespace == to && from != to {
					a, b := w.allows(s, model.Egress, t)
					c, d := w.allows(t, model.Ingress, s)
					certainly, possibly = certainly || a && c, possibly || b && d
				}
			}
		}
		if certainly {
			sure++
		}
		if possibly {
			maybe++
		}
	}
	for _, t := range w.pods {
		if t.namespace != to {
			continue
		}
		switch a, b := w.allows(t, model.Ingress, nil); {
		case a:
			outside = check.Yes
		case b && outside == check.No:
			outside = check.Unknown
		}
	}
	return sure, maybe, outside
}

// defaultDeny: a policy that selects every pod, applies to the direction and has no rule for it.
func (w *world) defaultDeny(ns *namespace, d model.Direction) check.Answer {
	out := check.No
	for _, np := range w.policies {
		if np.Namespace != ns.name {
			continue
		}
		s := np.Spec.PodSelector
		switch all, pods := readable(np); {
		case !pods, !all && len(s.MatchLabels)+len(s.MatchExpressions) == 0:
			out = check.Unknown
		case all && len(s.MatchLabels)+len(s.MatchExpressions) == 0 && typesOf(np)[d] && len(rulesOf(np, d)) == 0:
			return check.Yes
		}
	}
	return out
}

func (w *world) selects(np *networkingv1.NetworkPolicy) check.Answer {
	all, pods := readable(np)
	out := check.No
	for _, p := range w.pods {
		if p.namespace.name != np.Namespace {
			continue
		}
		switch {
		case all && matches(&np.Spec.PodSelector, p.labels):
			return check.Yes
		case !pods, !all && matches(&np.Spec.PodSelector, p.labels):
			out = check.Unknown
		}
	}
	return out
}
