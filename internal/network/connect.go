package network

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// connector brings the egress of all endpoints together with the ingress of all.
//
// A source may connect to a target when some set of peers that the source may send to holds the target, and some set that the target may
// receive from holds the source. So it asks, for each distinct ingress profile and each egress set, once: which namespaces hold sources that
// send to the set and are let in by the profile? A target's sources are those of the egress sets that hold it.
type connector struct {
	p *profiles
	// possible says that what is possible is counted, otherwise what is certain.
	possible bool
	sets     []set
	words    int

	// users are the places by egress profile, those of profile i from userStarts[i] to userStarts[i+1]; targets by ingress profile likewise.
	users, userStarts, targets, targetStarts []int32
	// senders are the egress profiles by the set that they send to.
	senders [][]int32
	// thick are the big egress sets; kinds tells of each place which combination of them it is in, and combinations which those are.
	thick        []peerID
	kinds        []int32
	combinations [][]peerID
	// thin are the small egress sets that hold each place, those of place i from thinStarts[i] to thinStarts[i+1].
	thin, thinStarts []int32

	// from is the result: for each namespace those that reach it.
	from []bitset
}

func newConnector(p *profiles, possible bool) *connector {
	c := &connector{p: p, possible: possible, sets: p.table.certain, words: (len(p.table.m.world.namespaces) + 63) / 64}
	if possible {
		c.sets = p.table.possible
	}
	n := len(p.table.m.world.namespaces)
	bits := make(bitset, n*c.words)
	c.from = make([]bitset, n)
	for i := range c.from {
		c.from[i] = bits[i*c.words : (i+1)*c.words]
	}
	c.users, c.userStarts = c.byProfile(model.Egress)
	c.targets, c.targetStarts = c.byProfile(model.Ingress)
	c.invert()
	return c
}

func (c *connector) peers(profile int32) *peers {
	if c.possible {
		return &c.p.all[profile].maybe
	}
	return &c.p.all[profile].sure
}

// byProfile sorts the places by their profile in a direction; within a profile they stay in their order.
func (c *connector) byProfile(d model.Direction) (places, starts []int32) {
	places, starts = make([]int32, len(c.p.of[d])), make([]int32, len(c.p.all)+1)
	countingSort(c.p.of[d], starts, func(i int, at int32) { places[at] = int32(i) })
	return places, starts
}

// invert finds the egress sets that hold each place.
func (c *connector) invert() {
	c.senders = make([][]int32, len(c.sets))
	for profile := range c.p.all {
		if c.userStarts[profile] == c.userStarts[profile+1] {
			continue
		}
		for _, id := range c.peers(int32(profile)).of {
			c.senders[id] = append(c.senders[id], int32(profile))
		}
	}
	var places, ids []int32
	for id, senders := range c.senders {
		if len(senders) == 0 || id == int(allPods) {
			continue
		}
		if c.sets[id].bits != nil {
			c.thick = append(c.thick, peerID(id))
			continue
		}
		for _, place := range c.sets[id].list {
			places, ids = append(places, place), append(ids, int32(id))
		}
	}
	c.thin, c.thinStarts = make([]int32, len(ids)), make([]int32, c.p.table.size+1)
	countingSort(places, c.thinStarts, func(i int, at int32) { c.thin[at] = ids[i] })
	c.combine()
}

// combine tells the places apart by the big egress sets that they are in.
func (c *connector) combine() {
	c.kinds = make([]int32, c.p.table.size)
	c.combinations = [][]peerID{nil}
	if len(c.senders[allPods]) > 0 {
		c.combinations[0] = []peerID{allPods}
	}
	for _, id := range c.thick {
		split := make([]int32, len(c.combinations))
		for place := range c.kinds {
			if !c.sets[id].bits.has(int32(place)) {
				continue
			}
			kind := &c.kinds[place]
			if split[*kind] == 0 {
				split[*kind] = int32(len(c.combinations))
				c.combinations = append(c.combinations, append(slices.Clip(c.combinations[*kind]), id))
			}
			*kind = split[*kind]
		}
	}
}

// counts returns for each namespace how many others reach it.
func (c *connector) counts(stop Stop) []int32 {
	w := newWave(c)
	for profile := range c.p.all {
		if stop() {
			break
		}
		if targets := c.targets[c.targetStarts[profile]:c.targetStarts[profile+1]]; len(targets) > 0 {
			w.profile(c.peers(int32(profile)).of, targets)
		}
	}
	out := make([]int32, len(c.from))
	for n, from := range c.from {
		from.drop(int32(n))
		out[n] = int32(from.count())
	}
	return out
}

// receivable unites the sets of peers that a profile lets in; every says that they are all pods.
func (c *connector) receivable(of []peerID) (out set, every bool) {
	switch {
	case slices.Contains(of, allPods):
		return out, true
	case len(of) == 1:
		return c.sets[of[0]], false
	}
	var list []int32
	for _, id := range of {
		if c.sets[id].bits != nil {
			b := newBitset(c.p.table.size)
			for _, id := range of {
				c.sets[id].orInto(b)
			}
			return set{bits: b}, false
		}
		list = append(list, c.sets[id].list...)
	}
	slices.Sort(list)
	return newSet(slices.Compact(list), c.p.table.size), false
}
