package rules

import "fmt"

// sightOfExporter are the alerts about the exporter as a whole. Alerts on drift are silent while these fire.
func (b *builder) sightOfExporter() []Alert {
	known := func(family string) string { return fmt.Sprintf("max by (cluster) (%s)", b.raw(family, "", "")) }
	gone := lines(
		fmt.Sprintf("max by (cluster) (last_over_time(%s[%s]))", b.raw("build_info", "", ""), b.Absent),
		"unless on (cluster)", "  "+known("build_info"),
		// Where no cluster is remembered, there is at least this.
		"or on ()", fmt.Sprintf("  absent(%s)", b.raw("build_info", "", "")),
	)
	return []Alert{
		{
			Name: "KubePostureExporterDown", Kind: Sight, Dashboard: Exporter,
			Variants: []Variant{
				{Severity: Critical, For: "15m", Expr: gone, When: "no exporter of the cluster answers"},
				{Severity: Warning, For: "10m", Expr: fmt.Sprintf("max without (pod) (up{job=~%q}) == 0", b.Job), When: "one target does not answer"},
			},
			Summary:     "{{ if $labels.instance }}The exporter at {{ $labels.instance }} does not answer{{ else }}No exporter answers{{ end }}",
			Description: "Where no other replica answers, nothing is known about the cluster's posture, and no alert on drift can fire.",
			Why:         "All other alerts depend on it.",
			Tune:        "`job`, `absent`, the durations",
		},
		{
			Name: "KubePostureNotReady", Kind: Sight, Dashboard: Exporter,
			Variants: []Variant{{
				Severity: Critical, For: "15m", When: "no replica is ready",
				Expr: lines(known("build_info"), "unless on (cluster)", "  "+known("cluster_info")),
			}},
			Summary:     "The exporter runs and says nothing about posture",
			Description: "It waits for a kind that can be neither listed nor is refused. Until then no gauge on posture is there, and no alert on drift can fire.",
			Why:         "An exporter that waits looks healthy.",
			Tune:        "the duration",
		},
		{
			Name: "KubePostureConfigNotReloaded", Kind: Sight, Dashboard: Exporter,
			Variants: []Variant{{Severity: Warning, For: "10m", When: "always",
				Expr: b.one("min", "config_last_reload_successful", "", "") + " == 0"}},
			Summary:     "The exporter's configuration cannot be read",
			Description: "The one before is still in force: a new exemption does not count, and a removed one still does.",
			Why:         "What you believe to be exempt, or judged, is not.",
			Tune:        "the duration",
		},
		{
			Name: "KubePostureCheckPanics", Kind: Sight, Dashboard: Exporter,
			Variants: []Variant{{Severity: Warning, When: "always",
				Expr: fmt.Sprintf("max without (%s) (increase(%s[%s])) > 0", b.without("check_panics_total"), b.raw("check_panics_total", "", ""), b.CounterWindow)}},
			Summary:     "The check {{ $labels.check }} breaks",
			Description: "The resources on which it breaks count as unknown. This is a defect of the exporter: please report it with the line of its log.",
			Why:         "Unknown is neither pass nor fail, and no other alert sees it.",
			Tune:        "`counterWindow`",
		},
		{
			Name: "KubePostureFindingsDropped", Kind: Sight, Dashboard: Exporter,
			Variants: []Variant{{Severity: Warning, For: "15m", When: "always", Expr: b.max("findings_dropped", "", "") + " > 0"}},
			Summary:  "{{ $value }} findings are not shown",
			Description: "There are more than findings.limit, of which each namespace has a fair share and shows its severest first. " +
				"Alerts on new findings of medium and low checks are silent.",
			Why:  "A finding that is not shown cannot be new.",
			Tune: "`findings.limit` and `findings.min_severity` in the [configuration](configuration.md)",
		},
		b.scrapeLabels(),
	}
}

// scrapeLabels finds a scrape configuration without honor_labels, with which every finding seems to be in the exporter's own namespace.
func (b *builder) scrapeLabels() Alert {
	return Alert{
		Name: "KubePostureScrapeLabelsOverwritten", Kind: Sight, Dashboard: Exporter,
		Variants: []Variant{{Severity: Warning, For: "10m", When: "always",
			Expr: fmt.Sprintf("count by (cluster, job) (%s)", b.raw("namespace_info", `exported_namespace!=""`, ""))}},
		Summary:     "Prometheus replaces the exporter's namespace labels by its own",
		Description: "The scrape configuration lacks honor_labels: true (honorLabels in a ServiceMonitor). Every finding seems to be in the namespace of the exporter.",
		Why:         "All alerts name the wrong namespace and team.",
		Tune:        "the duration",
	}
}

// sightOfKinds are the alerts about single kinds. Of two replicas the one that sees less counts, because what it shows is still added to
// what the other shows.
func (b *builder) sightOfKinds() []Alert {
	const live = "what the exporter says of this kind is from the past, or absent"
	increase := func(reasons string) string {
		return fmt.Sprintf("max without (%s) (increase(%s[%s]))", b.without("watch_errors_total"), b.raw("watch_errors_total", reasons, ""), b.CounterWindow)
	}
	silent := lines(
		fmt.Sprintf("time() - %s > %s", b.one("min", "informer_last_event_timestamp_seconds", "", ""), b.SilentSeconds),
		// A snapshot is not watched, and says nothing for as long as its files do not change.
		"unless on (cluster)", "  "+b.raw("snapshot_skipped", "", ""),
	)
	alert := func(name string, v Variant, summary, description, tune string) Alert {
		v.Severity, v.When = Warning, "always"
		return Alert{
			Name: name, Kind: Sight, Dashboard: Exporter, Variants: []Variant{v}, Summary: summary, Description: description, Why: "Sight is partial: " + live + ".",
			Tune: tune,
		}
	}
	return []Alert{
		alert("KubePostureKindNotSynced", Variant{For: "15m", Expr: b.one("min", "informer_synced", "", "") + " == 0"},
			"{{ $labels.resource }} are not in the exporter's cache",
			"Every gauge that depends on them is absent, and alerts on it are silent.", "the duration"),
		alert("KubePostureKindForbidden", Variant{For: "5m", Expr: increase(`reason=~"forbidden|unauthorized"`) + " > 0"},
			"The exporter may not list or watch {{ $labels.resource }}",
			"The API server answers {{ $labels.reason }}. Every gauge that depends on them is absent, and alerts on it are silent.", "the duration, `counterWindow`"),
		alert("KubePostureWatchErrors",
			Variant{For: "10m", Expr: fmt.Sprintf("sum without (reason) (%s) > %s", increase(`reason!~"expired|forbidden|unauthorized"`), b.WatchErrors)},
			"{{ $value | humanize }} lists or watches of {{ $labels.resource }} failed",
			"The API server is not there, is too slow, or refuses because it has too much to do. The cache stays as it was for five minutes, then it is absent.", "`thresholds.watchErrors`, `counterWindow`"),
		alert("KubePostureNoEvents", Variant{For: "5m", Expr: silent},
			"The API server has said nothing about {{ $labels.resource }} for {{ $value | humanizeDuration }}",
			"It sends a bookmark about once a minute even when nothing changes, so this watch hangs.", "`thresholds.silentSeconds`"),
	}
}
