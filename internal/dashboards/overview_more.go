package dashboards

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// severityColumns are four columns, one for each severity, of an expression that has a place for a matcher.
func severityColumns(expr func(matcher string) string, empty string) []column {
	var list []column
	for i, s := range check.Severities() {
		list = append(list, column{
			title: s, expr: expr(is("severity", s)), thresholds: above0(severityColours[i]), none: nothing, width: 70, empty: empty,
		})
	}
	return list
}

func (b *builder) byGap() *Panel {
	total := sumBy("cluster, gap", b.rec(rules.GapResources, `result="fail"`))
	cols := append([]column{{title: "failing", expr: total, width: 70}}, severityColumns(func(m string) string {
		return sumBy("cluster, gap", b.rec(rules.GapResources, m, `result="fail"`))
	}, "no check of the severity is judged in the gap")...)
	cols = append(cols,
		column{title: "against 1 day", expr: sumBy("cluster, gap", b.trend(gapDelta+"1d")), thresholds: increase(), width: 105, empty: untilDay},
		column{title: "unknown", expr: sumBy("cluster, gap", b.rec(rules.GapResources, `result="unknown"`)), thresholds: above0(purple), width: 80},
	)
	return table{
		title: "Failing resources by gap", width: 13, columns: cols, sort: []string{byMost},
		labels: []label{{name: "gap", links: []DataLink{to("Findings of the gap", rules.Findings, "gap", ofLabel("gap"))}}, clusterLabel()},
		says: says("resources that fail, by the question that the check asks and by its severity. A resource counts once for each check. \"against 1 day\" above 0 is more than "+
			"a day ago; \"unknown\" is what the API does not tell.", "nothing fails. A dash means that no check of this severity is judged.", "click on the gap."),
	}.panel()
}

func (b *builder) byTeam() *Panel {
	const team = "cluster, team"
	one := 1
	return table{
		title: "Teams", width: 11, sort: []string{byFirst},
		labels:  []label{{name: "owner", links: []DataLink{to("Findings of the team", rules.Findings, "team", ofLabel("team"))}}, clusterLabel()},
		carried: []string{"team"},
		columns: append([]column{
			{title: "score", expr: owned(b.row(team, rules.TeamScore)), unit: "percentunit", decimals: &one, width: 70},
			{title: "against 1 day", expr: owned(maxBy(team, b.trend(teamDelta+"1d"))), unit: "percentunit", decimals: &one, thresholds: difference(), width: 105, empty: untilDay},
		}, severityColumns(func(m string) string { return owned(b.row(team, rules.TeamFailing, m)) }, "nothing of the severity is judged in the team's namespaces")...),
		says: says("the score of each team's namespaces, and the resources that fail there by severity. nobody is the row of namespaces that no label "+
			"gives to a team.", "for a score, everything fails; a dash means that no check of the severity judges anything there.", "click on the team; give what nobody owns to somebody."),
	}.panel()
}

func (b *builder) scoreTrend() *Panel {
	return graph{
		title: "Score over 90 days", width: 12, unit: "percentunit", from: "90d", loose: true,
		lines:  []line{{legend: "score {{cluster}}", expr: b.rec(rules.ClusterScore)}},
		byName: []Override{coloured("score", neutral)},
		says: says("the posture score of the last 90 days, whatever the dashboard's time is.", "everything fails. A gap in the line is a time of which nothing is known.",
			"a step down has a day: look there for a release. A step on the day of an upgrade of the exporter may be a new check."),
	}.panel()
}

func (b *builder) gapTrend() *Panel {
	var byName []Override
	for _, g := range []check.Gap{check.Root, check.Network, check.Token, check.Resources, check.RBAC, check.PodSecurity} {
		byName = append(byName, coloured(string(g), gapColours[g]))
	}
	return graph{
		title: "Failing by gap over 90 days", width: 12, from: "90d", byName: byName,
		lines: []line{{legend: "{{gap}} {{cluster}}", expr: sumBy("cluster, gap", b.rec(rules.GapResources, `result="fail"`))}},
		says: says("failing resources by gap, of the last 90 days, whatever the dashboard's time is. The number grows with the cluster; the score does not.", "nothing fails in the gap.",
			"find the gap that rises, and click on it in the table above."),
	}.panel()
}

