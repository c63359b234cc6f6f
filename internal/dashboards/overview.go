package dashboards

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// The names of recorded series that only dashboards read.
const (
	scoreDelta     = "cluster:kube_posture_score:delta"
	teamDelta      = "team:kube_posture_score:delta"
	namespaceDelta = "namespace:kube_posture_score:delta"
	gapDelta       = "gap:kube_posture_check_resources:delta"
)

const (
	untilHour    = "in the first hour there is nothing to compare with"
	untilDay     = "in the first day there is nothing to compare with"
	untilWeek    = "in the first week there is nothing to compare with"
	untilQuarter = "in the first 90 days there is nothing to compare with"
	nothingNew   = "nothing is new in a healthy cluster"
)

// overview fits on a screen and a half. Its first line answers whether things are worse than yesterday.
func (b *builder) overview() *Dashboard {
	d := b.newDashboard(rules.Overview, "Kube posture / Overview", "Are we worse than yesterday? What is new, where, and whose is it?")
	d.line(5, b.scoreNow(), b.scoreThen(), b.newNow(), b.failingNow(), b.adminsNow(), b.blindSpots())
	d.line(9, b.newByName())
	d.line(8, b.byGap(), b.byTeam())
	d.line(8, b.scoreTrend(), b.gapTrend())
	d.line(8, b.worstNamespaces())
	d.line(5, b.enforcers(6), b.podSecurityLevels(), b.exemptions())
	return d
}

func (b *builder) scoreNow() *Panel {
	one := 1
	return stat{
		title: "Posture score", width: 4, unit: "percentunit", decimals: &one,
		says: says("the share of judged resources that pass, each weighted by the severity of the check that judges it. Exempt and unknown ones are not in it.",
			"everything fails.", "nothing about the number itself: look at what made it move, in the panels beside and below."),
		values: []value{{legend: "{{cluster}}", expr: b.rec(rules.ClusterScore)}},
	}.panel()
}

func (b *builder) scoreThen() *Panel {
	one := 1
	var values []value
	for _, w := range []struct{ window, name, empty string }{{"1d", "1 day", untilDay}, {"7d", "7 days", untilWeek}, {"90d", "90 days", untilQuarter}} {
		values = append(values, value{
			legend: w.name + " {{cluster}}", expr: b.trend(scoreDelta + w.window), thresholds: difference(), empty: w.empty,
		})
	}
	return stat{
		title: "Score against the past", width: 6, unit: "percentunit", decimals: &one, text: "value_and_name", orientation: "vertical", values: values,
		says: says("the posture score now minus the score then, in points of 100. Below 0 is worse than then.", "as good as then.",
			"when it is below 0, look at what is new; when nothing is, at the trend by gap. No data means that nothing is known about then. A new version "+
				"with more checks, or a check that is switched off, moves it as well."),
	}.panel()
}

func (b *builder) newNow() *Panel {
	count := func(selector string) string {
		return fmt.Sprintf("count by (cluster) (group by (cluster, check, namespace, kind, name) (%s))", selector)
	}
	news := b.rec(rules.NewFindings)
	return stat{
		title: "New findings", width: 4, text: "value_and_name", orientation: "vertical",
		values: []value{
			{legend: "now {{cluster}}", expr: orZero(count(news), b.judgedBefore(b.DriftWindow)), thresholds: above0(orange), empty: untilHour},
			{legend: "in 24 h {{cluster}}", expr: orZero(count("last_over_time("+news+"[24h])"), b.judgedBefore("1d")), thresholds: above0(orange), empty: untilDay},
		},
		says: says("objects that fail a check and did not an hour before; now, and at any time in the last 24 hours. An object counts once for each check.",
			"nothing new. It is only written when the checks were judged then and are now.", "open the table below and ask who changed it."),
		links: []DataLink{to("Findings", rules.Findings)},
	}.panel()
}

