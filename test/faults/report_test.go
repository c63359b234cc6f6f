package faults

import (
	"maps"
	"slices"
)

// note tells of a fault and counts it.
func (s *session) note(what string) {
	s.mu.Lock()
	s.done[what]++
	s.mu.Unlock()
	s.t.Log(what)
}

// violate tells of something that must not be, and ends the run after some.
func (s *session) violate(r *replica, err error) {
	s.mu.Lock()
	s.violations++
	n := s.violations
	s.mu.Unlock()
	s.t.Errorf("violation %d, %s: %v", n, r.name, err)
	if n >= enough {
		s.stop()
	}
}

// report tells what was judged, and fails the test when the run could not have shown anything.
func (s *session) report() {
	var total tally
	total.absent = make(map[string]int)
	for _, w := range s.watched {
		y := &w.judge.tally
		s.t.Logf("%s: %d scrapes judged: %d with every kind, %d with some absent; %d not ready, %d without revisions, %d with kinds before and after a restore; the oldest missing change %s; started %d times",
			w.replica.name, y.judged, y.whole, y.partial, y.notReady, y.unversioned, y.mixed, y.worst, w.replica.starts)
		s.t.Logf("%s: scrapes without a kind: %v", w.replica.name, y.absent)
		s.t.Logf("%s: requests and answers: %v", w.replica.name, w.replica.network.done)
		total.judged, total.partial = total.judged+y.judged, total.partial+y.partial
		total.unversioned, total.mixed = total.unversioned+y.unversioned, total.mixed+y.mixed
	}
	for _, what := range []string{"held", "truncated", "flipped", "Expired", "TooManyRequests", "InternalError"} {
		n := 0
		for _, w := range s.watched {
			n += w.replica.network.done[what]
		}
		if n == 0 {
			s.t.Errorf("no request and no answer was %s: the fault did nothing", what)
		}
	}
	s.t.Logf("%d changes written, %d failed", s.writer.written.Load(), s.writer.failed.Load())
	for _, name := range slices.Sorted(maps.Keys(s.done)) {
		s.t.Logf("%3d × %s", s.done[name], name)
	}
	if total.partial == 0 {
		s.t.Error("no fault made anything absent")
	}
	if skipped := total.unversioned + total.mixed; skipped*20 > total.judged {
		s.t.Errorf("%d scrapes of %d could not be judged", skipped, total.judged+skipped)
	}
}
