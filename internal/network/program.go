package network

import (
	"encoding/binary"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// step is a part of what the policies of one endpoint make of its peers: a rule, or additive policies together, or one that nobody can
// read. The steps of a group end with what becomes of traffic that none decides about, the groups of an engine with endLine.
type step struct {
	kind          stepKind
	first, second []peerID
}

type stepKind uint8

const (
	// stepAllow, stepDeny and stepPass are rules: first are the peers they match whole, second those they match in part.
	stepAllow = stepKind(Allow)
	stepDeny  = stepKind(Deny)
	stepPass  = stepKind(Pass)
)

const (
	// stepTogether is additive policies: first are the peers they allow, second those they deny. One of them that nobody can read makes
	// it narrow when it can only allow more, wide when it can deny too.
	stepTogether stepKind = iota + stepPass + 1
	stepNarrow
	stepWide
	// stepUnread is a policy that nobody can read.
	stepUnread
	endGoesOn
	// endDenies ends a tier that selects the endpoint.
	endDenies
	// endMayDeny ends a tier of which nobody knows that.
	endMayDeny
	endLine
)

// writer writes programs down: the steps of one endpoint in one direction, through every engine.
type writer struct {
	*termTable
	m *Model
	// steps are the program; united is where its lists of additive peers are.
	steps  []step
	united []peerID
	key    []byte
	unsure bool
}

func (w *writer) reset() { w.steps, w.united = w.steps[:0], w.united[:0] }

// line adds an engine's policies, in the order in which they are asked.
func (w *writer) line(i int, list []entry, d model.Direction) {
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].group == list[0].group {
			n++
		}
		w.group(&w.m.lines[i].groups[list[0].group], list[:n], d)
		list = list[n:]
	}
	w.steps = append(w.steps, step{kind: endLine})
}

func (w *writer) group(g *group, list []entry, d model.Direction) {
	before := len(w.steps)
	certain, perhaps := false, false
	for i := 0; i < len(list); {
		n := 0
		for i+n < len(list) && list[i+n].additive {
			n++
		}
		if n > 0 {
			isolated, doubt := w.together(list[i:i+n], d)
			certain, perhaps = certain || isolated, perhaps || doubt
			i += n
			continue
		}
		e := &list[i]
		i++
		if e.unreadable {
			perhaps = true
			w.steps = append(w.steps, step{kind: stepUnread})
		} else if e.digest[d].flags&applies != 0 {
			certain = true
			rules := w.terms(e.index, d, false).ordered
			for _, r := range w.rules[rules.from:rules.to] {
				w.steps = append(w.steps, step{stepKind(r.action), w.list(r.full), w.list(r.part)})
			}
		}
	}
	w.unsure = w.unsure || perhaps
	switch {
	case g.tier && !g.passes && certain:
		w.steps = append(w.steps, step{kind: endDenies})
	case g.tier && !g.passes && perhaps:
		w.steps = append(w.steps, step{kind: endMayDeny})
	case len(w.steps) > before:
		w.steps = append(w.steps, step{kind: endGoesOn})
	}
}

// together unites additive policies.
func (w *writer) together(list []entry, d model.Direction) (isolated, doubt bool) {
	kind := stepTogether
	at := len(w.united)
	for i := range list {
		e := &list[i]
		switch {
		case e.unreadable && e.Engine == Kubernetes:
			kind = max(kind, stepNarrow)
		case e.unreadable:
			kind = stepWide
		case e.digest[d].flags&applies != 0:
			isolated = isolated || e.digest[d].flags&isolates != 0
			w.united = append(w.united, w.list(w.terms(e.index, d, true).allows)...)
		}
	}
	middle := len(w.united)
	for i := range list {
		if e := &list[i]; !e.unreadable && e.digest[d].flags&applies != 0 {
			w.united = append(w.united, w.list(w.terms(e.index, d, true).denies)...)
		}
	}
	s := step{kind, canonical(w.united[at:middle:middle]), canonical(w.united[middle:])}
	if kind != stepTogether || len(s.first)+len(s.second) > 0 {
		w.steps = append(w.steps, s)
	}
	return isolated, kind != stepTogether
}

// canonical sorts peers in place and drops repetitions and what all pods include.
func canonical(ids []peerID) []peerID {
	slices.Sort(ids)
	kept := ids[:0]
	for i, id := range ids {
		if i == 0 || id != ids[i-1] && (id < firstPeer || ids[0] != allPods) {
			kept = append(kept, id)
		}
	}
	return kept
}

// encode writes the program's key: two endpoints with equal ones have equal peers.
func (w *writer) encode() []byte {
	w.key = w.key[:0]
	for i := range w.steps {
		s := &w.steps[i]
		w.key = append(w.key, byte(s.kind))
		for _, ids := range [...][]peerID{s.first, s.second} {
			w.key = binary.AppendUvarint(w.key, uint64(len(ids)))
			for _, id := range ids {
				w.key = binary.AppendUvarint(w.key, uint64(id))
			}
		}
	}
	return w.key
}