func (b *builder) failingNow() *Panel {
	of := func(severity, colour string) value {
		return value{
			legend: severity + " {{cluster}}", thresholds: above0(colour),
			expr: sumBy("cluster", b.rec(rules.GapResources, is("severity", severity), `result="fail"`)),
		}
	}
	return stat{
		title: "Failing, critical and high", width: 4, text: "value_and_name", orientation: "vertical",
		values: []value{of("critical", red), of("high", orange)},
		says: says("resources that fail a check of this severity and are not exempt. A resource counts once for each check.", "none does.",
			"critical takes the node or the cluster at once: open the findings. What is meant to be so belongs into an exemption, with an owner and an end."),
		links: []DataLink{to("Findings", rules.Findings)},
	}.panel()
}

func (b *builder) adminsNow() *Panel {
	of := func(origin string, t Thresholds) value {
		return value{
			legend: origin + " {{cluster}}", thresholds: t,
			expr: sumBy("cluster", b.own("cluster_admin_subjects", is("origin", origin))),
		}
	}
	return stat{
		title: "Cluster-admins", width: 3, text: "value_and_name", orientation: "vertical",
		values: []value{of("custom", plain()), of("builtin", plain()), of("provider", plain())},
		says: says("subjects of RBAC bindings that may do everything in the whole cluster, by any role; builtin is what Kubernetes and kubeadm set up, provider what the cloud or the distribution did. It is a "+
			"lower bound: a group counts once, and power granted outside of RBAC is not visible.", "none but those listed as builtin or provider.",
			"know each by name: open the RBAC dashboard."),
		links: []DataLink{to("Who, since when, and when reviewed", rules.RBAC)},
	}.panel()
}

func (b *builder) blindSpots() *Panel {
	return stat{
		title: "Blind spots", width: 3,
		values: []value{{legend: "{{cluster}}", thresholds: above0(purple), expr: sumBy("cluster", "1 - "+b.min("informer_synced"))}},
		says: says("kinds of objects that the exporter wants to see and cannot, in the replica that sees least. What depends on them is absent from every other panel.",
			"everything that the API serves is seen.", "open the Exporter dashboard: it names the kinds and the errors. No data here means that no exporter answers."),
		links: []DataLink{to("Which kinds, and why", rules.Exporter)},
	}.panel()
}

// since is when each series began within 24 hours, to five minutes; what has just begun is not missed.
func since(series string) string {
	return fmt.Sprintf("(min_over_time(timestamp(%s)[24h:5m]) or timestamp(%s))", series, series)
}

func (b *builder) newByName() *Panel {
	news := b.rec(rules.NewFindings)
	const object = "cluster, check, namespace, kind, name"
	first := fmt.Sprintf("1000 * min by (%s, severity, gap, team, rank) (\n%s\n)", object, rank(since(news)))
	now := fmt.Sprintf("%s\nand on (%s) last_over_time(%s[24h])", b.max("finding"), object, news)
	return table{
		title: "New in the last 24 hours", width: columns, empty: nothingNew,
		labels: []label{severityLabel(), b.checkLabel(), namespaceLabel(), {name: "kind", width: 130}, objectLabel(), {name: "team", width: 120}, {name: "gap", width: 110}, clusterLabel()},
		hidden: []string{"rank"},
		columns: []column{
			{title: "new since", expr: first, unit: "dateTimeFromNow", width: 150},
			{title: "failing now", expr: now, none: nothing, width: 100, empty: nothingNew},
		},
		sort: []string{"rank", byMost}, none: "nothing is new, if New findings says 0",
		says: says("objects that began to fail a check, in namespaces that are older than two hours, the worst first. \"failing now\" counts the resources behind the "+
			"object; a dash means that it is closed, gone or no longer shown. A row without a namespace is of the whole cluster.",
			"an empty table says that nothing is new only while the panel New findings above says 0.", "click on the name to see all that it fails, on the check to read what to change."),
	}.panel()
}
