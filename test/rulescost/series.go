package main

import (
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
)

// span is a time in which a series exists, in milliseconds since 1970; the end is not in it.
type span struct{ from, to int64 }

// series is one series of the year: when it exists and how its value drifts.
type series struct {
	labels labels.Labels
	base   float64
	shape  shape
	// seed makes it drift in its own way.
	seed uint64
	// spans are in order and apart.
	spans []span
	// offset is by how much its samples are later than the full minute.
	offset int64
	// recorded is true for what rules recorded.
	recorded bool
}

// shape says how a value drifts.
type shape uint8

const (
	constant shape = iota
	// count is a whole number that changes by one now and then.
	count
	// ratio moves a little every hour.
	ratio
	// clock follows the time.
	clock
)

func newSeries(l labels.Labels, base float64, recorded bool, spans []span) *series {
	s := &series{labels: l, base: base, seed: l.Hash(), recorded: recorded, spans: spans}
	name := l.Get(model.MetricNameLabel)
	switch {
	case name == "kube_posture_informer_last_event_timestamp_seconds":
		s.shape = clock
	case strings.HasSuffix(name, "_seconds"), strings.HasSuffix(name, "_total"), strings.HasSuffix(name, "_info"), strings.Contains(name, "kube_posture_check_info"):
		s.shape = constant
	case strings.Contains(name, ":delta"), base != math.Trunc(base), strings.HasSuffix(name, ":ratio"):
		s.shape = ratio
	case base >= 2:
		s.shape = count
	}
	return s
}

// at is the value at a time. Nothing that is there drifts to 0, and no 0 drifts away.
func (s *series) at(t int64) float64 {
	switch s.shape {
	case clock:
		return float64(t/1000 - 30)
	case count:
		switch mix(s.seed^uint64(t/(6*time.Hour).Milliseconds())) % 10 {
		case 0:
			return s.base + 1
		case 1:
			return s.base - 1
		}
	case ratio:
		return s.base + float64(mix(s.seed^uint64(t/time.Hour.Milliseconds()))%1000)/50000 - 0.01
	}
	return s.base
}

// samples calls visit with what is stored of the series in a time, one sample in a step; a span that no step meets has one at its start.
// Where a scrape would have seen the end, the series is marked as stale.
func (s *series) samples(in span, step int64, visit func(t int64, v float64) error) error {
	for _, alive := range s.spans {
		from, to := max(alive.from, in.from), min(alive.to, in.to)
		if from >= to {
			continue
		}
		t := (from+step-1)/step*step + s.offset
		if t >= to && alive.from >= in.from {
			t = alive.from
		}
		for ; t < to; t += step {
			if err := visit(t, s.at(t)); err != nil {
				return err
			}
		}
		if t < in.to && t >= alive.to && step <= (5*time.Minute).Milliseconds() {
			if err := visit(t, math.Float64frombits(value.StaleNaN)); err != nil {
				return err
			}
		}
	}
	return nil
}

// alive says whether the series exists at a time.
func (s *series) alive(t int64) bool {
	for i := len(s.spans) - 1; i >= 0; i-- {
		if t >= s.spans[i].from {
			return t < s.spans[i].to
		}
	}
	return false
}

// mix spreads the bits of a number.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
