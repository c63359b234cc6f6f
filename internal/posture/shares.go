package posture

import (
	"cmp"
	"slices"
)

// fairShares divides room between claimants, max-min fairly: a claimant that claims less than
// the share keeps all of it, what it leaves goes to the others, and the rest of the division goes,
// one each, to those of the smallest rank. It returns how much each one keeps.
//
// One claim more takes at most one from another claimant. The result depends on claims and ranks
// only. Sorting makes it n log n in claimants.
func fairShares(claims []int, room int, rank func(claimant int) uint64) []int {
	ordered := make([]int, 0, len(claims))
	for i, n := range claims {
		if n > 0 {
			ordered = append(ordered, i)
		}
	}
	slices.SortFunc(ordered, func(a, b int) int { return cmp.Compare(claims[a], claims[b]) })
	shares := make([]int, len(claims))
	for len(ordered) > 0 && claims[ordered[0]] <= room/len(ordered) {
		shares[ordered[0]] = claims[ordered[0]]
		room -= claims[ordered[0]]
		ordered = ordered[1:]
	}
	if len(ordered) == 0 {
		return shares
	}
	ranks := make([]uint64, len(claims))
	for _, i := range ordered {
		ranks[i] = rank(i)
	}
	slices.SortFunc(ordered, func(a, b int) int { return cmp.Compare(ranks[a], ranks[b]) })
	share, more := room/len(ordered), room%len(ordered)
	for at, i := range ordered {
		shares[i] = share
		if at < more {
			shares[i]++
		}
	}
	return shares
}

// cut is where a list ends that keeps those of the smallest ranks: all below rank, and equal ones
// of rank itself.
type cut struct {
	rank  uint64
	equal int
}

// keeps reports whether something stays. It must be asked once about each.
func (c *cut) keeps(rank uint64) bool {
	if rank == c.rank && c.equal > 0 {
		c.equal--
		return true
	}
	return rank < c.rank
}

// cutAt returns the cut that keeps n of the ranks, fewer than there are. It changes their order,
// and is linear in them whatever they are: it looks at one byte after the other.
func cutAt(ranks []uint64, n int) cut {
	const bits = 8
	prefix := uint64(0)
	for shift := 64 - bits; shift >= 0; shift -= bits {
		var histogram [1 << bits]int
		for _, r := range ranks {
			histogram[r>>shift&(1<<bits-1)]++
		}
		digit := uint64(0)
		for histogram[digit] <= n {
			n -= histogram[digit]
			digit++
		}
		prefix |= digit << shift
		ranks = slices.DeleteFunc(ranks, func(r uint64) bool { return r>>shift&(1<<bits-1) != digit })
	}
	return cut{prefix, n}
}

// limitNamed keeps limit things of a list, in their order, shared fairly between claimants, and
// returns how many it drops. The hash of a thing decides which of a claimant's stay, so that the
// same ones stay from scrape to scrape.
func limitNamed[T any](list []T, limit int, of func(*T) (claimant string, hash uint64)) ([]T, int) {
	if len(list) <= limit {
		return list, 0
	}
	index := make(map[string]int)
	var names []string
	claimants, hashes := make([]int, len(list)), make([]uint64, len(list))
	var claims []int
	for i := range list {
		claimant, hash := of(&list[i])
		c, ok := index[claimant]
		if !ok {
			c = len(claims)
			index[claimant], claims, names = c, append(claims, 0), append(names, claimant)
		}
		claims[c]++
		claimants[i], hashes[i] = c, hash
	}
	shares := fairShares(claims, limit, func(i int) uint64 { return hashText(names[i]) })
	ranks := make([][]uint64, len(claims))
	for i, c := range claimants {
		if shares[c] < claims[c] {
			ranks[c] = append(ranks[c], hashes[i])
		}
	}
	cuts := make([]cut, len(claims))
	for c, of := range ranks {
		if of != nil {
			cuts[c] = cutAt(of, shares[c])
		}
	}
	kept := list[:0]
	for i := range list {
		if c := claimants[i]; shares[c] == claims[c] || cuts[c].keeps(hashes[i]) {
			kept = append(kept, list[i])
		}
	}
	clear(list[len(kept):])
	return kept, len(hashes) - len(kept)
}
