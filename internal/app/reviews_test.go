package app

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// TestReviewProblemsAreSaidOnce: a date that does not count is named in the log, but not at every scrape.
func TestReviewProblemsAreSaidOnce(t *testing.T) {
	var out bytes.Buffer
	r := reviews{logger: log.NewLogfmtLogger(&out)}
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	rule := rbac.ReviewRule{Annotation: "reviewed", Period: time.Hour}
	report := func(dates ...string) *posture.Report {
		p := &posture.Report{}
		for _, date := range dates {
			b := &model.Binding{Annotations: model.NewLabelSet(map[string]string{"reviewed": date})}
			p.Privileged = append(p.Privileged, posture.PrivilegedBinding{Kind: "ClusterRoleBinding", Name: "debug", Review: rule.Of(b, now)})
		}
		return p
	}
	for _, step := range []struct {
		dates []string
		lines int
	}{
		{[]string{"2026-05-01"}, 0},
		{[]string{"1.5.2026"}, 1},
		{[]string{"1.5.2026"}, 1},
		{[]string{"2027-01-01"}, 2},
		{nil, 2},
		{[]string{"2027-01-01"}, 3},
	} {
		r.say(report(step.dates...))
		if n := strings.Count(out.String(), "\n"); n != step.lines {
			t.Errorf("after %q the log has %d lines, want %d:\n%s", step.dates, n, step.lines, out.String())
		}
	}
}
