package posture

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// dealt gives one to each claimant in turn, in the order of their ranks, until there is no more.
func dealt(claims []int, room int, rank func(int) uint64) []int {
	order := make([]int, len(claims))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	shares := make([]int, len(claims))
	for given := true; given; {
		given = false
		for _, i := range order {
			if shares[i] < claims[i] && room > 0 {
				shares[i], room, given = shares[i]+1, room-1, true
			}
		}
	}
	return shares
}

func TestFairSharesAreDealt(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rank := func(i int) uint64 { return hashText(fmt.Sprint("claimant", i)) }
	for range 3000 {
		claims, total := make([]int, random.IntN(12)), 0
		for i := range claims {
			claims[i] = random.IntN(1 + random.IntN(40))
			total += claims[i]
		}
		room := random.IntN(total + 3)
		got, want := fairShares(claims, room, rank), dealt(claims, room, rank)
		if !slices.Equal(got, want) {
			t.Fatalf("%v with room for %d: got %v, want %v", claims, room, got, want)
		}
	}
}

func TestCutAt(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		ranks := make([]uint64, 1+random.IntN(50))
		for i := range ranks {
			ranks[i] = random.Uint64() >> (random.IntN(8) * 8) // many share their leading bytes
			if i > 0 && random.IntN(4) == 0 {
				ranks[i] = ranks[i-1]
			}
		}
		n := random.IntN(len(ranks))
		sorted := slices.Sorted(slices.Values(ranks))
		c := cutAt(slices.Clone(ranks), n)
		kept := slices.DeleteFunc(slices.Clone(ranks), func(r uint64) bool { return !c.keeps(r) })
		slices.Sort(kept)
		if !slices.Equal(kept, sorted[:n]) {
			t.Fatalf("%d of %v: kept %v", n, sorted, kept)
		}
	}
}

// fact is a finding in a form that can be compared.
type fact struct {
	Namespace, Name string
	Check           int32
}

// severityChecks are checks of each severity, so that a check's index is its severity.
func severityChecks(t *testing.T) *check.Set {
	t.Helper()
	var checks []check.Check
	for s := range check.SeverityCount {
		checks = append(checks, check.Check{
			ID: "of_" + s.String(), Severity: s, Needs: []model.Kind{model.Pods},
			Judge: check.PodJudge(func(*check.Pod, *check.Report) {}),
		})
	}
	set, err := check.NewSet(checks)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// limited runs the facts through limitFindings, dropping whenever drop returns true.
func limited(set *check.Set, limit int, facts []fact, drop func() bool) (*Report, []fact) {
	r := &Report{Settings: NewSettings(set, Options{FindingsLimit: limit}), Namespaces: []string{""}}
	index := map[string]int32{"": 0}
	for _, f := range facts {
		if drop() {
			limitFindings(r)
		}
		ns, ok := index[f.Namespace]
		if !ok {
			ns = int32(len(r.Namespaces))
			index[f.Namespace], r.Namespaces = ns, append(r.Namespaces, f.Namespace)
		}
		r.Findings = append(r.Findings, Finding{Check: f.Check, Object: int32(len(r.Objects)), Count: 1})
		r.Objects = append(r.Objects, Object{ns, "Pod", f.Name})
	}
	limitFindings(r)
	var kept []fact
	for _, f := range r.Findings {
		o := &r.Objects[f.Object]
		kept = append(kept, fact{r.Namespaces[o.Namespace], o.Name, f.Check})
	}
	return r, kept
}

// naive sorts each namespace's facts by severity and hash, and deals them out.
func naive(set *check.Set, limit int, facts []fact) []fact {
	by := make(map[string][]fact)
	for _, f := range facts {
		by[f.Namespace] = append(by[f.Namespace], f)
	}
	var names []string
	var claims []int
	for ns, of := range by {
		names, claims = append(names, ns), append(claims, len(of))
	}
	hash := func(f fact) uint64 { return hashText(f.Namespace, "Pod", f.Name, set.Entries()[f.Check].ID) }
	var kept []fact
	for i, n := range dealt(claims, limit, func(i int) uint64 { return hashText(names[i]) }) {
		of := by[names[i]]
		slices.SortFunc(of, func(a, b fact) int { return cmp.Or(-cmp.Compare(a.Check, b.Check), cmp.Compare(hash(a), hash(b))) })
		kept = append(kept, of[:n]...)
	}
	return kept
}

func randomFacts(random *rand.Rand, n int) []fact {
	facts := make([]fact, n)
	for i := range facts {
		ns := min(random.IntN(12), random.IntN(12)) // some have many more than others
		facts[i] = fact{fmt.Sprint("n", ns), fmt.Sprint("p", i), int32(random.IntN(int(check.SeverityCount)))}
	}
	return facts
}

// inOrder returns the facts in an order of their own.
func inOrder(facts []fact) []fact {
	return slices.SortedFunc(slices.Values(facts), func(a, b fact) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Check, b.Check))
	})
}

