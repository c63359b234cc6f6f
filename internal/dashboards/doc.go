// Package dashboards is the source of every Grafana dashboard that is shipped, as typed Go that becomes classic JSON.
//
// It must never do I/O, name a metric, a recorded series or a check that does not exist, or show a 0 where nothing is known; its tests hold
// it to that. Its generator, its tests, the end-to-end test and the chart's generator use it, and nothing that runs in the exporter imports it.
package dashboards
