package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// RecordingFile renders the recording rules as Prometheus loads them.
func (r *Rules) RecordingFile() []byte {
	var out document
	out.head("Recording rules: what the alerts, the dashboards and the trend over a year are made of.")
	for _, g := range r.Recording {
		out.line(0, "  - name: %s", g.Name)
		out.line(0, "    interval: %s", g.Interval)
		out.line(0, "    rules:")
		for _, rule := range g.Rules {
			out.line(0, "      - record: %s", rule.Record)
			out.expr(rule.Expr)
		}
	}
	return out.Bytes()
}

// AlertFile renders the alerting rules. It needs the parameters that they were made with.
func (r *Rules) AlertFile(p Parameters) []byte {
	var out document
	out.head("Alerting rules. docs/alerts.md says of each why it is there and what to tune; it needs the recording rules.")
	for _, kind := range []Kind{Drift, Practice, Sight} {
		out.line(0, "  - name: kube-posture-%s", kind)
		out.line(0, "    interval: %s", p.Interval)
		out.line(0, "    rules:")
		for i := range r.Alerts {
			if a := &r.Alerts[i]; a.Kind == kind {
				out.alert(a, p)
			}
		}
	}
	return out.Bytes()
}

// document is a file of rules that is being written. YAML is written by hand because expressions are for people: each keeps its lines.
type document struct{ bytes.Buffer }

func (d *document) line(indent int, format string, args ...any) {
	fmt.Fprintf(d, strings.Repeat(" ", indent)+format+"\n", args...)
}

func (d *document) head(says string) {
	d.line(0, "# Written by `go run ./internal/rules/generate` from internal/rules. Change that, not this.")
	d.line(0, "# %s", says)
	d.line(0, "groups:")
}

func (d *document) expr(expr string) {
	if !strings.Contains(expr, "\n") {
		d.line(8, "expr: %s", quoted(expr))
		return
	}
	d.line(8, "expr: |-")
	for line := range strings.SplitSeq(expr, "\n") {
		d.line(10, "%s", line)
	}
}

func (d *document) alert(a *Alert, p Parameters) {
	for _, v := range a.Variants {
		if !v.Enabled {
			continue
		}
		d.line(6, "- alert: %s", a.Name)
		d.expr(v.Expr)
		if v.For != "" {
			d.line(8, "for: %s", v.For)
		}
		if v.KeepFiringFor != "" {
			d.line(8, "keep_firing_for: %s", v.KeepFiringFor)
		}
		d.line(8, "labels:")
		d.line(10, "severity: %s", v.Severity)
		if a.Gap != "" {
			d.line(10, "gap: %s", a.Gap)
		}
		d.line(8, "annotations:")
		for _, n := range a.annotations(p) {
			d.line(10, "%s: %s", n[0], quoted(n[1]))
		}
	}
}

// annotations are names and values.
func (a *Alert) annotations(p Parameters) [][2]string {
	query := "?var-cluster={{ $labels.cluster }}"
	if a.Query != "" {
		query += "&" + a.Query
	}
	return [][2]string{
		{"summary", a.Summary}, {"description", a.Description},
		{"runbook_url", p.RunbookURL + a.Name + ".md"}, {"dashboard_url", p.DashboardURL + a.Dashboard + query},
	}
}

// quoted is text as a YAML scalar in double quotes, or in single ones where that needs no escapes.
func quoted(text string) string {
	if strings.Contains(text, `"`) && !strings.Contains(text, "'") {
		return "'" + text + "'"
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return "''" // text always encodes
	}
	return strings.TrimSuffix(out.String(), "\n")
}
