package dashboards

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// exporter is whether everything is seen, and what it costs.
func (b *builder) exporter() *Dashboard {
	d := b.newDashboard(rules.Exporter, "Kube posture / Exporter", "Is everything seen that the other dashboards show? While it is not, they are partly or wholly silent.",
		choice("resource", "Kind", "A kind of objects", b.family("informer_synced").Name+"{"+in("cluster")+"}"))
	d.line(5, b.targets(), b.ready(), b.notSynced(), b.configuration(), b.dropped(), b.panics())
	d.line(11, b.kindTable())
	d.line(8, b.watchErrorTrend(), b.computeTime())
	d.line(8, b.scrapeTime(), b.scrapeSize())
	d.line(8, b.memory(), b.cpu(), b.goroutines())
	d.line(6, b.builds())
	return d
}

// target selects a metric of the exporter's targets that is not its own.
func (b *builder) target(metric string) string { return chosen(metric, fmt.Sprintf("job=~%q", b.Job)) }

func (b *builder) targets() *Panel {
	return stat{
		title: "Targets", width: 4, text: "value_and_name",
		values: []value{{legend: "{{instance}} {{cluster}}", expr: "max by (cluster, instance) (" + b.target("up") + ")", mappings: words("down", red, "up", green)}},
		says:   says("whether each replica answers Prometheus. A job is recognized by kube-posture-exporter in its name.", "shown as \"down\".", "read the log of the replica. No data: Prometheus has no such target."),
	}.panel()
}

func (b *builder) ready() *Panel {
	known := fmt.Sprintf("max by (cluster) (%s)\nor\n(max by (cluster) (%s) * 0)", b.raw("cluster_info"), b.raw("build_info"))
	return stat{
		title: "Ready", width: 3, values: []value{{legend: "{{cluster}}", expr: known, mappings: words("no", red, "yes", green)}},
		says: says("whether some replica has seen every required kind once, or was refused it. Until then no gauge on posture is there.", "shown as \"no\": it runs, and waits for a kind.",
			"look for the kind that is not synced, below."),
	}.panel()
}

func (b *builder) notSynced() *Panel {
	return stat{
		title: "Kinds not seen", width: 4, values: []value{{legend: "{{cluster}}", expr: sumBy("cluster", "1 - "+b.min("informer_synced")), thresholds: above0(purple)}},
		says: says("kinds that the exporter wants to see and cannot, in the replica that sees least.", "all that the API serves is seen.", "what depends on them is absent everywhere: the table names them."),
	}.panel()
}

func (b *builder) configuration() *Panel {
	return stat{
		title: "Configuration", width: 6, text: "value_and_name", orientation: "vertical",
		values: []value{
			{legend: "last reload {{cluster}}", expr: b.min("config_last_reload_successful"), mappings: words("failed", orange, "ok", green)},
			{legend: "in force since {{cluster}}", expr: b.min("config_last_reload_success_timestamp_seconds") + " * 1000", unit: "dateTimeFromNow"},
		},
		says: says("whether the last attempt to read the configuration succeeded, and when the one in force was read, in the replica that is worse.", "shown as \"failed\": the one before is still in force.",
			"the log names the line. Until then a new exemption does not count, and a removed one still does."),
	}.panel()
}

func (b *builder) dropped() *Panel {
	return stat{
		title: "Findings not shown", width: 4, values: []value{{legend: "{{cluster}}", expr: b.max("findings_dropped"), thresholds: above0(purple)}},
		says: says("findings beyond findings.limit, of which each namespace has a fair share.", "every finding is shown.", "raise the limit, or findings.min_severity."),
	}.panel()
}

func (b *builder) panics() *Panel {
	return stat{
		title: "Checks that broke", width: 3,
		values: []value{{legend: "{{cluster}}", expr: sumBy("cluster", b.one("max", "check_panics_total", "increase("+b.raw("check_panics_total")+"[$__range])")), thresholds: above0(red)}},
		says:   says("times that a check broke on a resource, within the dashboard's time. Such a resource counts as unknown.", "none broke.", "report it, with the line of the log: it is a defect of the exporter."),
	}.panel()
}

func (b *builder) kindTable() *Panel {
	errors := fmt.Sprintf("sum by (cluster, resource) (max by (cluster, resource, reason) (increase(%s[15m])))", b.raw("watch_errors_total", in("resource"), `reason!="expired"`))
	seen := b.min("informer_synced", in("resource"))
	return table{
		title: "Kinds", width: columns, sort: []string{byFirst, "resource"},
		labels: []label{{name: "resource"}, clusterLabel()},
		columns: []column{
			{expr: fmt.Sprintf("(1000000 * %s - %s)\nor\n1000000 * %s", seen, errors, seen)}, // to sort by
			{title: "seen", expr: seen, mappings: words("no", purple, "yes", green), width: 90},
			{title: "objects", expr: b.min("informer_objects", in("resource")), width: 110, empty: "absent for what is not seen"},
			{title: "last answer", expr: "time() - " + b.min("informer_last_event_timestamp_seconds", in("resource")), unit: "s", thresholds: steps(neutral, 300, yellow, 900, orange), width: 140, empty: "absent before the first answer"},
			{title: "errors in 15 min", expr: errors, thresholds: above0(orange), none: nothing, width: 150, empty: "there was never an error"},
		},
		says: says("each kind: whether it is in the cache completely, how many objects, how long ago the API server said anything, bookmarks included, and failed lists and watches. Of two replicas "+
			"the one that sees less.", "no object of the kind exists; or just now; or no error. A dash: there never was an error.",
			"forbidden: give the exporter the permission, or do without the gauges. A last answer of more than 15 minutes is a watch that hangs; a snapshot has no watch."),
	}.panel()
}
