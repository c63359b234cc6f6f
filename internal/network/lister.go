package network

import "slices"

// lister lists the policies of one class after the other, in the order in which a pipeline asks
// them. Where a namespace has many, it leaves out those that do what another of the list does that
// is asked before: of equal policies only the first can make a difference. So what a class costs
// depends on how many different things its policies do, and not on how many they are.
type lister struct {
	m *Model
	// what is what a policy does, as far as it matters: a comparable value.
	what func(e *entry) any

	space *space
	// kinds has for each pipeline the different things that the namespace's policies do.
	kinds [][]kind
	own   []selection
	out   []entry
	ranks []int32
}

// kind is the policies of a namespace that do the same.
type kind struct {
	entry
	// mask has their bits in a class's row.
	mask bitset
	// bits and ranks are, for policies that have an order, their bits and ranks in that order. For
	// additive ones there is one rank.
	bits, ranks []int32
}

// kindKey tells kinds apart.
type kindKey struct {
	group                            int16
	additive, unreadable, kubernetes bool
	what                             any
}

// many is from how many policies on a namespace's equal ones are put together.
const many = 64

// enter is called before the classes of a namespace are listed.
func (l *lister) enter(n int) {
	l.space = &l.m.spaces[n]
	l.kinds = nil
	if l.space.to-l.space.from <= many {
		return
	}
	for i := range l.m.lines {
		l.kinds = append(l.kinds, l.sort(i))
	}
}

// sort finds the kinds of a namespace's policies in a pipeline.
func (l *lister) sort(line int) (out []kind) {
	here := l.m.selections[l.space.from:l.space.to]
	bitOf := make(map[int32]int32, len(here))
	for i, s := range here {
		bitOf[s.policy] = int32(i)
	}
	byKey := make(map[kindKey]int)
	for rank, e := range l.m.arranged(nil, line, here) {
		key := kindKey{e.group, e.additive, e.unreadable, e.Engine == Kubernetes, nil}
		if !e.unreadable {
			key.what = l.what(&e)
		}
		i, there := byKey[key]
		if !there {
			i = len(out)
			byKey[key] = i
			out = append(out, kind{entry: e, mask: make(bitset, l.space.words())})
		}
		k, bit := &out[i], bitOf[e.index]
		k.mask.add(bit)
		if !e.additive {
			k.bits, k.ranks = append(k.bits, bit), append(k.ranks, int32(rank))
		} else if len(k.ranks) == 0 {
			k.ranks = append(k.ranks, int32(rank))
		}
	}
	return out
}

// list returns the policies of a class. It is valid until the next call.
func (l *lister) list(line int, class int32) []entry {
	if l.kinds == nil {
		l.own = l.m.selecting(l.own[:0], class)
		l.out = l.m.arranged(l.out[:0], line, l.own)
		return l.out
	}
	row := l.m.row(class)
	l.out, l.ranks = l.out[:0], l.ranks[:0]
	for i := range l.kinds[line] {
		k := &l.kinds[line][i]
		if rank, ok := k.in(row); ok {
			at, _ := slices.BinarySearch(l.ranks, rank)
			l.ranks, l.out = slices.Insert(l.ranks, at, rank), slices.Insert(l.out, at, k.entry)
		}
	}
	return l.out
}

// in returns the rank of the first policy of the kind in a row, and false when there is none.
func (k *kind) in(row bitset) (int32, bool) {
	if !k.mask.meets(row) {
		return 0, false
	}
	for i, bit := range k.bits {
		if row.has(bit) {
			return k.ranks[i], true
		}
	}
	return k.ranks[0], true
}
