package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// question is what a gap asks, for the landing page.
func question(g check.Gap) string {
	switch g {
	case check.Root:
		return "Which pods run as root, or keep what root would need?"
	case check.Network:
		return "Which pods can be reached by, or can reach, anything?"
	case check.Token:
		return "Which pods carry an API token, and what is it good for?"
	case check.Resources:
		return "Which containers can starve their node?"
	case check.RBAC:
		return "Who may do everything, and which bindings are leftovers?"
	case check.PodSecurity:
		return "Which Pod Security Standard holds, and which could?"
	default:
		return ""
	}
}

// overview is what the landing page shows: what a scrape at this moment would say.
func (e *exporter) overview() server.Overview {
	view := e.viewer.view()
	o := server.Overview{Source: e.source.what, Since: e.since, Ready: view.Report != nil}
	if !o.Ready {
		o.Waiting = e.waiting()
	}
	unreadable := make(map[model.Kind]bool)
	for _, s := range e.set.States() {
		if s.Status == informers.Unavailable {
			o.Unreadable = append(o.Unreadable, server.Unreadable{Resource: s.Kind.String(), Reason: s.Reason})
		}
		unreadable[s.Kind.Kind] = s.Status != informers.Synced
	}
	if !view.ConfigSuccessful {
		o.Notices = append(o.Notices, "the configuration file could not be loaded again, and the one before stays in force; the log says why.")
	}
	switch n := view.Skipped["broken"]; {
	case n == 1:
		o.Notices = append(o.Notices, "1 broken file, document or object of the snapshot is left out; the log names it.")
	case n > 1:
		o.Notices = append(o.Notices, fmt.Sprintf("%d broken files, documents or objects of the snapshot are left out; the log names them.", n))
	}
	switch n := view.Incomplete; {
	case n == 1:
		o.Notices = append(o.Notices, "1 file of the snapshot is empty, ends too early, or is being written: its last good content is shown; the log says which.")
	case n > 1:
		o.Notices = append(o.Notices, fmt.Sprintf("%d files of the snapshot are empty, end too early, or are being written: the last good content of each is shown; the log says which.", n))
	}
	if o.Ready {
		o.KubernetesVersion = view.Report.KubernetesVersion
		o.Gaps = gaps(view.Report, unreadable)
		o.Failing = failing(o.Gaps)
	}
	return o
}

// gaps shows the checks in the order of the catalog, those of a gap together and the most severe first.
func gaps(r *posture.Report, unreadable map[model.Kind]bool) []server.Gap {
	set := r.Settings.Set()
	entries := set.Entries()
	var list []server.Gap
	for i := range entries {
		e := &entries[i]
		at := slices.IndexFunc(list, func(g server.Gap) bool { return g.ID == string(e.Gap) })
		if at < 0 {
			at = len(list)
			list = append(list, server.Gap{ID: string(e.Gap), Question: question(e.Gap)})
		}
		list[at].Checks = append(list[at].Checks, shown(r, e, unreadable))
	}
	severity := func(c server.Check) int { return slices.Index(check.Severities(), c.Severity) }
	for i := range list {
		slices.SortStableFunc(list[i].Checks, func(a, b server.Check) int { return severity(a) - severity(b) })
	}
	return list
}

func shown(r *posture.Report, e *check.Entry, unreadable map[model.Kind]bool) server.Check {
	results := &r.Checks[e.Index].Results
	c := server.Check{
		ID: e.ID, About: e.Title, Severity: r.Settings.Severity(e).String(),
		Failing: results[posture.Fail], Exempt: results[posture.Exempt], Unknown: results[posture.Unknown],
	}
	for _, n := range results {
		c.Judged += n
	}
	if r.Checks[e.Index].Judged {
		return c
	}
	var missing []string
	for _, k := range e.Needs {
		if unreadable[k] {
			missing = append(missing, k.String())
		}
	}
	switch {
	case r.Settings.Enabled(e) == 0:
		c.Silent = "switched off in the configuration"
	case len(missing) > 0:
		c.Silent = "cannot read " + strings.Join(missing, ", ")
	default: // it became readable in between
		c.Silent = "not read yet"
	}
	return c
}

// failing counts the checks that something fails by severity, the most severe first.
func failing(gaps []server.Gap) []server.Tally {
	count := make(map[string]int)
	for _, g := range gaps {
		for _, c := range g.Checks {
			if c.Failing > 0 {
				count[c.Severity]++
			}
		}
	}
	var list []server.Tally
	for _, s := range check.Severities() {
		if count[s] > 0 {
			list = append(list, server.Tally{Severity: s, Checks: count[s]})
		}
	}
	return list
}
