package rbac_test

import (
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

func TestReview(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	created := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rule := rbac.ReviewRule{Annotation: "kube-posture/reviewed-at", Period: 30 * 24 * time.Hour}
	for name, tc := range map[string]struct {
		text    string
		set     bool
		at      string
		problem bool
		overdue bool
	}{
		"never":                  {overdue: true},
		"date in time":           {text: "2026-05-15", set: true, at: "2026-05-15T00:00:00Z"},
		"today":                  {text: "2026-06-01", set: true, at: "2026-06-01T00:00:00Z"},
		"date too long ago":      {text: "2026-04-01", set: true, at: "2026-04-01T00:00:00Z", overdue: true},
		"moment with an offset":  {text: "2026-05-15T01:00:00+02:00", set: true, at: "2026-05-14T23:00:00Z"},
		"tomorrow":               {text: "2026-06-02", set: true, problem: true, overdue: true},
		"in a minute":            {text: "2026-06-01T12:01:00Z", set: true, problem: true, overdue: true},
		"another way of writing": {text: "15.5.2026", set: true, problem: true, overdue: true},
		"no such day":            {text: "2026-02-30", set: true, problem: true, overdue: true},
		"empty":                  {set: true, problem: true, overdue: true},
		"spaces":                 {text: " 2026-05-15", set: true, problem: true, overdue: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := &model.Binding{Created: created}
			if tc.set {
				b.Annotations = model.NewLabelSet(map[string]string{rule.Annotation: tc.text})
			}
			r := rule.Of(b, now)
			at := ""
			if !r.At.IsZero() {
				at = r.At.Format(time.RFC3339)
			}
			if at != tc.at || (r.Problem != "") != tc.problem || r.Overdue(now) != tc.overdue || r.Text != tc.text {
				t.Errorf("at %q, problem %q, overdue %t, text %q; want %+v", at, r.Problem, r.Overdue(now), r.Text, tc)
			}
		})
	}
	if r := rule.Of(&model.Binding{Created: now.Add(-time.Hour)}, now); r.Overdue(now) {
		t.Error("a binding made an hour ago is overdue")
	}
}
