package posture_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// lines says a report as sorted lines, so that two can be compared whatever order they were made in.
func lines(r *posture.Report) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	entries := r.Settings.Set().Entries()
	for i, c := range r.Checks {
		add("check %s judged %t %v", entries[i].ID, c.Judged, c.Results)
	}
	for ns, name := range r.Namespaces {
		for c, column := range r.Columns {
			if n := r.Counts[ns*len(r.Columns)+c]; n != posture.NotJudged {
				add("count %s%v %q %d", column.Entry.ID, column.Entry.LabelValues(column.Value), name, n)
			}
		}
	}
	for ns, name := range r.Namespaces {
		for severity := range check.SeverityCount {
			if pass, fail, ok := r.Severity(ns, severity); ok {
				add("severity %s %q %d %d", severity, name, pass, fail)
			}
		}
	}
	for _, f := range r.Findings {
		o := r.Objects[f.Object]
		add("finding %s %q %s %s %d", entries[f.Check].ID, r.Namespaces[o.Namespace], o.Kind, o.Name, f.Count)
	}
	for _, e := range r.Exemptions {
		if e.Unknown {
			add("exemption %s unknown", e.Name)
			continue
		}
		add("exemption %s %d", e.Name, e.Matches)
	}
	for _, s := range r.States {
		add("namespace %+v", s)
	}
	for _, n := range r.Nodes {
		add("node %+v", n)
	}
	for _, a := range r.Admins {
		add("admin %+v", a)
	}
	for _, e := range r.Enforcers {
		add("enforcer %s", e)
	}
	for _, n := range r.Notes {
		add("note %s", n)
	}
	slices.Sort(out)
	return out
}

func sameReport(t *testing.T, what string, want, got *posture.Report) {
	t.Helper()
	if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func noPanic(tb testing.TB) func(string, any) {
	return func(id string, recovered any) { tb.Errorf("%s panicked: %v", id, recovered) }
}

func shuffled[T any](rng *rand.Rand, list []T) []T {
	list = slices.Clone(list)
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}
