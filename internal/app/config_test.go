package app

import (
	"strings"
	"testing"
)

// TestConfigurationReachesTheMetrics serves the recording with every key of the configuration set to something else than its default.
func TestConfigurationReachesTheMetrics(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/config.yaml", `
ownership: {namespace_label: kubernetes.io/metadata.name}
system_namespaces: [kube-*]
checks:
  disabled: [containers_without_limit/cpu, pods_using_host_ports]
  severity: {pods_privileged: low}
findings: {limit: 3, min_severity: medium}
exemptions:
  - {name: all-hosts, checks: [pods_mounting_host_path], owner: me, reason: test, expires: 2999-01-01}
rbac:
  review: {annotation: example.test/seen, period: 1h}
  who_can:
    - {name: read-nodes, verb: list, resource: nodes}
`)
	o := options()
	o.Demo, o.ConfigFile = true, dir+"/config.yaml"
	m := start(t, o).scrape()
	count := func(parts ...string) (n int) {
		for key := range m.samples {
			all := true
			for _, part := range parts {
				all = all && strings.Contains(key, part)
			}
			if all {
				n++
			}
		}
		return n
	}
	for _, tt := range []struct {
		what  string
		parts []string
		there bool
	}{
		{"the owner's label", []string{"namespace_info{", `namespace="kube-system"`, `team="kube-system"`}, true},
		{"a system namespace by its pattern", []string{"namespace_info{", `namespace="kube-public"`, `system="true"`}, true},
		{"a value that is switched off", []string{"containers_without_limit{", `resource="cpu"`}, false},
		{"the other value", []string{"containers_without_limit{", `resource="memory"`}, true},
		{"a check that is switched off", []string{"pods_using_host_ports{"}, false},
		{"the results of a check that is switched off", []string{"check_resources{", `check="pods_using_host_ports"`}, false},
		{"a severity", []string{"check_info{", `check="pods_privileged"`, `severity="low"`}, true},
		{"findings below the least severity", []string{"finding{", `check="pods_privileged"`}, false},
		{"the query", []string{"rbac_subjects_with_access{", `access="read-nodes"`}, true},
	} {
		if there := count(tt.parts...) > 0; there != tt.there {
			t.Errorf("%s: there %v, want %v", tt.what, there, tt.there)
		}
	}
	if n := count("kube_posture_finding{"); n != 3 {
		t.Errorf("%d findings are shown, want 3", n)
	}
	if dropped, _ := m.value("findings_dropped"); dropped == 0 {
		t.Error("no finding is said to be dropped")
	}
	if n, _ := m.value(`exemption_matches{exemption="all-hosts"}`); n == 0 {
		t.Error("the exemption covers nothing")
	}
	if n, _ := m.value(`check_resources{check="pods_mounting_host_path",result="exempt"}`); n == 0 {
		t.Error("nothing is exempt")
	}
}
