// Package e2e follows a change from a real cluster to the notification: kube-apiserver, two exporters, Prometheus with the shipped rules,
// Alertmanager with the example configuration, a webhook.
//
// It must never stand in for one of the programs, or wait without saying for what. Nothing imports it; `make e2e` runs it, and it skips
// where PROMETHEUS and ALERTMANAGER do not name the programs.
package e2e
