package network

import (
	"reflect"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// peerID names a distinct set of peers.
type peerID = int32

const (
	// allPods are all pods of the cluster.
	allPods peerID = iota
	// beyond are all addresses outside of it.
	beyond
	firstPeer
)

// peerTable knows each distinct set of peers once, however many rules name it.
//
// Its sets hold places: the endpoints in the Model's order, one for each namespace with pods that nobody can read, and the outside.
type peerTable struct {
	m *Model
	// of is the namespace of each place.
	of []int32
	// shadows are the places of pods that nobody can read, by namespace.
	shadows map[int32]int32
	out     int32
	size    int

	byKey     map[model.Sym]peerID
	byMatcher map[Matcher]peerID
	matchers  []Matcher
	// certain are the places that match, possible also those of which nobody knows.
	certain, possible []set
	unsure            bool
}

func newPeerTable(m *Model) *peerTable {
	t := &peerTable{m: m, shadows: make(map[int32]int32), byKey: make(map[model.Sym]peerID), byMatcher: make(map[Matcher]peerID)}
	t.of = make([]int32, 0, len(m.order))
	for _, id := range m.order {
		t.of = append(t.of, m.world.of[id])
	}
	for n, unlabeled := range m.world.unlabeled {
		if unlabeled {
			t.shadows[int32(n)] = int32(len(t.of))
			t.of = append(t.of, int32(n))
			t.unsure = true
		}
	}
	t.out = int32(len(t.of))
	t.size = len(t.of) + 1
	all, beyond := newBitset(t.size), newBitset(t.size)
	all.fill(len(t.of))
	beyond.add(t.out)
	t.certain = append(t.certain, set{bits: all}, set{bits: beyond})
	t.possible = append(t.possible, t.certain...)
	t.matchers = append(t.matchers, nil, nil)
	return t
}

// add appends the peers that a matcher names to a rule's, but for those in the namespace home, where they make no difference.
func (t *peerTable) add(to []peerID, m Matcher, home model.Sym) []peerID {
	if u, ok := m.(*union); ok {
		for _, m := range u.of {
			to = t.add(to, m, home)
		}
		return to
	}
	if only, confined := m.Only(); confined {
		if _, there := t.m.world.byName[only]; only == home || !there {
			return to
		}
	} else if m.Everything() {
		return append(to, allPods)
	}
	of := reflect.TypeOf(m)
	// Values are equal when they match the same. Pointers are not: those tell it by their keys.
	if k, ok := m.(Keyed); ok && (of.Kind() == reflect.Pointer || !of.Comparable()) {
		if key := k.Key(); key != (model.Sym{}) {
			id, known := t.byKey[key]
			if !known {
				id = t.next(m)
				t.byKey[key] = id
			}
			return append(to, id)
		}
	}
	if !of.Comparable() {
		return append(to, t.next(m))
	}
	id, known := t.byMatcher[m]
	if !known {
		id = t.next(m)
		t.byMatcher[m] = id
	}
	return append(to, id)
}

func (t *peerTable) next(m Matcher) peerID {
	t.matchers = append(t.matchers, m)
	return peerID(len(t.matchers) - 1)
}

// find asks every matcher for its places.
func (t *peerTable) find(stop Stop) {
	spaces, labels := t.index()
	var whole []int32
	for n := range t.m.world.namespaces {
		whole = append(whole, int32(n))
	}
	f := finder{spaces: spaces, labels: labels, wide: t.wide(&spaces, &labels)}
	for _, m := range t.matchers[len(t.certain):] {
		if stop() {
			return
		}
		f.certain, f.doubtful = f.certain[:0], f.doubtful[:0]
		t.ask(&f, m, whole)
		certain := newSet(slices.Clone(f.certain), t.size)
		t.certain = append(t.certain, certain)
		if len(f.doubtful) == 0 {
			t.possible = append(t.possible, certain)
			continue
		}
		t.unsure = true
		t.possible = append(t.possible, newSet(slices.Concat(f.certain, f.doubtful), t.size))
	}
}

// ask asks a matcher for its places, where its hints say that they can be.
func (t *peerTable) ask(f *finder, m Matcher, here []int32) {
	var one [1]int32
	if only, confined := m.Only(); confined {
		one[0] = t.m.world.byName[only]
		here = one[:]
	} else if hinted, ok := m.(*inNamespaces); ok {
		if places, indexed := f.spaces.of(hinted.spaceHint); indexed {
			here = places
		} else if places, indexed := f.labels.of(hinted.labelHint); indexed && hinted.anywhere() {
			t.matching(f, m, places)
			return
		} else if f.wide != nil {
			f.wide.find(f, hinted)
			return
		}
	}
	for _, n := range here {
		t.inNamespace(f, m, n)
	}
}

// finder collects the places of one matcher.
type finder struct {
	certain, doubtful []int32

	spaces, labels hints
	// wide is nil when there are not enough matchers for it.
	wide *wide
}

func (t *peerTable) inNamespace(f *finder, m Matcher, n int32) {
	reach, sure := ScopeOf(m, t.m.world.namespaces[n])
	if sure && reach == None {
		return
	}
	if s, ok := t.shadows[n]; ok {
		if sure && reach == All {
			f.certain = append(f.certain, s)
		} else {
			f.doubtful = append(f.doubtful, s)
		}
	}
	hinted, _ := m.(*inNamespaces)
	for place := t.m.starts[n]; place < t.m.starts[n+1]; place++ {
		e := &t.m.world.endpoints[t.m.order[place]]
		switch {
		case !sure:
			f.doubtful = append(f.doubtful, place)
		case reach == All || hinted != nil && hinted.labels.Matches(e.Labels) || hinted == nil && m.Match(e):
			f.certain = append(f.certain, place)
		}
	}
}

// matching asks for single endpoints, when the matcher does not depend on their namespaces.
func (t *peerTable) matching(f *finder, m Matcher, places []int32) {
	for _, place := range places {
		if m.Match(&t.m.world.endpoints[t.m.order[place]]) {
			f.certain = append(f.certain, place)
		}
	}
	for _, s := range t.shadows {
		f.doubtful = append(f.doubtful, s)
	}
}
