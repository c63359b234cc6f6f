package network

import (
	"encoding/binary"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// span is a part of a pool.
type span struct{ from, to int32 }

// term is a rule with its peers looked up.
type term struct {
	action Action
	// full are the peers whose whole traffic the rule matches; part those of whom it matches some, or may match.
	full, part span
}

// terms are the rules of one policy for one direction.
type terms struct {
	ready bool
	// allows and denies are the peers of additive rules.
	allows, denies span
	// ordered are the rules in the order in which they are asked.
	ordered span
}

// termTable looks up the peers of every policy that selects an endpoint, once.
//
// Peers in the one namespace that a policy can select pods of, as all Neighbors are, are left out: reach counts other namespaces.
type termTable struct {
	peers    *peerTable
	policies []Placed
	of       [][model.DirectionCount]terms
	ids      []peerID
	rules    []term
	scratch  [4][]peerID
}

func (t *termTable) terms(policy int32, d model.Direction, additive bool) *terms {
	out := &t.of[policy][d]
	if !out.ready {
		p := t.policies[policy]
		home, _ := p.home()
		if side := &p.Sides[d]; additive {
			t.additive(out, side, home)
		} else {
			t.ordered(out, side, home)
		}
		out.ready = true
	}
	return out
}

// additive puts the peers of all rules together. Who is allowed some traffic is allowed; who is denied some is not denied.
func (t *termTable) additive(out *terms, side *Side, home model.Sym) {
	allows, denies := t.scratch[2][:0], t.scratch[3][:0]
	for i := range side.Rules {
		r := &side.Rules[i]
		full, part := t.sides(r, home)
		switch r.Action {
		case Allow:
			allows = append(append(allows, full...), part...)
		case Deny:
			denies = append(denies, full...)
		}
	}
	t.scratch[2], t.scratch[3] = allows, denies
	out.allows, out.denies = t.keep(allows), t.keep(denies)
}

func (t *termTable) ordered(out *terms, side *Side, home model.Sym) {
	out.ordered.from = int32(len(t.rules))
	for i := range side.Rules {
		r := &side.Rules[i]
		full, part := t.sides(r, home)
		if r.Action == Deny {
			part = nil
		}
		if len(full)+len(part) > 0 {
			t.rules = append(t.rules, term{r.Action, t.keep(full), t.keep(part)})
		}
	}
	out.ordered.to = int32(len(t.rules))
}

// sides lists the peers of a rule. They are valid until the next call.
func (t *termTable) sides(r *Rule, home model.Sym) (full, part []peerID) {
	full, part = t.scratch[0][:0], t.scratch[1][:0]
	switch {
	case r.Unclear:
		part = append(part, allPods, beyond)
	default:
		if r.Everyone || r.Inside == All {
			full = append(full, allPods)
		}
		if r.Everyone || r.Outside == All {
			full = append(full, beyond)
		}
		if r.Inside == Some {
			part = append(part, allPods)
		}
		if r.Outside == Some {
			part = append(part, beyond)
		}
		for _, m := range r.Pods {
			full = t.peers.add(full, m, home)
		}
		if r.SomePorts {
			part, full = append(part, full...), full[:0]
		}
	}
	t.scratch[0], t.scratch[1] = full, part
	return full, part
}

// keep puts peers into the pool.
func (t *termTable) keep(ids []peerID) span {
	from := int32(len(t.ids))
	t.ids = append(t.ids, canonical(ids)...)
	return span{from, int32(len(t.ids))}
}

// saying is what a policy says about one direction: equal ones let the same peers through.
type saying struct {
	flags          digestFlags
	allows, denies string
	ordered        int32
}

// says returns what a policy says about a direction.
func (w *writer) says(e *entry, d model.Direction) saying {
	s := saying{flags: e.digest[d].flags, ordered: -1}
	if s.flags&applies == 0 {
		return s
	}
	terms := w.terms(e.index, d, e.additive)
	if e.additive {
		s.allows, s.denies = w.text(terms.allows), w.text(terms.denies)
	} else {
		s.ordered = e.index
	}
	return s
}

// text is the same for equal lists.
func (t *termTable) text(s span) string {
	var out []byte
	for _, id := range t.list(s) {
		out = binary.AppendUvarint(out, uint64(id))
	}
	return string(out)
}

func (t *termTable) list(s span) []peerID { return t.ids[s.from:s.to] }
