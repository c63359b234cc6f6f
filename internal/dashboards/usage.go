package dashboards

import "fmt"

// External are the metrics that dashboards read besides the exporter's and the rules', with their labels: of cAdvisor and kube-state-metrics,
// and of Prometheus and the client library about the exporter's targets.
func External() map[string][]string {
	container := []string{"namespace", "pod", "container"}
	return map[string][]string{
		"container_memory_working_set_bytes":           container,
		"container_cpu_usage_seconds_total":            container,
		"kube_pod_container_resource_limits":           append(container[:3:3], "resource"),
		"kube_pod_container_resource_requests":         append(container[:3:3], "resource"),
		"up":                                           nil,
		"scrape_duration_seconds":                      nil,
		"scrape_samples_scraped":                       nil,
		"process_resident_memory_bytes":                nil,
		"process_cpu_seconds_total":                    nil,
		"process_start_time_seconds":                   nil,
		"go_goroutines":                                nil,
		"kube_posture_compute_duration_seconds_bucket": {"le"},
		"ALERTS": {"alertname", "alertstate", "severity", "namespace", "team", "gap", "check", "kind", "name"},
	}
}

const (
	needsUsage  = "No data: needs cAdvisor's container metrics and kube-state-metrics in the same Prometheus, with the same cluster label"
	withoutThem = "cAdvisor and kube-state-metrics may not be there"
)

// usage is a table of what containers of one name in a namespace use, next to what they may and what they ask for.
func (b *builder) usage(title, resource, unit, used, p99 string, suggestions []column, says string) *Panel {
	// What has no usage is not running, and would make rows of its own.
	bound := func(metric string) string {
		return fmt.Sprintf("max by (cluster, namespace, container) (%s)\nand on (cluster, namespace, container) %s",
			chosen(metric, in("namespace"), is("resource", resource), `container!=""`), used)
	}
	cols := []column{
		{title: "99th percentile", expr: p99, unit: unit},
		{title: "limit", expr: bound("kube_pod_container_resource_limits"), unit: unit, none: "none found", empty: withoutThem},
		{title: "request", expr: bound("kube_pod_container_resource_requests"), unit: unit, none: "none found", empty: withoutThem},
	}
	p := table{
		title: title, width: columns, sort: []string{byMost}, says: says, empty: withoutThem, columns: append(cols, suggestions...),
		labels: []label{namespaceLabel(), {name: "container"}, clusterLabel()},
	}.panel()
	p.FieldConfig.Defaults.NoValue = needsUsage
	return p
}

func (b *builder) memoryUsage() *Panel {
	used := chosen("container_memory_working_set_bytes", in("namespace"), `container!=""`, `container!="POD"`)
	p99 := fmt.Sprintf("max by (cluster, namespace, container) (quantile_over_time(0.99, %s[$__range]))\nand on (cluster, namespace, container) %s", used, used)
	return b.usage("Memory: use, limit and request", "memory", "bytes", used, p99, []column{
		{title: "suggested limit", expr: "(" + p99 + ") * 1.25", unit: "bytes"}, {title: "suggested request", expr: p99, unit: "bytes"},
	}, says("the memory that containers of the name use: the 99th percentile over the dashboard's time, of the pod that uses most; the highest limit and request; and a limit a quarter above the use.", "hardly any use. none found: kube-state-metrics knows of no limit.", "where no limit is found, take the suggested one, over a time that has seen the busiest day."))
}

func (b *builder) cpuUsage() *Panel {
	used := chosen("container_cpu_usage_seconds_total", in("namespace"), `container!=""`, `container!="POD"`)
	p99 := fmt.Sprintf("max by (cluster, namespace, container) (quantile_over_time(0.99, rate(%s[5m])[$__range:5m]))\nand on (cluster, namespace, container) %s", used, used)
	return b.usage("CPU: use, limit and request", "cpu", "short", used, p99, []column{{title: "suggested request", expr: p99, unit: "short"}},
		says("the cores that containers of the name use: the 99th percentile of five minutes over the dashboard's time, of the pod that uses most; the highest limit and request; and that use as a request.", "hardly any use. none found: kube-state-metrics knows of none.", "set requests to what is used, so that the scheduler knows; CPU limits are a matter of taste."))
}
