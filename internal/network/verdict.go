package network

import (
	"math/bits"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// outcomes are the verdicts that are possible, one bit each. Policies that nobody can read make more than one so.
type outcomes uint8

func bit(v check.Isolation) outcomes { return 1 << v }

const anything = outcomes(1<<check.NotIsolated | 1<<check.Isolated | 1<<check.IsolatedButOpen)

// verdict is the only possible one, unknown when there are more.
func (o outcomes) verdict() check.Isolation {
	if bits.OnesCount8(uint8(o)) != 1 {
		return check.IsolationUnknown
	}
	return check.Isolation(bits.TrailingZeros8(uint8(o)))
}

// all says whether every possible verdict is one of these.
func (o outcomes) all(these outcomes) check.Answer {
	switch {
	case o == 0 || o&these != 0 && o&^these != 0:
		return check.Unknown
	default:
		return check.Known(o&these != 0)
	}
}

// judge finds the verdict of every class.
func (m *Model) judge(stop Stop) {
	m.verdicts = make([][model.DirectionCount]outcomes, len(m.classes))
	l := lister{m: m, what: func(e *entry) any { return *e.digest }}
	for n := range m.spaces {
		if stop() {
			return
		}
		l.enter(n)
		for c := m.spaces[n].firstClass; c < m.spaces[n].lastClass; c++ {
			m.verdicts[c] = [model.DirectionCount]outcomes{bit(check.NotIsolated), bit(check.NotIsolated)}
			for i := range m.lines {
				list := l.list(i, c)
				for d := range m.verdicts[c] {
					v := &m.verdicts[c][d]
					*v = strictest(*v, m.line(i, model.Direction(d), list, nil))
				}
			}
		}
	}
}

// strictest combines what two engines make of an endpoint: traffic must pass both.
func strictest(a, b outcomes) (out outcomes) {
	for _, v := range [...]check.Isolation{check.NotIsolated, check.IsolatedButOpen, check.Isolated} {
		// Those that v leaves as they are, and v itself.
		var weaker outcomes
		switch v {
		case check.NotIsolated:
			weaker = bit(check.NotIsolated)
		case check.IsolatedButOpen:
			weaker = bit(check.NotIsolated) | bit(check.IsolatedButOpen)
		default:
			weaker = anything
		}
		if a&bit(v) != 0 && b&weaker != 0 || b&bit(v) != 0 && a&weaker != 0 {
			out |= bit(v)
		}
	}
	return out
}

// line asks one pipeline. An endpoint is isolated when pods cannot reach it, whatever else can; but one that cannot reach pods is not
// isolated while nothing keeps it from all that is outside.
func (m *Model) line(i int, d model.Direction, list []entry, why *causes) outcomes {
	q := question{line: &m.lines[i], direction: d, probe: inside, why: why}
	out := q.ask(list)
	if d == model.Ingress || out&bit(check.Isolated) == 0 {
		return out
	}
	q = question{line: &m.lines[i], direction: d, probe: outside}
	beyond := q.ask(list)
	if beyond&bit(check.NotIsolated) != 0 {
		if why != nil && out&bit(check.NotIsolated) == 0 {
			why[check.NotIsolated] = cause{Reason: OutsideNotIsolated, policy: -1}
		}
		if beyond == bit(check.NotIsolated) {
			out &^= bit(check.Isolated)
		}
		out |= bit(check.NotIsolated)
	}
	return out
}
