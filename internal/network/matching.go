package network

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// space is what a Model knows of a namespace: the policies that select any of its endpoints, in the
// Model's selections from `from` to `to`, and its classes from firstClass to lastClass.
type space struct {
	from, to, firstClass, lastClass int32
}

// words is the size of a row in words: one bit for each of the policies.
func (s *space) words() int { return int(s.to-s.from+63) / 64 }

// class is the endpoints of one namespace that the same policies select. Its row has a bit for each
// of the namespace's policies.
type class struct{ space, row int32 }

// row returns the bits of a class.
func (m *Model) row(class int32) bitset {
	c := &m.classes[class]
	return m.rows[c.row:][:m.spaces[c.space].words()]
}

// selecting appends the policies that select the endpoints of a class.
func (m *Model) selecting(out []selection, class int32) []selection {
	s := &m.spaces[m.classes[class].space]
	var bits [16]int32
	for _, i := range m.row(class).members(bits[:0]) {
		out = append(out, m.selections[int(s.from)+int(i)])
	}
	return out
}

// classAt is the class of an endpoint.
func (m *Model) classAt(id ID) int32 { return m.classOf[m.at[id]] }

// matching asks the policies of one namespace after the other.
type matching struct {
	m *Model
	// rows has a row for each endpoint of the namespace.
	rows  bitset
	words int
	// known are the namespace's classes by a sum of their bits, when it has many endpoints.
	known map[uint64]int32
}

// indexed is from how many pairs of policies and endpoints of a namespace on an index is quicker
// than to ask each pair.
const indexed = 1 << 12

func (g *matching) namespace(n int, here []candidate) {
	m := g.m
	places := m.order[m.starts[n]:m.starts[n+1]]
	s := &m.spaces[n]
	s.from, s.firstClass = int32(len(m.selections)), int32(len(m.classes))
	for i := range here {
		m.selections = append(m.selections, here[i].selection)
	}
	s.to = int32(len(m.selections))
	g.words = s.words()
	g.rows = slices.Grow(g.rows[:0], g.words*len(places))[:g.words*len(places)]
	clear(g.rows)
	if len(here)*len(places) < indexed {
		for i, id := range places {
			row := g.row(i)
			for k := range here {
				if here[k].match(&m.world.endpoints[id]) {
					row.add(int32(k))
				}
			}
		}
	} else {
		g.byIndex(here, places)
	}
	g.known = nil
	for i := range places {
		m.classOf[int(m.starts[n])+i] = g.class(int32(n), g.row(i), len(places))
	}
	s.lastClass = int32(len(m.classes))
	any := make(bitset, g.words)
	for c := s.firstClass; c < s.lastClass; c++ {
		any.or(m.row(c))
	}
	for k := range here {
		if any.has(int32(k)) {
			m.select_(here[k].policy, here[k].unreadable)
		}
	}
}

func (g *matching) row(i int) bitset { return g.rows[i*g.words:][:g.words] }

// byIndex fills the rows of a namespace with many policies and endpoints: each policy finds its
// endpoints in an index of their labels.
func (g *matching) byIndex(here []candidate, places []ID) {
	var selectors []model.Selector
	for i := range here {
		if s, ok := here[i].selector(); ok && !here[i].every {
			selectors = append(selectors, s)
		}
	}
	sets := make([]model.LabelSet, len(places))
	for i, id := range places {
		sets[i] = g.m.world.endpoints[id].Labels
	}
	index := model.NewIndex(selectors, sets)
	words := (len(places) + 63) / 64
	columns := make(bitset, 64*words)
	for block := range g.words {
		clear(columns)
		for i := block * 64; i < min(len(here), block*64+64); i++ {
			column, c := columns[i%64*words:][:words], &here[i]
			if c.every {
				column.fill(len(places))
				continue
			}
			if s, ok := c.selector(); ok {
				index.Find(s, column)
				continue
			}
			for k, id := range places {
				if c.match(&g.m.world.endpoints[id]) {
					column.add(int32(k))
				}
			}
		}
		for w := range words {
			var square [64]uint64
			for i := range square {
				square[i] = columns[i*words+w]
			}
			transpose(&square)
			for i := w * 64; i < min(len(places), w*64+64); i++ {
				g.rows[i*g.words+block] = square[i%64]
			}
		}
	}
}

// class returns the class of a row among those of a namespace, which is a new one for a new row.
func (g *matching) class(n int32, row bitset, endpoints int) int32 {
	const few = 16
	m := g.m
	if endpoints <= few {
		for c := m.spaces[n].firstClass; c < int32(len(m.classes)); c++ {
			if slices.Equal(m.row(c), row) {
				return c
			}
		}
		return g.add(n, row)
	}
	if g.known == nil {
		g.known = make(map[uint64]int32)
	}
	for sum := row.sum(); ; sum++ {
		c, there := g.known[sum]
		if !there {
			g.known[sum] = g.add(n, row)
			return g.known[sum]
		}
		if slices.Equal(m.row(c), row) {
			return c
		}
	}
}

func (g *matching) add(n int32, row bitset) int32 {
	g.m.classes = append(g.m.classes, class{n, int32(len(g.m.rows))})
	g.m.rows = append(g.m.rows, row...)
	return int32(len(g.m.classes) - 1)
}
