package network

import "slices"

// evaluator finds out whom a program lets through. It goes through the steps from the last to the first: what a step does not decide about is
// what it was behind it.
type evaluator struct {
	table  *peerTable
	unsure bool
	// now is who is let through from a step on, next from the next group on; first in every step's group for certain, then possibly. The
	// second of each is not kept while everything is certain.
	now, next, total [2]bitset
	// certain and possible are scratch.
	certain, possible bitset

	// classes are the sets that programs made, by a sum of their bits.
	classes map[uint64][]peerID
}

func newEvaluator(t *peerTable, unsure bool) *evaluator {
	e := &evaluator{table: t, unsure: unsure, classes: make(map[uint64][]peerID)}
	for i := range e.now {
		e.now[i], e.next[i], e.total[i] = newBitset(t.size), newBitset(t.size), newBitset(t.size)
	}
	e.certain, e.possible = newBitset(t.size), newBitset(t.size)
	return e
}

func (e *evaluator) profile(p *profile) {
	if p.steps == nil {
		return
	}
	p.sure = e.class(e.run(p.steps, 0))
	p.maybe = p.sure
	if e.unsure {
		p.maybe = e.class(e.run(p.steps, 1))
	}
}

// simpleProgram reads what most programs are: nothing isolates, or additive policies do and allow some peers.
func simpleProgram(steps []step) (out peers, ok bool) {
	switch {
	case len(steps) == 1:
		return peers{of: []peerID{allPods}, beyond: true}, true
	case len(steps) == 2 && steps[0].kind == endDenies:
		return peers{}, true
	case len(steps) == 3 && steps[0].kind == stepTogether && len(steps[0].second) == 0 && steps[1].kind == endDenies:
		of := steps[0].first
		if i := slices.Index(of, beyond); i >= 0 {
			out.beyond, of = true, slices.Delete(slices.Clone(of), i, i+1)
		}
		out.of = slices.Clone(of)
		return out, true
	}
	return out, false
}

// run returns who is let through by every engine: certainly, or possibly when maybe is 1.
func (e *evaluator) run(steps []step, maybe int) bitset {
	now, next, total := e.now[maybe], e.next[maybe], e.total[maybe]
	total.fill(e.table.size)
	now.fill(e.table.size)
	for i := len(steps) - 1; i >= 0; i-- {
		s := &steps[i]
		switch s.kind {
		case endLine:
			total.and(now)
			now.fill(e.table.size)
		case endGoesOn, endDenies, endMayDeny:
			copy(next, now)
			if s.kind == endDenies || s.kind == endMayDeny && maybe == 0 {
				clear(now)
			}
		case stepUnread:
			e.unread(now, maybe)
		case stepPass:
			e.pass(now, next, s, maybe)
		default:
			e.decide(now, s, maybe)
		}
	}
	total.and(now)
	return total
}

// unread is a step that may do anything.
func (e *evaluator) unread(now bitset, maybe int) {
	if maybe == 0 {
		clear(now)
	} else {
		now.fill(e.table.size)
	}
}

// matched are the peers that a step which lets through matches, and kept those that one which does not matches.
func (e *evaluator) matched(maybe int) (through, kept []set) {
	if maybe == 0 {
		return e.table.certain, e.table.possible
	}
	return e.table.possible, e.table.certain
}

func (e *evaluator) decide(now bitset, s *step, maybe int) {
	through, kept := e.matched(maybe)
	allow, deny := s.first, s.second
	switch s.kind {
	case stepAllow:
		deny = nil
		for _, id := range s.second {
			through[id].orInto(now)
		}
	case stepDeny:
		allow, deny = nil, s.first
	case stepNarrow, stepWide:
		if maybe == 1 {
			now.fill(e.table.size)
		}
	}
	for _, id := range allow {
		through[id].orInto(now)
	}
	for _, id := range deny {
		kept[id].dropFrom(now)
	}
	if s.kind == stepWide && maybe == 0 {
		clear(now)
	}
}

// pass sends peers to the next group: those that are matched in part have what is let through there, too.
func (e *evaluator) pass(now, next bitset, s *step, maybe int) {
	through, _ := e.matched(maybe)
	for _, id := range s.second {
		through[id].orCommon(now, next)
	}
	if len(s.first) == 0 {
		return
	}
	clear(e.certain)
	clear(e.possible)
	for _, id := range s.first {
		e.table.certain[id].orInto(e.certain)
		e.table.possible[id].orInto(e.possible)
	}
	for i, c := range e.certain {
		doubtful := e.possible[i] &^ c
		either := now[i] & next[i]
		if maybe == 1 {
			either = now[i] | next[i]
		}
		now[i] = now[i]&^e.possible[i] | next[i]&c | either&doubtful
	}
}

// class returns the set as peers; sets that are equal become the same.
func (e *evaluator) class(b bitset) (out peers) {
	out.beyond = b.has(e.table.out)
	b.drop(e.table.out)
	n := b.count()
	switch n {
	case 0:
		return out
	case len(e.table.of):
		out.of = []peerID{allPods}
		return out
	}
	sum := b.sum()
	s := set{bits: b}
	if n*sparse <= e.table.size {
		s = set{list: b.members(make([]int32, 0, n))}
	}
	for _, id := range e.classes[sum] {
		if e.table.certain[id].equal(&s) {
			out.of = []peerID{id}
			return out
		}
	}
	s.bits = slices.Clone(s.bits)
	id := peerID(len(e.table.certain))
	e.table.certain, e.table.possible = append(e.table.certain, s), append(e.table.possible, s)
	e.classes[sum] = append(e.classes[sum], id)
	out.of = []peerID{id}
	return out
}
