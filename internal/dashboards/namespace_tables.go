package dashboards

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// namespaceChecks lists the checks that fail in a namespace.
func (b *builder) namespaceChecks() *Panel {
	count := "sum by (cluster, namespace, check) (" + b.max("finding", in("namespace")) + ")"
	objects := "count by (cluster, namespace, check) (" + b.max("finding", in("namespace")) + ")"
	return table{
		title: "Failing, by check", width: 13, sort: []string{"rank", byMost}, hidden: []string{"rank", "namespace"},
		labels: []label{severityLabel(), wide(b.checkLabel("namespace", "${namespace}")), {name: "gap", width: 110}, clusterLabel()},
		columns: []column{
			{title: "resources", expr: b.withSeverity(count), width: 90}, {title: "objects", expr: objects, width: 80},
		},
		says: says("the checks that something in the namespace fails: how many resources, and behind how many objects. "+notExempt, "a check that nothing fails is not listed; an empty table is only "+
			"good news while the panel of failing resources above says 0.", "click on a check for the names, and for what to change."),
		empty: "nothing fails in a good namespace",
	}.panel()
}

func (b *builder) namespaceWorkloads() *Panel {
	const object = "cluster, namespace, kind, name"
	all := b.max("finding", in("namespace"))
	weight := sumBy(object, fmt.Sprintf("(%s * 0 + 1) * on (cluster, check) group_left () %s", all, b.rec(rules.CheckWeight)))
	of := func(severity string) string {
		return fmt.Sprintf("count by (%s) (%s and on (cluster, check) %s)", object, all, b.rec(rules.CheckInfo, is("severity", severity)))
	}
	return table{
		title: "Objects that fail most", width: 11, sort: []string{byMost}, hidden: []string{"namespace"},
		labels: []label{{name: "kind", width: 120}, {name: "name", links: []DataLink{to("Everything it fails", rules.Findings, "namespace", "${namespace}", "kind", ofLabel("kind"), "name", ofLabel("name"))}}, clusterLabel()},
		columns: []column{
			{title: "weight", expr: weight, width: 80}, {title: "checks", expr: fmt.Sprintf("count by (%s) (%s)", object, all), width: 80},
			{title: "critical", expr: of("critical"), thresholds: above0(red), none: nothing, width: 80, empty: "none is critical"},
			{title: "high", expr: of("high"), thresholds: above0(orange), none: nothing, width: 80, empty: "none is high"},
		},
		says: says("workloads, and other objects, by the weight of the checks that they fail, how many these are, and how many of them are critical and high. "+
			"The weight is the one of the score.", "objects that fail nothing are not listed; a dash is none.",
			"one change of a workload's manifest often closes several: begin at the top."),
		empty: "nothing fails in a good namespace",
	}.panel()
}

func (b *builder) namespaceNews() *Panel {
	news := b.rec(rules.NewFindings, in("namespace"))
	first := fmt.Sprintf("1000 * min by (cluster, check, kind, name, severity, gap, rank) (\n%s\n)", rank(since(news)))
	return table{
		title: "New in the last 24 hours", width: columns, sort: []string{"rank", byMost}, none: "nothing is new, if New findings says 0", hidden: []string{"rank"}, empty: nothingNew,
		labels:  []label{severityLabel(), b.checkLabel("namespace", "${namespace}"), {name: "kind", width: 130}, objectLabel(), {name: "gap", width: 110}, clusterLabel()},
		columns: []column{{title: "new since", expr: first, unit: "dateTimeFromNow", width: 150}},
		says: says("objects of the namespace that began to fail a check in the last 24 hours.", "an empty table says that nothing is new only while New findings above is 0.",
			"ask who changed it, while they remember why."),
	}.panel()
}

func (b *builder) namespaceScoreTrend() *Panel {
	return graph{
		title: "Score over 90 days", width: 12, unit: "percentunit", from: "90d", loose: true, max: number(1), byName: []Override{coloured(".*", neutral)}, empty: "an empty namespace has no score",
		lines: []line{{legend: "{{namespace}} {{cluster}}", expr: b.rec(rules.NamespaceScore, in("namespace"))}},
		says:  says("the namespace's score of the last 90 days.", "everything fails. A gap is a time of which nothing is known.", "a step down has a day: look there for a release."),
	}.panel()
}

func (b *builder) namespaceFindingsTrend() *Panel {
	return graph{
		title: "Failing by severity over 90 days", width: 12, from: "90d", byName: severityLines(), empty: "in an empty namespace nothing is judged",
		lines: []line{{legend: "{{severity}} {{cluster}}", expr: sumBy("cluster, severity", b.rec(rules.NamespaceFailing, in("namespace")))}},
		says: says("resources of the namespace that fail, by severity, of the last 90 days.",
			"none fails. A gap is a time of which nothing is known.", "compare with the score: it does not grow when the namespace does."),
	}.panel()
}

// severityLines are the colours of lines named by severity.
func severityLines() []Override {
	return []Override{coloured("critical", red), coloured("high", orange), coloured("medium", yellow), coloured("low", blue)}
}

func (b *builder) namespaceAdmins() *Panel {
	return table{
		title: "Who may do everything here", width: columns, none: "nobody, if nothing is dropped and every kind is seen", empty: "many namespaces have no admin of their own",
		labels:  []label{{name: "kind", width: 130}, {name: "name"}, clusterLabel()},
		columns: []column{{expr: "max by (cluster, kind, name) (" + b.raw("finding", is("check", b.checkID("namespace_admin_subjects")), in("namespace")) + ")"}},
		says: says("subjects that RoleBindings of this namespace let do everything in it, by name; a ServiceAccount stands by its user name, because it may be another namespace's. "+
			"Cluster-admins are not listed, and a group is one subject, whoever is in it.", "an empty table: nobody but cluster-admins, as far as findings are shown.",
			"bind a role that has only what is needed."),
	}.panel()
}

// privilegedBindings lists bindings that give power, with when they were made and reviewed.
func (b *builder) privilegedBindings() *Panel {
	created := b.max("rbac_binding_created_timestamp_seconds", in("namespace"))
	reviewed := b.max("rbac_binding_last_review_timestamp_seconds", in("namespace"))
	one := 1
	overdue := b.max("finding", is("check", b.checkID("rbac_bindings_review_overdue")), in("namespace"))
	return table{
		title: "Privileged bindings and their review", width: columns, sort: []string{byMost}, none: "there is none, if every kind is seen", empty: "a namespace may have no privileged binding",
		labels: []label{{name: "kind", width: 150}, {name: "namespace", width: 130}, {name: "name"}, clusterLabel()},
		columns: []column{
			{title: "days", expr: fmt.Sprintf("(time() - (%s or %s)) / 86400", reviewed, created), decimals: &one, width: 70},
			{title: "made", expr: created + " * 1000", unit: "dateTimeAsIso", width: 160},
			{title: "reviewed", expr: reviewed + " * 1000", unit: "dateTimeAsIso", none: "no date", width: 160, empty: "no binding was ever reviewed"},
			{title: "overdue", expr: "sum by (cluster, kind, namespace, name) (" + overdue + ")", mappings: words("no", neutral, "overdue", orange), none: nothing, width: 90, empty: "none is overdue"},
		},
		says: says("bindings that give everything, or something on the escalation list; when they were made, when somebody last reviewed them, and the days since. overdue is judged by the exporter "+
			"with its own review period, 90 days unless configured.", "in days: made or reviewed today. A dash is not overdue, or exempt.",
			"remove what nobody can explain; annotate the rest with the date of the review."),
	}.panel()
}
