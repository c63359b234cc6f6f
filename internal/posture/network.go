package posture

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// network joins NetworkPolicies with the pods they select, by namespace.
type network struct {
	policies []*model.NetworkPolicy
	// sorted are the indexes of the policies by namespace index, those of namespace i from start[i] to start[i+1].
	sorted, start []int32
	// selects tells of each policy whether it has been seen to select a pod.
	selects []bool
	// unread tells of each namespace whether it holds a policy whose meaning nobody knows.
	unread map[int32]bool
	// unlabelled tells of each namespace whether it holds a pod whose labels nobody knows.
	unlabelled map[int32]bool
}

func newNetwork(t *tally, s *Snapshot) *network {
	n := &network{
		policies: s.NetworkPolicies, sorted: make([]int32, len(s.NetworkPolicies)), selects: make([]bool, len(s.NetworkPolicies)),
		unread: make(map[int32]bool), unlabelled: make(map[int32]bool),
	}
	of := make([]int32, len(s.NetworkPolicies))
	for i, p := range s.NetworkPolicies {
		of[i] = t.namespace(p.NS)
		if p.Broken || p.Invalid {
			n.unread[of[i]] = true
		}
	}
	n.start = make([]int32, len(t.report.Namespaces)+1)
	for _, ns := range of {
		n.start[ns+1]++
	}
	for i := 1; i < len(n.start); i++ {
		n.start[i] += n.start[i-1]
	}
	next := slices.Clone(n.start)
	for i, ns := range of {
		n.sorted[next[ns]] = int32(i)
		next[ns]++
	}
	return n
}

// in lists the policies of a namespace; one that got its index later has none.
func (n *network) in(ns int32) []int32 {
	if int(ns)+1 >= len(n.start) {
		return nil
	}
	return n.sorted[n.start[ns]:n.start[ns+1]]
}

// pod says what the policies of the namespace make of a pod, and notes which policies select it.
//
// Policies are additive: one that selects the pod isolates it whatever the others say, so a policy that nobody can read matters only
// to pods that nothing else isolates.
func (n *network) pod(ns int32, pod *model.Pod) (verdict [model.DirectionCount]check.Isolation) {
	none := check.NotIsolated
	if n.unread[ns] {
		none = check.IsolationUnknown
	}
	verdict = [model.DirectionCount]check.Isolation{none, none}
	for _, i := range n.in(ns) {
		p := n.policies[i]
		if p.Broken || p.Invalid || !p.Selector.Matches(pod.Labels) {
			continue
		}
		n.selects[i] = true
		for d := range verdict {
			switch {
			case !p.Applies[d]:
			case p.AllowsAll[d]:
				verdict[d] = check.IsolatedButOpen
			case verdict[d] != check.IsolatedButOpen:
				verdict[d] = check.Isolated
			}
		}
	}
	return verdict
}

// defaultDeny says whether a policy selects every pod of the namespace and allows nothing.
func (n *network) defaultDeny(ns int32, d model.Direction) check.Answer {
	answer := check.No
	if n.unread[ns] {
		answer = check.Unknown
	}
	for _, i := range n.in(ns) {
		p := n.policies[i]
		if !p.Broken && !p.Invalid && p.Selector.Everything() && p.Applies[d] && p.Rules[d] == 0 {
			return check.Yes
		}
	}
	return answer
}

// selected says whether the policy selects a pod; meaningful once every pod has been joined.
func (n *network) selected(i int, ns int32) check.Answer {
	switch {
	case n.selects[i]:
		return check.Yes
	case n.policies[i].Broken || n.policies[i].Invalid || n.unlabelled[ns]:
		return check.Unknown
	default:
		return check.No
	}
}
