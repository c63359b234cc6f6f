package network

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// DefaultDeny says for each direction whether a policy denies to every pod of the namespace, also to those that are yet to come, what
// nobody has thought of: one that selects every pod, isolates and allows nothing, or one that selects every pod and denies everyone before
// an Admin policy or an earlier one of its own stage or tier has allowed everyone. What policies for some pods only say does not matter. It is unknown
// for a namespace that is not in the World.
func (m *Model) DefaultDeny(namespace model.Sym) [model.DirectionCount]check.Answer {
	n, ok := m.world.byName[namespace]
	if !ok {
		return [model.DirectionCount]check.Answer{}
	}
	return m.denied[n]
}

// defaultDeny asks the policies that are about every pod of a namespace.
func (m *Model) defaultDeny(here []candidate, scratch []entry) (out [model.DirectionCount]check.Answer, _ []entry) {
	var whole []selection
	var few [8]selection
	whole = few[:0]
	for _, c := range here {
		// What concerns some pods at most cannot deny to all of them.
		if c.every {
			whole = append(whole, selection{c.policy, c.unreadable})
		}
	}
	var all [model.DirectionCount]possible
	for i := range m.lines {
		scratch = m.arranged(scratch[:0], i, whole)
		for d := range all {
			p := m.denies(i, model.Direction(d), scratch, inside)
			if model.Direction(d) == model.Egress {
				o := m.denies(i, model.Direction(d), scratch, outside)
				p = possible{yes: p.yes && o.yes, no: p.no || o.no}
			}
			if i == 0 {
				all[d] = p
			} else {
				// One engine that denies is enough.
				all[d] = possible{yes: all[d].yes || p.yes, no: all[d].no && p.no}
			}
		}
	}
	for d, p := range all {
		if p.yes != p.no {
			out[d] = check.Known(p.yes)
		}
	}
	return out, scratch
}

// possible are the answers that are possible.
type possible struct{ yes, no bool }

// denies looks for a default deny in one pipeline, through which traffic goes until a rule about everyone decides.
func (m *Model) denies(line int, d model.Direction, list []entry, pr probe) (out possible) {
	arrives := true
	for i := 0; i < len(list) && arrives; {
		g := &m.lines[line].groups[list[i].group]
		in, passed, bare := true, false, false
		for group := list[i].group; i < len(list) && list[i].group == group; i++ {
			if !in {
				continue
			}
			e := &list[i]
			s := &e.digest[d]
			switch {
			case e.unreadable:
				out.yes, out.no = true, out.no || !e.additive
			case s.flags&applies == 0:
			case e.additive:
				bare = bare || s.flags&(isolates|admits) == isolates
				if s.denies[pr] {
					out.yes, in = true, false
				}
			case s.settles[pr] == undecided:
				bare = bare || s.flags&admits == 0
			case s.settles[pr] == Pass:
				passed, in = true, false
			default:
				out.yes, out.no, in = out.yes || s.settles[pr] == Deny, out.no || s.settles[pr] == Allow, false
			}
		}
		if in && bare && g.tier && !g.passes {
			out.yes, in = true, false
		}
		arrives = in || passed
	}
	out.no = out.no || arrives
	return out
}
