package model

import (
	"slices"
	"sort"
	"strings"
)

// Index finds, among a list of label sets, all that a selector matches, without asking each of
// them: a selector costs what it asks for, however many sets there are. It knows the keys of the
// selectors that it was made for, and no others. It is not safe for concurrent use.
type Index struct {
	n       int
	byKey   map[string][]labelAt
	scratch []uint64
}

// labelAt is a label of the set at a position: its encoded value, with the bytes around it.
type labelAt struct {
	value string
	at    int32
}

// NewIndex makes an index of sets for selectors. It takes a time and a space that are linear in
// both, but for sorting.
func NewIndex(selectors []Selector, sets []LabelSet) *Index {
	x := &Index{n: len(sets), byKey: make(map[string][]labelAt), scratch: make([]uint64, (len(sets)+63)/64)}
	for _, s := range selectors {
		for rest := Text(s.program); len(rest) > 0; {
			var r requirement
			r, rest = next(rest)
			x.byKey[r.key] = nil
		}
	}
	for i, set := range sets {
		x.add(Text(set), int32(i))
	}
	for _, labels := range x.byKey {
		slices.SortFunc(labels, func(a, b labelAt) int { return strings.Compare(a.value, b.value) })
	}
	return x
}

// add notes the labels of a set that selectors ask for.
func (x *Index) add(text string, at int32) {
	for {
		end := strings.IndexByte(text, equals[0]) + 1
		if end == 0 {
			return
		}
		after := end + strings.IndexByte(text[end:], separator[0])
		if list, wanted := x.byKey[text[:end]]; wanted {
			x.byKey[text[:end]] = append(list, labelAt{text[end-1 : after+1], at})
		}
		text = text[after:]
	}
}

// Find sets one bit for each set that the selector, one of those that the index was made for,
// matches, and clears the others.
func (x *Index) Find(s Selector, out []uint64) {
	for i := range out {
		out[i] = ^uint64(0)
	}
	if last := x.n % 64; last != 0 {
		out[len(out)-1] = 1<<last - 1
	}
	for rest := Text(s.program); len(rest) > 0; {
		var r requirement
		r, rest = next(rest)
		x.meet(&r, out)
	}
}

// meet clears the bits of the sets that do not meet the requirement.
func (x *Index) meet(r *requirement, out []uint64) {
	labels := x.byKey[r.key]
	switch r.operator {
	case doesNotExist:
		drop(labels, out)
		return
	case notIn:
		x.values(r, labels, func(same []labelAt) { drop(same, out) })
		return
	}
	clear(x.scratch)
	switch r.operator {
	case exists:
		add(labels, x.scratch)
	case in:
		x.values(r, labels, func(same []labelAt) { add(same, x.scratch) })
	}
	for i, w := range x.scratch {
		out[i] &= w
	}
}

// values calls with the labels that have one of the requirement's values.
func (x *Index) values(r *requirement, labels []labelAt, with func(same []labelAt)) {
	for rest := r.values; len(rest) > 0 && len(labels) > 0; {
		end := strings.IndexByte(rest, separator[0]) + 1
		value := rest[:end]
		rest = rest[end:]
		// Both are sorted.
		labels = labels[sort.Search(len(labels), func(i int) bool { return labels[i].value >= value }):]
		n := sort.Search(len(labels), func(i int) bool { return labels[i].value > value })
		with(labels[:n])
		labels = labels[n:]
	}
}

func add(labels []labelAt, out []uint64) {
	for i := range labels {
		out[labels[i].at>>6] |= 1 << (labels[i].at & 63)
	}
}

func drop(labels []labelAt, out []uint64) {
	for i := range labels {
		out[labels[i].at>>6] &^= 1 << (labels[i].at & 63)
	}
}
