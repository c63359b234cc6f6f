package dashboards

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// findings lists offenders by name, whatever they fail.
func (b *builder) findings() *Dashboard {
	d := b.newDashboard(rules.Findings, "Kube posture / Findings", "Who fails which check: every object by name, filtered by whatever is known of it.",
		b.namespaceVariable(), b.teamVariable(),
		choice("gap", "Gap", "What the check asks", b.raw("check_info")),
		choice("severity", "Severity", "The severity in force", b.raw("check_info", in("gap"))),
		choice("check", "Check", "The check that fails", b.raw("check_info", in("gap"), in("severity"))),
		choice("kind", "Kind", "The kind of the object", b.raw("finding", in("namespace"))),
		text("name", "Name", "A regular expression for the whole name of the object"))
	d.line(6, b.findingsCount(), b.findingsBySeverity(), b.findingsNew(), b.findingsDropped())
	d.line(13, b.findingsTable())
	d.line(9, b.findingsByCheck())
	d.line(8, b.findingsTrend(), b.checksTrend())
	return d
}

// filtered are the findings that the variables choose, with what is known of them. What is in no namespace, or in one that is gone, has no
// team: it is shown when the chosen teams match nothing at all, as All does.
func (b *builder) filtered() string {
	with := func(extra ...string) string {
		return b.withSeverity(b.max("finding", append([]string{in("check"), in("namespace"), in("kind"), in("name")}, extra...)...), in("check"), in("gap"), in("severity"))
	}
	return fmt.Sprintf("(%s)\n* on (cluster, namespace) group_left (team) %s\nor\n(%s)\nunless on (cluster, namespace) %s",
		with(), b.rec(rules.NamespaceInfo, in("team")), with(in("team")), b.rec(rules.NamespaceInfo))
}

// filteredNew are the new ones among them.
func (b *builder) filteredNew() string {
	return b.rec(rules.NewFindings, in("check"), in("namespace"), in("kind"), in("name"), in("gap"), in("severity"), in("team"))
}

const nothingChosen = "nothing may match what is chosen"

// complete is 0 where a check that is chosen is judged and every finding is shown, so that no finding is a fact.
func (b *builder) complete() string {
	return fmt.Sprintf("max by (cluster) (%s * 0)\nand on (cluster) %s", b.rec(rules.CheckResources, in("check")), b.everyFinding())
}

func (b *builder) findingsCount() *Panel {
	return stat{
		title: "Failing resources", width: 5, values: []value{{legend: "{{cluster}}", expr: orZero(sumBy("cluster", b.filtered()), b.complete())}},
		says: says("resources that fail, of what the variables choose. A resource counts once for each check. "+notExempt, "nothing that is chosen fails.", "narrow it down by severity first."),
	}.panel()
}

func (b *builder) findingsBySeverity() *Panel {
	return table{
		title: "By severity", width: 9, sort: []string{"rank"}, hidden: []string{"rank"},
		labels:  []label{{name: "severity", mappings: severities()}, clusterLabel()},
		columns: []column{{title: "resources", expr: sumBy("cluster, severity, rank", b.filtered()), width: 120}},
		says:    says("the same, by the severity of the check.", "a severity without a finding is not listed.", "critical takes the node or the cluster at once: begin there."), empty: nothingChosen,
	}.panel()
}

func (b *builder) findingsNew() *Panel {
	count := fmt.Sprintf("count by (cluster) (group by (cluster, check, namespace, kind, name) (%s))", b.filteredNew())
	return stat{
		title: "New findings", width: 5, values: []value{{legend: "{{cluster}}", expr: orZero(count, b.judgedBefore(b.DriftWindow)), thresholds: above0(orange), empty: untilHour}},
		says: says("objects that fail a check and did not an hour ago, of what is chosen. Young namespaces have none.", "nothing new.", "they are on top of the table."),
	}.panel()
}

func (b *builder) findingsDropped() *Panel {
	return stat{
		title: "Not shown", width: 5, values: []value{{legend: "{{cluster}}", expr: b.max("findings_dropped"), thresholds: above0(purple)}},
		says: says("findings of the whole cluster beyond the exporter's limit. Each namespace has a fair share and shows its severest first.", "every finding is shown.",
			"raise findings.limit, or raise findings.min_severity to drop what you do not look at."),
	}.panel()
}

