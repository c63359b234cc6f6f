package posture

import (
	"cmp"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// limitFindings drops findings until at most the limit is left: the lowest severities first, and within one severity by a hash of
// what the finding is about, so that the same ones stay from scrape to scrape and nothing appears as new because something else came
// or went. It is linear in findings, but for the few that share the hash's leading bits with the last one that stays. Since which ones stay
// does not depend on their order, it may be called again and again while more are found.
func limitFindings(r *Report) {
	limit := r.Settings.limit
	if len(r.Findings) <= limit {
		return
	}
	var bySeverity [check.Critical + 1]int
	severity := func(f *Finding) check.Severity { return r.Settings.severity[f.Check] }
	for i := range r.Findings {
		bySeverity[severity(&r.Findings[i])]++
	}
	room, last := limit, check.Critical
	for bySeverity[last] <= room {
		room -= bySeverity[last]
		last--
	}
	keep := lastKept(r, last, room)
	kept := r.Findings[:0]
	for i := range r.Findings {
		f := &r.Findings[i]
		if s := severity(f); s > last || s == last && keep[i] {
			kept = append(kept, *f)
		}
	}
	r.Dropped += len(r.Findings) - len(kept)
	r.Findings = kept
	compactObjects(r)
}

// crowded is how many findings are kept before those are dropped that will not stay: a few times the limit, so that each is looked at a few
// times at most. The largest clusters have thirty times as many as anybody wants to be told of.
func crowded(limit int) int { return max(4*limit, 1<<14) }

// compactObjects lets go of the objects that no finding is about. Findings are in the order of their objects.
func compactObjects(r *Report) {
	n, last := 0, int32(-1)
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Object != last {
			last = f.Object
			r.Objects[n] = r.Objects[last]
			n++
		}
		f.Object = int32(n - 1)
	}
	clear(r.Objects[n:])
	r.Objects = r.Objects[:n]
}

// lastKept decides which n findings of one severity stay, by index.
func lastKept(r *Report, of check.Severity, n int) []bool {
	const bits = 12
	var histogram [1 << bits]int
	hashes, keep := make([]uint64, len(r.Findings)), make([]bool, len(r.Findings))
	object, hash := int32(-1), uint64(0)
	for i := range r.Findings {
		if f := &r.Findings[i]; r.Settings.severity[f.Check] == of {
			if f.Object != object {
				object, hash = f.Object, hashObject(r, &r.Objects[f.Object])
			}
			hashes[i] = hashFinding(hash, r.Settings.set.Entries()[f.Check].ID)
			histogram[hashes[i]>>(64-bits)]++
		}
	}
	bucket := uint64(0)
	for histogram[bucket] <= n {
		n -= histogram[bucket]
		bucket++
	}
	var candidates []int
	for i := range r.Findings {
		if r.Settings.severity[r.Findings[i].Check] != of {
			continue
		}
		switch b := hashes[i] >> (64 - bits); {
		case b < bucket:
			keep[i] = true
		case b == bucket:
			candidates = append(candidates, i)
		}
	}
	slices.SortFunc(candidates, func(a, b int) int { return cmp.Compare(hashes[a], hashes[b]) })
	for _, i := range candidates[:n] {
		keep[i] = true
	}
	return keep
}

// hashObject and hashFinding must be the same in every process, so that two replicas keep the same findings: FNV-1a, finished so that the
// leading bits are spread as well as the others. Findings about one object stand together, and share the first part.
func hashObject(r *Report, o *Object) uint64 {
	const offset = 14695981039346656037
	return fnv1a(fnv1a(fnv1a(offset, r.Namespaces[o.Namespace]), o.Kind), o.Name)
}

func hashFinding(object uint64, check string) uint64 {
	h := fnv1a(object, check)
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// fnv1a goes on with a text and what ends it.
func fnv1a(h uint64, s string) uint64 {
	const prime = 1099511628211
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return (h ^ 0xff) * prime
}
