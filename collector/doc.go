// Package collector turns posture reports and the exporter's own state into Prometheus metrics; every descriptor is in it.
//
// It must never keep a metric between two scrapes, judge anything, or publish a gauge that the report does not vouch for. The command
// registers it; the documentation generator reads its descriptors.
package collector
