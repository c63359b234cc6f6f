package rules

import (
	"bytes"
	"fmt"
	"strings"
)

// kinds are the sections of the table.
var kinds = []struct {
	kind         Kind
	title, intro string
}{
	{Drift, "Drift: what is new", "Something exists that did not exist a `drift.window` ago. What was there on the first day fires nothing; dashboards show it."},
	{Practice, "Practice: what is due", "Work with a date, or that has become possible. Nothing here pages."},
	{Sight, "Sight: what cannot be seen", "While one of these fires, the alerts above are partly or wholly silent: absent is not zero."},
}

// Table renders docs/alerts.md.
func (r *Rules) Table(p Parameters) []byte {
	var out bytes.Buffer
	put := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	put("<!-- Written by `go run ./internal/rules/generate` from `internal/rules`. Change that, not this. -->")
	put("# Alerts\n\n%s\n", intro)
	for _, k := range kinds {
		put("## %s\n\n%s\n", k.title, k.intro)
		put("| alert | severity | after | why | what to tune |\n| --- | --- | --- | --- | --- |")
		for i := range r.Alerts {
			if a := &r.Alerts[i]; a.Kind == k.kind {
				put("| [%s](runbooks/%s.md) | %s | %s | %s | %s |", a.Name, a.Name, a.severities(), a.durations(), a.Why, a.Tune)
			}
		}
		put("")
	}
	put("%s\n", whenDriftFires)
	put("## What can be tuned\n\n%s\n", tuning)
	put("| parameter | default | what it decides |\n| --- | --- | --- |")
	for _, t := range p.Tunables() {
		put("| `%s` | `%s` | %s |", t.Key, strings.ReplaceAll(*t.Value, "|", `\|`), strings.ReplaceAll(t.Says, "|", `\|`))
	}
	put("\n## Recorded series\n\n%s\n", scores)
	put("| series | labels besides `cluster` | what it says |\n| --- | --- | --- |")
	for _, rec := range r.Records() {
		labels := "–"
		if len(rec.Labels) > 0 {
			labels = "`" + strings.Join(rec.Labels, "`, `") + "`"
		}
		put("| `%s` | %s | %s |", rec.Record, labels, rec.Says)
	}
	return out.Bytes()
}

func (a *Alert) severities() string {
	var list []string
	for _, v := range a.Variants {
		list = append(list, v.Severity+": "+v.When)
	}
	return strings.Join(list, "<br>")
}

func (a *Alert) durations() string {
	var list []string
	for _, v := range a.Variants {
		after := v.For
		if after == "" {
			after = "at once"
		}
		if len(list) == 0 || list[len(list)-1] != after {
			list = append(list, after)
		}
	}
	return strings.Join(list, "<br>")
}

const intro = `Two files to load, in [alerts/](../alerts/README.md): recording rules and alerting rules. ` + "`severity`" + ` is ` + "`critical`" + ` (a page),
` + "`warning`" + ` (a ticket) or ` + "`info`" + ` (a line in a channel). An alert that exists at two severities is one alertname, so that the worse one can inhibit the other;
[alertmanager-example.yaml](../alerts/alertmanager-example.yaml) does that, and routes by team.

An alert on drift ends when the gap is closed *or* when it is as old as ` + "`drift.window`" + `: then it is no longer new, and is counted by the score, the
dashboards and ` + "`kube_posture_finding`" + ` like every other. "Resolved" is therefore no proof that somebody closed it.`

const whenDriftFires = `### When drift does not fire

- The exporter restarted, was away, or had just been installed: a check is compared only with a moment at which it was judged
  (` + "`kube_posture_check_resources`" + ` was there), and that is in the same scrape as what it says.
- A kind could not be listed then, or cannot now: its checks are not judged, so there is nothing to compare.
- The exporter moved, or has two replicas: the labels of a target are no part of any comparison.
- The namespace is younger than ` + "`drift.namespaceAge`" + `: what is set up with a namespace is not drift. What is new in the hours after counts from then on.
  A new cluster-admin is reported wherever it is, because its power is not confined to a namespace.
- A CronJob runs again: a finding of ` + "`drift.recurringKinds`" + ` is new only once within ` + "`drift.recurringMemory`" + `.
- An upgrade brings a new check: it was not judged before, and scores are compared only while the same checks are judged.

What happens while the exporter is away is reported when it is back, unless it was away for longer than ` + "`drift.window`" + `. After a gap in the data of
more than ` + "`drift.keepFiring`" + ` an alert may end and fire once more.

With ` + "`--metrics.detail=low`" + ` no finding has a name, and no alert on new findings or new cluster-admins can fire; those on namespaces and scores do.

It does fire when an exemption expires, because then the gap is no longer accepted, and when bare pods with generated names fail a check again
and again, such as those of build systems: exempt them by name.
`

const tuning = "The defaults are in `rules.Defaults()` in `internal/rules`, and `go run ./internal/rules/generate` writes the files anew. Every rule's severity, its `for` and whether it\n" +
	"is written at all can be changed there too, under the key `Alertname/severity`. Without Go, edit the two files: they are plain rules."

const scores = "A score is from 0 to 1, and 1 is good. **The cluster's** is the share of judged, non-exempt resources that pass, each weighted by the severity of the\n" +
	"check: critical 10, high 5, medium 2, low 1. What is unknown is in neither part. **A namespace's and a team's** are the same share of what is judged in the\n" +
	"namespace, from `kube_posture_namespace_check_resources`; they are absent while a check that is switched on cannot be judged, so that no kind that cannot be\n" +
	"listed makes a score better. Roles, bindings and other resources of no namespace are in the cluster's score only.\n\n" +
	"Scores and counts are a few series for each namespace and team, so that a year of them is cheap. Only `object:…` has names of objects, and only of new ones."