func (b *builder) worstNamespaces() *Panel {
	worst := "bottomk(20, " + b.rec(rules.NamespaceScore) + ")"
	among := func(expr string) string { return expr + "\nand on (cluster, namespace) " + worst }
	one := 1
	return table{
		title: "Worst namespaces", width: columns, sort: []string{byFirst},
		labels: []label{namespaceLabel(), {name: "team", width: 150}, {name: "system", width: 90}, clusterLabel()},
		columns: append([]column{
			{title: "score", unit: "percentunit", decimals: &one, expr: fmt.Sprintf("(%s)\n* on (cluster, namespace) group_left (team, system) %s", worst, b.rec(rules.NamespaceInfo))},
			{title: "against 1 day", expr: among(maxBy("cluster, namespace", b.trend(namespaceDelta+"1d"))), unit: "percentunit", decimals: &one, thresholds: difference(), empty: untilDay},
			{title: "against 7 days", expr: among(maxBy("cluster, namespace", b.trend(namespaceDelta+"7d"))), unit: "percentunit", decimals: &one, thresholds: difference(), empty: untilWeek},
		}, severityColumns(func(m string) string {
			return among("max by (cluster, namespace) (" + b.raw("namespace_check_resources", m, `result="fail"`) + ")")
		}, "nothing of the severity is judged in these namespaces")...),
		says: says("the 20 namespaces with the lowest score, and how many resources fail there by severity.", "for a score, everything fails; for a severity, nothing does. A dash means that "+
			"no check of the severity judges anything there.", "click on the namespace."),
	}.panel()
}

func (b *builder) enforcers(width int) *Panel {
	return stat{
		title: "Who enforces network policies", width: width, text: "name",
		values: []value{{legend: "{{name}} {{cluster}}", expr: b.max("network_policy_enforcer_info")}},
		byName: []Override{coloured("none", orange), coloured("unknown", purple)},
		says: says("the network plugins that enforce policies, as DaemonSets, nodes and APIs of the cluster tell.", "never shown. \"none\" means that policies are accepted and act on nothing; "+
			"\"unknown\" that the cluster does not tell.", "when it says none, every pod that looks isolated is open: install an enforcer. When it says unknown and you know better, say so in the configuration."),
		links: []DataLink{to("Network", rules.Network)},
	}.panel()
}

func (b *builder) podSecurityLevels() *Panel {
	all := "count by (cluster) (" + b.max("namespace_pod_security_level", is("mode", "enforce")) + ")"
	var values []value
	for _, level := range []string{"restricted", "baseline", "privileged"} {
		of := "count by (cluster) (" + b.max("namespace_pod_security_level", is("mode", "enforce"), is("level", level)) + ")"
		values = append(values, value{legend: level + " {{cluster}}", expr: orZero(of, all+" * 0")})
	}
	return bars{
		title: "Pod Security that namespaces enforce", width: 9, values: values,
		byName: []Override{coloured("restricted", green), coloured("baseline", yellow), coloured("privileged", orange)},
		says: says("namespaces by the Pod Security level that they enforce, system namespaces included. privileged is what a namespace without the label has: it rejects nothing.",
			"no namespace enforces it.", "open a namespace: it says which level it could enforce today without rejecting a pod."),
	}.panel()
}

func (b *builder) exemptions() *Panel {
	expiry := b.max("exemption_expiry_timestamp_seconds")
	seen := b.seen()
	soon := fmt.Sprintf("((%s - time()) < bool %s * 86400) * (%s > bool time())", expiry, b.ExemptionDays, expiry)
	// The matches of an exemption are absent while a check of it cannot be judged, and a sum without them would be wrong.
	matches, info := b.max("exemption_matches"), b.max("exemption_info")
	covered := fmt.Sprintf("%s\nunless on (cluster) (%s unless on (cluster, exemption) %s)",
		sumBy("cluster", matches), info, matches)
	return stat{
		title: "Exemptions", width: 9, text: "value_and_name", orientation: "vertical",
		values: []value{
			{legend: "in all {{cluster}}", expr: orZero("count by (cluster) ("+b.max("exemption_info")+")", seen)},
			{legend: "end within " + b.ExemptionDays + " days {{cluster}}", expr: orZero(sumBy("cluster", soon), seen), thresholds: above0(yellow)},
			{legend: "expired {{cluster}}", expr: orZero(sumBy("cluster", expiry+" <= bool time()"), seen), thresholds: above0(orange)},
			{legend: "resources covered {{cluster}}", expr: covered, empty: "an exemption that cannot be judged makes the sum unknown"},
		},
		says: says("exemptions in the exporter's configuration, the built-in one for system namespaces included; those that end soon; those that ended and exempt nothing; and the failing "+
			"resources that they cover.", "there are none.", "ask the owner of each that ends whether its reason still holds. The alerts name it."),
	}.panel()
}
