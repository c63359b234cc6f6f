// Package rules is the source of every recording and alerting rule that is shipped, of the two files that Prometheus loads and of
// docs/alerts.md.
//
// It must never do I/O, evaluate a rule, or name a metric, a label or a check that the collector does not export; its tests hold it to
// that. Its generator, its tests, the end-to-end test and the generators of the dashboards and of the chart use it, and nothing that runs in
// the exporter imports it.
package rules
