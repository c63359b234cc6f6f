package network

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// spaces are namespaces: a list when they are few, else bits.
type spaces struct {
	list []int32
	bits bitset
}

func (s *spaces) orInto(b bitset) {
	if s.bits != nil {
		b.or(s.bits)
		return
	}
	for _, n := range s.list {
		b.add(n)
	}
}

// wave finds the sources of one ingress profile's targets after the other's.
type wave struct {
	*connector
	// everywhere are the namespaces that send to each egress set, for profiles that let everyone in.
	everywhere []*spaces
	// let are the namespaces that send to each egress set and are let in by the profile; letOf says of which profile, counted by round.
	let   []spaces
	letOf []int32
	// united are those of each combination of big egress sets.
	united   []spaces
	unitedOf []int32
	round    int32

	in      set
	every   bool
	scratch bitset
}

func newWave(c *connector) *wave {
	return &wave{
		connector: c, everywhere: make([]*spaces, len(c.sets)), let: make([]spaces, len(c.sets)), letOf: make([]int32, len(c.sets)),
		united: make([]spaces, len(c.combinations)), unitedOf: make([]int32, len(c.combinations)), scratch: make(bitset, c.words),
	}
}

// profile adds the sources of targets that let in the peers of these sets.
func (w *wave) profile(of []peerID, targets []int32) {
	if len(of) == 0 {
		return
	}
	w.round++
	if w.in, w.every = w.receivable(of); w.in.bits == nil && !w.every {
		if len(w.in.list) == 0 {
			return
		}
		w.few()
	}
	last := int32(-1)
	for _, t := range targets {
		if last >= 0 && w.alike(last, t) {
			continue
		}
		last = t
		to := w.from[w.p.table.of[t]]
		w.union(w.kinds[t]).orInto(to)
		for _, id := range w.thin[w.thinStarts[t]:w.thinStarts[t+1]] {
			w.sources(id).orInto(to)
		}
	}
}

// alike says whether two targets of one profile have the same sources, for the same namespace.
func (w *wave) alike(a, b int32) bool {
	return w.p.table.of[a] == w.p.table.of[b] && w.kinds[a] == w.kinds[b] &&
		slices.Equal(w.thin[w.thinStarts[a]:w.thinStarts[a+1]], w.thin[w.thinStarts[b]:w.thinStarts[b+1]])
}

// few goes from the peers of a profile that lets in few of them to the sets that they send to.
func (w *wave) few() {
	for _, s := range w.in.list {
		ns := w.p.table.of[s]
		for _, id := range w.peers(w.p.of[model.Egress][s]).of {
			if w.letOf[id] != w.round {
				w.letOf[id], w.let[id] = w.round, spaces{list: w.let[id].list[:0]}
			}
			if l := &w.let[id].list; len(*l) == 0 || (*l)[len(*l)-1] != ns {
				*l = append(*l, ns)
			}
		}
	}
}

// sources are the namespaces that send to the egress set and are let in.
func (w *wave) sources(id peerID) *spaces {
	switch {
	case w.every:
		if w.everywhere[id] == nil {
			w.everywhere[id] = &spaces{}
			w.send(w.everywhere[id], id)
		}
		return w.everywhere[id]
	case w.letOf[id] == w.round:
	case w.in.bits == nil:
		return &spaces{}
	default:
		w.letOf[id] = w.round
		w.let[id] = spaces{list: w.let[id].list[:0]}
		w.send(&w.let[id], id)
	}
	return &w.let[id]
}

// send collects the namespaces of the endpoints that send to the set, of those that are let in.
func (w *wave) send(out *spaces, id peerID) {
	clear(w.scratch)
	for _, profile := range w.senders[id] {
		for _, s := range w.users[w.userStarts[profile]:w.userStarts[profile+1]] {
			if w.every || w.in.bits.has(s) {
				w.scratch.add(w.p.table.of[s])
			}
		}
	}
	if n := w.scratch.count(); n > w.words {
		out.bits = slices.Clone(w.scratch)
	} else {
		out.list = w.scratch.members(out.list[:0])
	}
}

// union are the sources of all big egress sets of a combination.
func (w *wave) union(kind int32) *spaces {
	sets := w.combinations[kind]
	switch len(sets) {
	case 0:
		return &spaces{}
	case 1:
		return w.sources(sets[0])
	}
	out := &w.united[kind]
	if w.unitedOf[kind] != w.round {
		w.unitedOf[kind] = w.round
		if out.bits == nil {
			out.bits = make(bitset, w.words)
		}
		clear(out.bits)
		for _, id := range sets {
			w.sources(id).orInto(out.bits)
		}
	}
	return out
}
