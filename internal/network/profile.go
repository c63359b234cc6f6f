package network

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// profile is with whom endpoints may have traffic in one direction. Endpoints in different namespaces have the same one when their policies
// say the same about other namespaces.
type profile struct {
	// steps are nil when there was nothing to evaluate.
	steps []step
	// sure are the peers for certain, maybe all that are possible.
	sure, maybe peers
}

// peers are a union of sets, and whether the outside is among them.
type peers struct {
	of     []peerID
	beyond bool
}

// profiles tells which endpoints have the same.
type profiles struct {
	table *peerTable
	all   []profile
	byKey map[string]int32
	// of is the profile of each place.
	of     [model.DirectionCount][]int32
	unsure bool
	// beyond are the namespaces that are beyond a bound.
	beyond []int32
}

// newProfiles writes down and evaluates the programs of all endpoints, each distinct one once.
func newProfiles(m *Model, stop Stop) *profiles {
	t := newPeerTable(m)
	p := &profiles{table: t, byKey: make(map[string]int32)}
	w := &writer{m: m, termTable: &termTable{peers: t, policies: m.policies, of: make([][model.DirectionCount]terms, len(m.policies))}}
	for d := range p.of {
		p.of[d] = make([]int32, 0, len(t.of))
		p.ofClasses(w, model.Direction(d), stop)
	}
	// Of pods that could not be decoded nothing is certain.
	w.anything()
	for range t.of[len(m.order):] {
		for d := range p.of {
			p.of[d] = append(p.of[d], p.intern(w))
		}
	}
	t.find(stop)
	if stop() {
		return p
	}
	p.unsure = w.unsure || t.unsure
	e := newEvaluator(t, p.unsure)
	for i := range p.all {
		if stop() {
			break
		}
		e.profile(&p.all[i])
	}
	return p
}

// ofClasses finds the profile of every class, and with it that of every place.
func (p *profiles) ofClasses(w *writer, d model.Direction, stop Stop) {
	m := w.m
	l := lister{m: m, what: func(e *entry) any { return w.says(e, d) }}
	profiles := make([]int32, len(m.classes))
	for n := range m.spaces {
		if stop() {
			break
		}
		if p.tooMany(n, d, nil) {
			p.unknown(w, profiles, n)
			continue
		}
		l.enter(n)
		if p.tooMany(n, d, l.kinds) {
			p.unknown(w, profiles, n)
			continue
		}
		for c := m.spaces[n].firstClass; c < m.spaces[n].lastClass; c++ {
			w.reset()
			for i := range m.lines {
				w.line(i, l.list(i, c), d)
			}
			profiles[c] = p.intern(w)
		}
	}
	for _, c := range m.classOf {
		p.of[d] = append(p.of[d], profiles[c])
	}
}

func (p *profiles) intern(w *writer) int32 {
	key := w.encode()
	if i, ok := p.byKey[string(key)]; ok {
		return i
	}
	i := int32(len(p.all))
	p.byKey[string(key)] = i
	if simple, ok := simpleProgram(w.steps); ok {
		p.all = append(p.all, profile{sure: simple, maybe: simple})
		return i
	}
	steps := slices.Clone(w.steps)
	for k := range steps {
		steps[k].first, steps[k].second = slices.Clone(steps[k].first), slices.Clone(steps[k].second)
	}
	p.all = append(p.all, profile{steps: steps})
	return i
}
