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
