package network_test

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// seen counts what the worlds held, so that a test which compares nothing is noticed.
type seen struct {
	verdicts                  map[check.Isolation]int
	denies, selects, outsides map[check.Answer]int
	reach                     map[string]int
	// skipped are the worlds with too many possibilities to try.
	skipped int
}

func newSeen() *seen {
	return &seen{map[check.Isolation]int{}, map[check.Answer]int{}, map[check.Answer]int{}, map[check.Answer]int{}, map[string]int{}, 0}
}

func (s *seen) report(t *testing.T) {
	t.Logf("verdicts %v, default deny %v, selects %v, from outside %v, reach %v, skipped %d", s.verdicts, s.denies, s.selects, s.outsides, s.reach, s.skipped)
	if s.skipped > 5 || len(s.verdicts) < 4 || len(s.denies) < 3 || len(s.selects) < 3 || len(s.outsides) < 3 || len(s.reach) < 3 {
		t.Error("some answer never came up, or too many worlds were skipped: the test says little")
	}
}

// TestAgainstOracle compares every answer about 10,000 random worlds with the naive one.
func TestAgainstOracle(t *testing.T) {
	const seed, worlds = 20_261, 10_000
	t.Logf("seed %d", seed)
	s := newSeen()
	for i := range worlds {
		compare(t, i, newWorld(seed+uint64(i)), s)
	}
	s.report(t)
}

// TestAgainstOracleInBigWorlds does so where sets of peers are few among many, and many among many.
func TestAgainstOracleInBigWorlds(t *testing.T) {
	const seed, worlds = 77_000, 40
	t.Logf("seed %d", seed)
	s := newSeen()
	for i := range worlds {
		compare(t, i, worldOf(seed+uint64(i), 60, 20, false), s)
		compare(t, i, worldOf(seed+uint64(i), 60, 90, true), s)
	}
	s.report(t)
}

// TestAgainstOracleWithManyPolicies does so where a namespace has hundreds of policies, of which
// many do the same.
func TestAgainstOracleWithManyPolicies(t *testing.T) {
	const seed, worlds = 5_000, 60
	t.Logf("seed %d", seed)
	s := newSeen()
	many := 0
	for i := range worlds {
		w := worldOf(seed+uint64(i), 3, 500, i%2 == 0)
		before := s.skipped
		compare(t, i, w, s)
		if s.skipped == before && len(w.policies) > 100 {
			many++
		}
	}
	if many < worlds/3 {
		t.Errorf("only %d worlds had many policies and were not skipped: the test says little", many)
	}
}

// TestEqualPoliciesChangeNothing: hundreds of policies that say the same say what one of them says,
// also where they are so many that pods are looked up in an index.
func TestEqualPoliciesChangeNothing(t *testing.T) {
	for i := range uint64(120) {
		w := newWorld(i)
		m, ids := w.build()
		one := w.policies
		for range 400 {
			w.policies = append(w.policies, one...)
		}
		many, again := w.build()
		for k := range ids {
			if got, want := many.Isolation(again[k]), m.Isolation(ids[k]); got != want {
				t.Fatalf("world %d: endpoint %d: %v, want %v\n%s", i, k, got, want, w)
			}
		}
		for k := range one {
			if got, want := many.Selects(k), m.Selects(k); got != want {
				t.Fatalf("world %d: policy %d selects %v, want %v", i, k, got, want)
			}
		}
		r, reached := m.Reach(), many.Reach()
		for _, ns := range w.namespaces {
			if got, want := many.DefaultDeny(ns.Name), m.DefaultDeny(ns.Name); got != want {
				t.Fatalf("world %d: default deny of %s: %v, want %v", i, model.Text(ns.Name), got, want)
			}
			n, known := r.From(ns.Name)
			if got, ok := reached.From(ns.Name); (got != n || ok != known) && len(reached.Beyond()) == 0 {
				t.Fatalf("world %d: %s is reached from %d (%t), want %d (%t)", i, model.Text(ns.Name), got, ok, n, known)
			}
		}
	}
}

func compare(t *testing.T, i int, w *world, s *seen) {
	t.Helper()
	defer func() {
		if r := recover(); r == (tooMany{}) {
			s.skipped++
		} else if r != nil {
			panic(r)
		}
	}()
	m, ids := w.build()
	for k, id := range ids {
		got := m.Isolation(id)
		for d := range model.DirectionCount {
			want := w.isolation(&w.endpoints[k], d)
			if got[d] != want {
				t.Fatalf("world %d: endpoint %d %s: %d, want %d\n%s", i, k, d, got[d], want, w)
			}
			s.verdicts[want]++
			if isolated, open := m.Isolated(id, d), m.Open(id, d); want != check.IsolationUnknown &&
				(isolated != check.Known(want != check.NotIsolated) || open != check.Known(want == check.IsolatedButOpen)) {
				t.Fatalf("world %d: endpoint %d %s: %d, but isolated %d and open %d\n%s", i, k, d, want, isolated, open, w)
			}
		}
	}
	for k := range w.policies {
		want := w.selects(k)
		if got := m.Selects(k); got != want {
			t.Fatalf("world %d: policy %d selects: %d, want %d\n%s", i, k, got, want, w)
		}
		s.selects[want]++
	}
	reached := m.Reach()
	for _, ns := range w.namespaces {
		got := m.DefaultDeny(ns.Name)
		for d := range model.DirectionCount {
			want := w.defaultDeny(ns, d)
			if got[d] != want {
				t.Fatalf("world %d: default deny of %s %s: %d, want %d\n%s", i, model.Text(ns.Name), d, got[d], want, w)
			}
			s.denies[want]++
		}
		sure, maybe, outside := w.reach(ns)
		n, known := reached.From(ns.Name)
		if known != (sure == maybe) || known && n != sure {
			t.Fatalf("world %d: %s is reached from %d (%t), want %d to %d\n%s", i, model.Text(ns.Name), n, known, sure, maybe, w)
		}
		if got := reached.FromOutside(ns.Name); got != outside {
			t.Fatalf("world %d: %s is reached from outside: %d, want %d\n%s", i, model.Text(ns.Name), got, outside, w)
		}
		s.outsides[outside]++
		switch {
		case !known:
			s.reach["unknown"]++
		case n == 0:
			s.reach["none"]++
		default:
			s.reach["some"]++
		}
	}
}