// TestLimitIsTheSameInAnyOrder: which findings stay is what dealing them out says, in whatever
// order they are found, and however often some are dropped while more are found.
func TestLimitIsTheSameInAnyOrder(t *testing.T) {
	set := severityChecks(t)
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 5))
		facts := randomFacts(random, random.IntN(300))
		limit := random.IntN(len(facts) + 2)
		want := naive(set, limit, facts)
		for _, often := range []int{0, 2, 10} {
			random.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
			r, got := limited(set, limit, facts, func() bool { return often > 0 && random.IntN(often) == 0 })
			if got := inOrder(got); !slices.Equal(got, inOrder(want)) {
				t.Fatalf("seed %d, %d of %d findings, dropped one time in %d: got\n%v, want\n%v", seed, limit, len(facts), often, got, inOrder(want))
			}
			if r.Dropped != len(facts)-len(got) {
				t.Fatalf("seed %d: %d are dropped, and %d said to be", seed, len(facts)-len(got), r.Dropped)
			}
		}
	}
}

// TestOneFindingMoreTakesOneAtMost: what is new displaces as little as possible, so that hardly
// anything seems to come or go with it.
func TestOneFindingMoreTakesOneAtMost(t *testing.T) {
	set := severityChecks(t)
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 6))
		facts := randomFacts(random, 1+random.IntN(200))
		limit := random.IntN(len(facts) + 2)
		_, more := limited(set, limit, facts, func() bool { return false })
		_, before := limited(set, limit, facts[:len(facts)-1], func() bool { return false })
		missing := func(from, in []fact) (n int) {
			for _, f := range from {
				if !slices.Contains(in, f) {
					n++
				}
			}
			return n
		}
		if gone, come := missing(before, more), missing(more, before); gone > 1 || come > 1 {
			t.Errorf("seed %d, limit %d: one finding more, and %d went and %d came", seed, limit, gone, come)
		}
	}
}

// TestFloodTakesNothingFromOthers: whatever the severity of the flood. Of its own findings the
// severest are shown.
func TestFloodTakesNothingFromOthers(t *testing.T) {
	set := severityChecks(t)
	var others, all []fact
	for ns := range 10 {
		for i := range 150 {
			others = append(others, fact{fmt.Sprint("team-", ns), fmt.Sprint("p", i), int32(i % 3)})
		}
	}
	others = append(others, fact{"", "a-cluster-role", int32(check.Low)})
	for i := range 3000 {
		all = append(all, fact{"flood", fmt.Sprint("p", i), int32(check.Low) + int32(i%2)*int32(check.Critical-check.Low)})
	}
	all = append(all, others...)
	r, kept := limited(set, 2000, all, func() bool { return false })
	shown := 0
	for _, f := range kept {
		if f.Namespace == "flood" {
			shown++
			if f.Check != int32(check.Critical) {
				t.Errorf("of the flood %+v is shown, and severer ones are not", f)
			}
		}
	}
	if want := 2000 - len(others); shown != want || len(kept) != 2000 || r.Dropped != len(all)-2000 {
		t.Errorf("%d of the flood are shown and %d in all, %d dropped; want %d of the flood", shown, len(kept), r.Dropped, want)
	}
	for _, f := range others {
		if !slices.Contains(kept, f) {
			t.Errorf("the flood displaced %+v", f)
		}
	}
}

// TestNamesAreSharedFairly: of a list of names the flood's are dropped, in an order of no
// importance.
func TestNamesAreSharedFairly(t *testing.T) {
	list := func() (names []fact) {
		for i := range 50 {
			names = append(names, fact{Namespace: "flood", Name: fmt.Sprint("x", i)})
		}
		return append(names, fact{"a", "one", 0}, fact{"a", "two", 0}, fact{"", "three", 0})
	}
	of := func(f *fact) (string, uint64) { return f.Namespace, hashText(f.Namespace, f.Name) }
	kept, dropped := limitNamed(list(), 10, of)
	turned := list()
	slices.Reverse(turned)
	again, _ := limitNamed(turned, 10, of)
	if !slices.Equal(inOrder(kept), inOrder(again)) || len(kept) != 10 || dropped != 43 {
		t.Errorf("%d kept, %d dropped; in another order %v are, and not %v", len(kept), dropped, again, kept)
	}
	if n := len(slices.DeleteFunc(kept, func(f fact) bool { return f.Namespace == "flood" })); n != 3 {
		t.Errorf("%d of the 3 others stay", n)
	}
	if all, dropped := limitNamed(list(), 53, of); len(all) != 53 || dropped != 0 {
		t.Errorf("%d of 53 stay within a limit of 53, %d dropped", len(all), dropped)
	}
	if none, dropped := limitNamed(list(), 0, of); len(none) != 0 || dropped != 53 {
		t.Errorf("%d of 53 stay within a limit of 0, %d dropped", len(none), dropped)
	}
}