// findingsTable asks one question, because two that are joined in the browser are slow when there are thousands of rows.
func (b *builder) findingsTable() *Panel {
	news := maxBy("cluster, check, namespace, kind, name, gap, severity, team, rank", rank(b.filteredNew()))
	first := fmt.Sprintf(`label_replace(label_replace(%s, "new", "new", "check", ".*"), "rank", "0$1", "rank", "(.+)")`, news)
	all := fmt.Sprintf("%s\nor ignoring (new, rank)\n(%s)", first, b.filtered())
	return table{
		title: "Findings", width: columns, hidden: []string{"rank"}, sort: []string{"rank", byMost}, empty: nothingChosen,
		labels: []label{
			{name: "new", mappings: named("new", orange), width: 70}, severityLabel(), b.checkLabel(), namespaceLabel(), {name: "kind", width: 140}, objectLabel(), {name: "team", width: 130}, {name: "gap", width: 110}, clusterLabel(),
		},
		columns: []column{{title: "resources", expr: all, width: 90}},
		says: says("objects and the checks that they fail, with the resources behind each: the pods of a workload, or the object itself. New ones come first, then the worst. "+
			"No namespace: the object is the whole cluster's, or a user or group.", "what fails nothing is not listed.",
			"click on the check for what to change, on the name for all that the object fails."),
	}.panel()
}

func (b *builder) findingsByCheck() *Panel {
	result := func(r string) string {
		return b.rec(rules.CheckResources, in("check"), is("result", r)) + " * on (cluster, check) group_left () " + b.rec(rules.CheckInfo, in("gap"), in("severity"))
	}
	all := b.withSeverity(b.rec(rules.CheckResources, in("check"), `result="fail"`), in("check"), in("gap"), in("severity"))
	return table{
		title: "By check, in the whole cluster", width: columns, sort: []string{"rank", byMost}, hidden: []string{"rank"},
		labels: []label{severityLabel(), b.checkLabel(), {name: "gap", width: 110}, clusterLabel()},
		columns: []column{
			{title: "failing", expr: "max by (cluster, check, gap, severity, rank) (" + all + ")", thresholds: above0(orange)},
			{title: "passing", expr: "max by (cluster, check) (" + result("pass") + ")"},
			{title: "exempt", expr: "max by (cluster, check) (" + result("exempt") + ")"},
			{title: "unknown", expr: "max by (cluster, check) (" + result("unknown") + ")", thresholds: above0(purple)},
		},
		says: says("what each check says of the resources of the cluster, whatever namespace, team, kind and name are chosen.", "none of the resources is so. A check that cannot be judged is not listed.",
			"unknown is neither pass nor fail: the API does not tell. Look at the Exporter dashboard when it is much."),
	}.panel()
}

func (b *builder) findingsTrend() *Panel {
	trend := sumBy("cluster, severity", b.rec(rules.NamespaceFailing, in("namespace"), in("severity")))
	return graph{
		title: "Failing by severity over 90 days", width: 12, from: "90d", byName: severityLines(), lines: []line{{legend: "{{severity}} {{cluster}}", expr: trend}}, empty: nothingChosen,
		says: says("resources that fail in the namespaces and with the severities that are chosen; the other variables do not count here, and what is in no namespace is not in it.",
			"none fails. A gap is a time of which nothing is known.", "a step up has a day: look there for a release."),
	}.panel()
}

func (b *builder) checksTrend() *Panel {
	return graph{
		title: "Failing by check over 90 days", width: 12, from: "90d",
		lines: []line{{legend: "{{check}} {{cluster}}", expr: "topk by (cluster) (10, " + b.rec(rules.CheckResources, in("check"), `result="fail"`) + ")"}},
		says: says("resources of the whole cluster that fail, by the checks that are chosen; at each moment the ten that fail most. Colours only tell the lines apart.", "nothing fails the check.",
			"choose single checks to see them alone."),
	}.panel()
}
