package network

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// gather asks every policy for the endpoints that it selects, and groups the endpoints of each
// namespace that the same policies select: what policies make of one of them they make of all.
func (m *Model) gather(stop Stop) {
	m.selects = make([]check.Answer, len(m.policies))
	for i := range m.selects {
		m.selects[i] = check.No
	}
	m.denied = make([][model.DirectionCount]check.Answer, len(m.world.namespaces))
	m.classOf = make([]int32, len(m.order))
	m.spaces = make([]space, len(m.world.namespaces))
	g := matching{m: m}
	var here []candidate
	var scratch []entry
	for n, ns := range m.world.namespaces {
		if stop() {
			return
		}
		here = m.candidates(here[:0], n, ns)
		m.denied[n], scratch = m.defaultDeny(here, scratch)
		if m.world.unlabeled[n] {
			for _, c := range here {
				m.select_(c.policy, true)
			}
		}
		g.namespace(n, here)
	}
}

// candidate is a policy that selects, or may select, pods of a namespace.
type candidate struct {
	selection
	// neighbors are those of the namespace that it selects; when it is nil, selects says them.
	neighbors *model.Selector
	selects   Matcher
	// every is set when it selects all of them.
	every bool
}

func (c *candidate) match(e *Endpoint) bool {
	switch {
	case c.every:
		return true
	case c.neighbors != nil:
		return c.neighbors.Matches(e.Labels)
	default:
		return c.selects.Match(e)
	}
}

// selector returns the selector that decides alone which pods of the namespace match, and false
// when it is not so simple.
func (c *candidate) selector() (model.Selector, bool) {
	if c.neighbors != nil {
		return *c.neighbors, true
	}
	switch s := c.selects.(type) {
	case pods:
		return s.labels, true
	case *inNamespaces:
		return s.labels, true // candidates has asked the namespace
	}
	return model.Selector{}, false
}

// candidates lists the policies that are about pods of the namespace.
func (m *Model) candidates(out []candidate, n int, ns *Namespace) []candidate {
	for _, list := range [...][]int32{m.global, m.local[m.localStarts[n]:m.localStarts[n+1]]} {
		for _, i := range list {
			p := m.policies[i]
			c := candidate{selection: selection{i, p.Invalid != ""}, neighbors: p.Neighbors, selects: p.Selects}
			if p.Neighbors != nil || p.Selects == nil {
				c.every = p.Neighbors == nil || p.Neighbors.Everything()
				out = append(out, c)
				continue
			}
			reach, sure := ScopeOf(p.Selects, ns)
			if sure && reach == None {
				continue
			}
			c.every = !sure || reach == All
			c.unreadable = c.unreadable || !sure
			out = append(out, c)
		}
	}
	return out
}

// select_ notes that the policy selects an endpoint, or that it may.
func (m *Model) select_(policy int32, unsure bool) {
	if !unsure {
		m.selects[policy] = check.Yes
	} else if m.selects[policy] == check.No {
		m.selects[policy] = check.Unknown
	}
}

// entry is a policy at its place in a pipeline.
type entry struct {
	Placed
	digest     *[model.DirectionCount]digest
	index      int32
	group      int16
	additive   bool
	unreadable bool
}

// arranged sorts selections into the order in which a pipeline asks them.
func (m *Model) arranged(out []entry, line int, of []selection) []entry {
	l := &m.lines[line]
	ordered := false
	for _, s := range of {
		place := m.places[line][s.policy]
		if place == nowhere {
			continue
		}
		e := entry{m.policies[s.policy], &m.digests[s.policy], s.policy, place >> 1, place&1 != 0, s.unreadable}
		out = append(out, e)
		ordered = ordered || !e.additive || e.group != out[0].group
	}
	if !ordered {
		return out
	}
	slices.SortStableFunc(out, func(a, b entry) int {
		if a.group != b.group {
			return int(a.group) - int(b.group)
		}
		return l.compare(a.Placed, b.Placed)
	})
	return out
}
