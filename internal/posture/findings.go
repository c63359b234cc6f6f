package posture

import (
	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// limitFindings drops findings until at most the limit is left. The limit is shared fairly between
// namespaces, of which "no namespace" is one: see fairShares. Within a namespace the highest
// severities stay, and within the severity that only partly fits those with the smallest hash of
// what the finding is about. So a flood in one namespace takes nothing from another that is below
// its share, and the same findings stay from scrape to scrape.
//
// It is linear in findings and n log n in namespaces. Which ones stay does not depend on their
// order, so it may be called again and again while more are found: a finding that does not fit
// among some does not fit among more.
func limitFindings(r *Report) {
	if len(r.Findings) <= r.Settings.limit {
		return
	}
	ranks, cuts := findingCuts(r)
	kept := r.Findings[:0]
	for i := range r.Findings {
		f := &r.Findings[i]
		c, severity := &cuts[r.Objects[f.Object].Namespace], r.Settings.severity[f.Check]
		if !c.partial || severity > c.severity || severity == c.severity && c.keeps(ranks[i]) {
			kept = append(kept, *f)
		}
	}
	r.Dropped += len(r.Findings) - len(kept)
	r.Findings = kept
	compactObjects(r)
}

// findingCut is where the findings of one namespace end: of a severity only some stay, of the
// higher ones all, of the lower ones none. The zero value keeps all.
type findingCut struct {
	// partial is false when all stay.
	partial  bool
	severity check.Severity
	// room is how many of the severity stay, and ranks are those of all.
	room  int
	ranks []uint64
	cut
}

// findingCuts returns the cut of each namespace, and the ranks of the findings of its severity.
func findingCuts(r *Report) ([]uint64, []findingCut) {
	claims := make([]int, len(r.Namespaces))
	bySeverity := make([][check.SeverityCount]int, len(r.Namespaces))
	for i := range r.Findings {
		ns := r.Objects[r.Findings[i].Object].Namespace
		claims[ns]++
		bySeverity[ns][r.Settings.severity[r.Findings[i].Check]]++
	}
	shares := fairShares(claims, r.Settings.limit, func(ns int) uint64 { return hashText(r.Namespaces[ns]) })
	cuts := make([]findingCut, len(claims))
	for ns, room := range shares {
		if room == claims[ns] {
			continue
		}
		last := check.Critical
		for bySeverity[ns][last] <= room {
			room -= bySeverity[ns][last]
			last--
		}
		cuts[ns] = findingCut{partial: true, severity: last, room: room, ranks: make([]uint64, 0, bySeverity[ns][last])}
	}
	ranks := rankFindings(r, cuts)
	for ns := range cuts {
		if c := &cuts[ns]; c.partial {
			c.cut = cutAt(c.ranks, c.room)
		}
	}
	return ranks, cuts
}

// rankFindings returns the ranks of the findings of which only some of their severity stay, by
// index, and adds them to their cuts. Findings about one object stand together and share the first
// part of the hash.
func rankFindings(r *Report, cuts []findingCut) []uint64 {
	ranks := make([]uint64, len(r.Findings))
	object, hash := int32(-1), uint64(0)
	for i := range r.Findings {
		f := &r.Findings[i]
		o := &r.Objects[f.Object]
		c := &cuts[o.Namespace]
		if !c.partial || r.Settings.severity[f.Check] != c.severity {
			continue
		}
		if f.Object != object {
			object, hash = f.Object, hashObject(r, o)
		}
		ranks[i] = hashFinding(hash, r.Settings.set.Entries()[f.Check].ID)
		c.ranks = append(c.ranks, ranks[i])
	}
	return ranks
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

// The hashes must be the same in every process, so that two replicas keep the same: FNV-1a,
// finished so that the leading bits are spread as well as the others.
const hashOffset = 14695981039346656037

func hashObject(r *Report, o *Object) uint64 {
	return fnv1a(fnv1a(fnv1a(hashOffset, r.Namespaces[o.Namespace]), o.Kind), o.Name)
}

func hashFinding(object uint64, check string) uint64 { return finished(fnv1a(object, check)) }

// hashText is the hash of some texts, in order.
func hashText(texts ...string) uint64 {
	h := uint64(hashOffset)
	for _, t := range texts {
		h = fnv1a(h, t)
	}
	return finished(h)
}

func finished(h uint64) uint64 {
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
