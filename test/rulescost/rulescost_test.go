package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

func small() parameters {
	p := defaults()
	p.Namespaces, p.Workloads, p.Days, p.Rounds = 10, 100, 3, 2
	return p
}

// TestNothingMeasuredIsEmpty: a query that finds nothing costs nothing, so every recording rule must record something, and every look into
// the past must find something. A rule that fails fails the measurement.
func TestNothingMeasuredIsEmpty(t *testing.T) {
	r, err := measure(t.Context(), small(), places{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	recording := make(map[string]bool)
	for _, l := range r.Lookbacks {
		recording[l.Rule] = recording[l.Rule] || l.Recording
		if l.Series == 0 {
			t.Errorf("%s finds nothing in %s", l.Rule, l.Selector)
		}
	}
	if n := len(recording); n < 18 {
		t.Errorf("only %d rules look back", n)
	}
	if len(r.Phases) != 2 || r.Findings == 0 {
		t.Fatalf("%d phases, %d findings", len(r.Phases), r.Findings)
	}
	for _, p := range r.Phases {
		for _, row := range p.Rows {
			if (recording[row.Rule] || row.Severity == "" && !strings.HasPrefix(row.Rule, "KubePosture")) && row.Series == 0 {
				t.Errorf("%s: %s records nothing", p.Name, row.Rule)
			}
			if row.Query.Median <= 0 || row.Query.Worst < row.Query.Median || row.Whole.Median < row.Query.Median {
				t.Errorf("%s: %s took %+v, with recording %+v", p.Name, row.Rule, row.Query, row.Whole)
			}
		}
		if len(p.rounds) != 2 || p.Round.Median <= 0 || p.Samples == 0 || p.Bytes == 0 {
			t.Errorf("%+v", p)
		}
	}
}

// TestPastIsRecordedAsRulesDo: what is written as the past of a rule has the labels that the rule gives it, for each of them.
func TestPastIsRecordedAsRulesDo(t *testing.T) {
	c, err := newCluster(t.Context(), small(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	made, err := rules.Make(rules.Defaults(), set)
	if err != nil {
		t.Fatal(err)
	}
	want, seen := make(map[string][]string), make(map[string]int)
	for _, r := range made.Records() {
		want[r.Record] = append(r.Labels, "cluster", model.MetricNameLabel)
	}
	for _, s := range c.series {
		if !s.recorded {
			continue
		}
		name := s.labels.Get(model.MetricNameLabel)
		seen[name]++
		s.labels.Range(func(l labels.Label) {
			if !slices.Contains(want[name], l.Name) {
				t.Fatalf("%s has the label %s, which the rule does not give", s.labels, l.Name)
			}
		})
	}
	for name := range want {
		// Nothing reads the past of these two.
		if seen[name] == 0 && name != rules.NewFindings && name != rules.YoungNamespace {
			t.Errorf("%s has no past", name)
		}
	}
}

// TestKeptDatabase: other rules can be measured over the same database, and no other cluster.
func TestKeptDatabase(t *testing.T) {
	p := small()
	p.Days, p.Rounds = 1, 1
	kept := t.TempDir()
	var first []lookback
	for n := range 2 {
		r, err := measure(t.Context(), p, places{database: kept}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			first = r.Lookbacks
		}
		if !slices.EqualFunc(first, r.Lookbacks, func(a, b lookback) bool { return a.Selector == b.Selector && a.Series == b.Series }) {
			t.Errorf("the second measurement saw something else:\n%v\n%v", first, r.Lookbacks)
		}
	}
	p.Workloads++
	if _, err := measure(t.Context(), p, places{database: kept}, io.Discard); err == nil {
		t.Error("the database of another cluster was measured")
	}
}
