// Package manifests makes the parts of deploy/ that follow from the code: the ClusterRoles from the table of kinds, the Prometheus rules and
// the values that tune them from internal/rules, the chart's copies of the dashboards, and the version.
//
// It must never talk to a cluster, or decide what a kind, a rule or a dashboard is. Its generator and its tests use it, and nothing that runs
// in the exporter imports it.
package manifests
