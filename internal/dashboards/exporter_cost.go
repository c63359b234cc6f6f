package dashboards

import "fmt"

const telltale = "Colours only tell the lines apart."

func (b *builder) watchErrorTrend() *Panel {
	return graph{
		title: "Failed lists and watches", width: 12, unit: "cps", empty: "there was never an error",
		lines: []line{{legend: "{{resource}} {{reason}} {{instance}} {{cluster}}",
			expr: fmt.Sprintf("sum by (cluster, instance, resource, reason) (rate(%s[$__rate_interval])) > 0", b.raw("watch_errors_total", in("resource")))}},
		says: says("failures a second, by kind and reason. expired is normal: the kind is listed anew. "+telltale, "not drawn; an empty graph is a quiet time.",
			"forbidden and unauthorized need a permission; others an API server that has less to do."),
	}.panel()
}

// computeTime reads classic buckets, or native ones where Prometheus keeps only those.
func (b *builder) computeTime() *Panel {
	name := b.family("compute_duration_seconds").Name
	var lines []line
	for _, q := range []struct{ name, q string }{{"median", "0.5"}, {"90 of 100", "0.9"}, {"99 of 100", "0.99"}} {
		lines = append(lines, line{legend: q.name + " {{cluster}}", expr: fmt.Sprintf(
			"histogram_quantile(%s, sum by (cluster, le) (rate(%s[$__rate_interval])))\nor\nhistogram_quantile(%s, sum by (cluster) (rate(%s[$__rate_interval])))",
			q.q, chosen(name+"_bucket"), q.q, chosen(name))})
	}
	return graph{
		title: "Time to compute a report", width: 12, unit: "s", lines: lines,
		byName: []Override{coloured("median", gapColours["network"]), coloured("90 of 100", gapColours["rbac"]), coloured("99 of 100", gapColours["token"])},
		says:   says("the time to join, exempt and sum everything, once for each scrape. "+telltale, "not measurable.", "docs/performance.md says what to expect of a cluster's size. Scrape less often when it is too much."),
	}.panel()
}

// each is a graph with a line for each replica.
func (b *builder) each(title, unit, expr, says string, width int) *Panel {
	return graph{title: title, width: width, unit: unit, says: says, lines: []line{{legend: "{{instance}} {{cluster}}", expr: expr}}}.panel()
}

func perReplica(expr string) string { return "max by (cluster, instance) (" + expr + ")" }

func (b *builder) scrapeTime() *Panel {
	return b.each("Time to scrape", "s", perReplica(b.target("scrape_duration_seconds")),
		says("how long Prometheus waits for the answer, by replica. "+telltale, "the target did not answer.", "stay well below the scrape timeout: raise it, or the interval."), 12)
}

func (b *builder) scrapeSize() *Panel {
	return b.each("Samples in a scrape", "short", perReplica(b.target("scrape_samples_scraped")),
		says("the samples that one scrape brings, by replica. "+telltale, "the target did not answer.", "findings.limit and findings.min_severity bound it."), 12)
}

func (b *builder) memory() *Panel {
	return b.each("Memory", "bytes", perReplica(b.target("process_resident_memory_bytes")),
		says("resident memory, by replica. "+telltale, "never.", "it follows the number of pods: docs/performance.md. Set the limit above the peak of a start."), 8)
}

func (b *builder) cpu() *Panel {
	return b.each("CPU", "short", perReplica("rate("+b.target("process_cpu_seconds_total")+"[$__rate_interval])"),
		says("cores in use, by replica. "+telltale, "idle.", "most of it is the answer to scrapes: scrape less often when it is too much."), 8)
}

func (b *builder) goroutines() *Panel {
	return b.each("Goroutines", "short", perReplica(b.target("go_goroutines")),
		says("goroutines, by replica. "+telltale, "never.", "a line that only rises is a leak: report it."), 8)
}

func (b *builder) builds() *Panel {
	return table{
		title: "Replicas", width: columns, sort: []string{"instance"},
		labels: []label{{name: "instance"}, {name: "version"}, {name: "revision"}, {name: "goversion"}, {name: "goos"}, {name: "goarch"}, clusterLabel()},
		columns: []column{
			{expr: "max by (cluster, instance, version, revision, goversion, goos, goarch) (" + b.raw("build_info") + ")"},
			{title: "started", expr: perReplica(b.target("process_start_time_seconds")) + " * 1000", unit: "dateTimeAsIso", width: 180},
		},
		says: says("the version of each replica, and when it started.", "not shown as a number.", "replicas of different versions have different checks: finish the upgrade."),
	}.panel()
}
