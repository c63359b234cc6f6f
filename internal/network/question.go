package network

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Reason is why a verdict is what it is.
type Reason uint8

// The reasons.
const (
	// NothingDecides: no policy decides about all traffic, which is then allowed.
	NothingDecides Reason = iota
	// AllowsEveryone: the policy allows everyone on every port.
	AllowsEveryone
	// DeniesEveryone: the policy denies everyone on every port.
	DeniesEveryone
	// IsolatesOnly: the policy isolates, and no other allows everyone.
	IsolatesOnly
	// AllowsUnasked: the policy allows everyone, and none isolates.
	AllowsUnasked
	// OutsideNotIsolated: the pod cannot reach all pods, but whatever is outside of the cluster.
	OutsideNotIsolated
	// CannotBeRead: nobody knows what the policy does.
	CannotBeRead
)

// cause is a reason and the policy behind it, negative when there is none.
type cause struct {
	Reason
	policy int32
}

// causes are the first cause of each possible verdict.
type causes [check.IsolatedButOpen + 1]cause

// question asks the policies of one endpoint, in a pipeline's order, about all traffic in one direction.
type question struct {
	line      *pipeline
	direction model.Direction
	probe     probe
	out       outcomes
	why       *causes
}

// where are the places in a group where the traffic may be.
type where uint8

const (
	// unselected: no policy of the group has selected the endpoint.
	unselected where = 1 << iota
	// selected: one has, and has not decided.
	selected
	// passed: one has passed it on to the next group.
	passed
)

func (q *question) ask(list []entry) outcomes {
	arrives := true
	for len(list) > 0 && arrives {
		n := 1
		for n < len(list) && list[n].group == list[0].group {
			n++
		}
		arrives = q.group(&q.line.groups[list[0].group], list[:n])
		list = list[n:]
	}
	if arrives {
		q.add(check.NotIsolated, NothingDecides, -1)
	}
	return q.out
}

func (q *question) add(v check.Isolation, r Reason, policy int32) {
	// The first that anybody can read, if there is one.
	if q.why != nil && (q.out&bit(v) == 0 || q.why[v].Reason == CannotBeRead && r != CannotBeRead) {
		q.why[v] = cause{r, policy}
	}
	q.out |= bit(v)
}

// group asks one group and says whether traffic may arrive behind it.
func (q *question) group(g *group, list []entry) bool {
	at, first := unselected, int32(-1)
	for i := 0; i < len(list) && at&(unselected|selected) != 0; {
		n := 0
		for i+n < len(list) && list[i+n].additive {
			n++
		}
		before := at
		if n > 0 {
			at = q.together(list[i:i+n], at, &first)
			i += n
			continue
		}
		if at = q.single(&list[i], at); before&selected == 0 && at&selected != 0 {
			first = list[i].index
		}
		i++
	}
	if g.tier && !g.passes && at&selected != 0 {
		q.add(check.Isolated, IsolatesOnly, first)
		at &^= selected
	}
	return at != 0
}

// single asks a policy whose rules have their place in an order.
func (q *question) single(e *entry, at where) where {
	s := &e.digest[q.direction]
	if e.unreadable {
		q.add(check.Isolated, CannotBeRead, e.index)
		q.add(check.IsolatedButOpen, CannotBeRead, e.index)
		return at | passed
	}
	if s.flags&applies == 0 {
		return at
	}
	switch s.settles[q.probe] {
	case Allow:
		q.add(check.IsolatedButOpen, AllowsEveryone, e.index)
		return at & passed
	case Deny:
		q.add(check.Isolated, DeniesEveryone, e.index)
		return at & passed
	case Pass:
		return passed
	default:
		return at&passed | selected
	}
}

// together asks additive policies: a Deny of any wins, then an Allow; when one isolates and none allows, the end of the group denies.
func (q *question) together(list []entry, at where, first *int32) where {
	var isolating, allowing, narrow, wide int32 = -1, -1, -1, -1
	for i := range list {
		e := &list[i]
		s := &e.digest[q.direction]
		switch {
		case e.unreadable && e.Engine == Kubernetes:
			narrow = e.index
		case e.unreadable:
			wide = e.index
		case s.denies[q.probe]:
			q.add(check.Isolated, DeniesEveryone, e.index)
			return at & passed
		default:
			if s.flags&isolates != 0 && isolating < 0 {
				isolating = e.index
			}
			if s.allows[q.probe] && allowing < 0 {
				allowing = e.index
			}
		}
	}
	if isolating >= 0 && *first < 0 {
		*first = isolating
	}
	after := q.both(at, isolating >= 0, allowing >= 0, AllowsEveryone, allowing)
	if unread := max(narrow, wide); unread >= 0 {
		after |= q.both(at, true, allowing >= 0, AllowsEveryone, allowing)
		after |= q.both(at, true, true, CannotBeRead, unread)
		if *first < 0 {
			*first = unread
		}
	}
	if wide >= 0 {
		q.add(check.Isolated, CannotBeRead, wide)
		after |= q.both(at, isolating >= 0, true, CannotBeRead, wide)
	}
	return after
}

// both is what becomes of traffic when additive policies isolate or do not, and allow it or do not.
func (q *question) both(at where, isolate, allow bool, r Reason, policy int32) where {
	switch {
	case !allow && isolate:
		return at&passed | selected
	case !allow:
		return at
	}
	if isolate || at&selected != 0 {
		q.add(check.IsolatedButOpen, r, policy)
	}
	if !isolate && at&unselected != 0 {
		if r == AllowsEveryone {
			r = AllowsUnasked
		}
		q.add(check.NotIsolated, r, policy)
	}
	return at & passed
}
