package network

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// probe is a question that isolation is told by: what happens to traffic that may have anyone as its other end, on any port?
type probe uint8

const (
	// inside asks for every pod of the cluster.
	inside probe = iota
	// outside asks for every address outside of it.
	outside
	probeCount
)

// digest is what a policy says about one direction, as far as it is about everyone.
type digest struct {
	flags digestFlags
	// settles is what the first rule that is about everyone does, asked in their order: an action, or undecided.
	settles [probeCount]Action
	// allows and denies say for additive policies whether any rule does so for everyone.
	allows, denies [probeCount]bool
}

type digestFlags uint8

const (
	applies digestFlags = 1 << iota
	isolates
	// admits says that there is a rule that allows anything at all.
	admits
)

const undecided = Pass + 1

func digestOf(s *Side) (d digest) {
	d.settles = [probeCount]Action{undecided, undecided}
	if !s.Applies && !s.Isolates {
		return d
	}
	d.flags = applies
	if s.Isolates {
		d.flags |= isolates
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Action == Allow {
			d.flags |= admits
		}
		for p, all := range r.everyone() {
			if !all {
				continue
			}
			if d.settles[p] == undecided {
				d.settles[p] = r.Action
			}
			d.allows[p] = d.allows[p] || r.Action == Allow
			d.denies[p] = d.denies[p] || r.Action == Deny
		}
	}
	return d
}

// everyone says whether the rule settles all traffic from or to every pod, and every address outside. A rule about some ports, or one
// that nobody can tell the peers of, settles nothing.
func (r *Rule) everyone() (all [probeCount]bool) {
	if r.SomePorts || r.Unclear {
		return all
	}
	all[inside] = r.Everyone || r.Inside == All
	all[outside] = r.Everyone || r.Outside == All
	for i := 0; i < len(r.Pods) && !all[inside]; i++ {
		_, one := r.Pods[i].Only()
		all[inside] = !one && r.Pods[i].Everything()
	}
	return all
}

func digests(policies []Placed) [][model.DirectionCount]digest {
	out := make([][model.DirectionCount]digest, len(policies))
	for i, p := range policies {
		if p.Invalid != "" {
			continue
		}
		for d := range p.Sides {
			out[i][d] = digestOf(&p.Sides[d])
		}
	}
	return out
}
