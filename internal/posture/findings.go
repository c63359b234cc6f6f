package posture

import (
	"cmp"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// limitFindings drops findings until at most the limit is left: the lowest severities first, and within one severity by a hash of
// what the finding is about, so that the same ones stay from scrape to scrape and nothing appears as new because something else came
// or went. It is linear in findings, but for the few that share the hash's leading bits with the last one that stays.
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
	r.Dropped = len(r.Findings) - len(kept)
	r.Findings = kept
	if r.Dropped > worthIt*limit {
		r.Findings = slices.Clone(kept)
		compactObjects(r)
	}
}

// worthIt is how many times as many findings must be dropped as stay before their memory is let go of: that takes memory itself.
const worthIt = 8

// compactObjects lets go of the objects that no finding is about: the report is kept until it is written out, and in the largest clusters
// nearly all of them are about nothing that stays.
func compactObjects(r *Report) {
	const none = -1
	place := slices.Repeat([]int32{none}, len(r.Objects))
	objects := make([]Object, 0, min(len(r.Findings), len(r.Objects)))
	for i := range r.Findings {
		f := &r.Findings[i]
		if place[f.Object] == none {
			place[f.Object] = int32(len(objects))
			objects = append(objects, r.Objects[f.Object])
		}
		f.Object = place[f.Object]
	}
	r.Objects = objects
}

// lastKept decides which n findings of one severity stay, by index.
func lastKept(r *Report, of check.Severity, n int) []bool {
	const bits = 12
	var histogram [1 << bits]int
	hashes, keep := make([]uint64, len(r.Findings)), make([]bool, len(r.Findings))
	for i := range r.Findings {
		if f := &r.Findings[i]; r.Settings.severity[f.Check] == of {
			hashes[i] = hashFinding(r, f)
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

// hashFinding must be the same in every process, so that two replicas keep the same findings: FNV-1a, finished so that the leading
// bits are spread as well as the others.
func hashFinding(r *Report, f *Finding) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	add := func(s string) {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * prime
		}
		h = (h ^ 0xff) * prime
	}
	o := &r.Objects[f.Object]
	add(r.Settings.set.Entries()[f.Check].ID)
	add(r.Namespaces[o.Namespace])
	add(o.Kind)
	add(o.Name)
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
