package dashboards

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// resources is who can starve whom.
func (b *builder) resources() *Dashboard {
	d := b.newDashboard(rules.Resources, "Kube posture / Resources", "Which containers can starve their node, which namespaces have no default or bound, how full nodes can get.",
		b.namespaceVariable(), choice("node", "Node", "For the tables of nodes", b.raw("node_unbounded_pods")))
	d.line(4, b.containers("limit"), b.containers("request"), b.unbounded())
	d.line(7, b.nodeTable())
	d.line(10, b.resourcesByNamespace())
	d.line(8, b.resourcesTrend())
	d.folded("Usage next to limits (needs cAdvisor and kube-state-metrics; reads much, choose a namespace first)", 11, b.memoryUsage(), b.cpuUsage())
	return d
}

const switchedOff = "a resource may be switched off in the configuration"

func (b *builder) containers(what string) *Panel {
	of := func(name, resource, colour string) value {
		return value{
			legend: name + " {{cluster}}", expr: sumBy("cluster", b.own("containers_without_"+what, is("resource", resource), in("namespace"))), thresholds: above0(colour), empty: switchedOff,
		}
	}
	colour, why := yellow, "a container without a memory limit can take the whole node with it; one without a CPU limit only slows others down."
	if what == "request" {
		colour, why = blue, "the scheduler puts a container without a request wherever there is none left, and the node ends it first."
	}
	return stat{
		title: "Containers without a " + what, width: 8, text: "value_and_name", orientation: "vertical", values: []value{of("memory", "memory", colour), of("CPU", "cpu", blue)},
		says: says("regular and sidecar containers without a "+what+", in the namespaces that are chosen. What the pod sets for all its containers counts as theirs.", "none that is not exempt.", why+" Add it, or a LimitRange that does."),
	}.panel()
}

func (b *builder) unbounded() *Panel {
	sum := func(name, id, colour string, matchers ...string) value {
		return value{legend: name + " {{cluster}}", expr: sumBy("cluster", b.own(id, append(matchers, in("namespace"))...)), thresholds: above0(colour), empty: switchedOff}
	}
	return stat{
		title: "Best effort, no defaults, no bounds", width: 8, text: "value_and_name", orientation: "vertical",
		values: []value{
			sum("best-effort pods", "pods_best_effort", yellow), sum("no LimitRange, memory", "namespaces_without_limit_range", blue, is("resource", "memory")),
			sum("no LimitRange, CPU", "namespaces_without_limit_range", blue, is("resource", "cpu")), sum("no quota", "namespaces_without_resource_quota", yellow),
		},
		says: says("pods that request and limit nothing; namespaces in which no LimitRange gives a container without a limit one; namespaces without a ResourceQuota.", "none that is not exempt.",
			"a LimitRange with a default memory limit closes most of the gap for pods that are still to come."),
	}.panel()
}

func (b *builder) nodeTable() *Panel {
	of := func(family, resource string) string { return b.max(family, is("resource", resource), in("node")) }
	over, open := of("node_limit_overcommit_ratio", "memory"), of("node_unbounded_pods", "memory")
	risk := fmt.Sprintf("sum without (resource) (%s > bool %s) + sum without (resource) (%s > bool %s)", over, b.OvercommitRatio, open, b.UnboundedPods)
	strip := func(expr string) string { return "sum without (resource) (" + expr + ")" }
	return table{
		title: "Nodes that can take others with them", width: columns, sort: []string{byMost, "node"},
		labels: []label{{name: "node"}, clusterLabel()},
		columns: []column{
			{expr: fmt.Sprintf("(%s + 100000 * (%s))\nor\n%s", strip(open), risk, strip(open))}, // to sort by
			{title: "unbounded, memory", expr: strip(open), thresholds: above0(yellow), width: 150},
			{title: "limits, memory", expr: strip(over), unit: "percentunit", thresholds: steps(neutral, 1.0, yellow, 1.5, orange), width: 130, empty: "absent where the node does not say what it has"},
			{title: "cascade risk", expr: risk, mappings: words("no", neutral, "one of two", yellow, "high", orange), width: 130, empty: "absent where the node does not say what it has"},
			{title: "unbounded, CPU", expr: strip(of("node_unbounded_pods", "cpu")), width: 140},
			{title: "limits, CPU", expr: strip(of("node_limit_overcommit_ratio", "cpu")), unit: "percentunit", width: 120, empty: "absent where the node does not say what it has"},
		},
		says: says("pods on the node that may use all it has, because a container has no limit; and the sum of the limits of the others over what the node can allocate. The cascade risk is high when "+
			"more than "+b.UnboundedPods+" pods are unbounded and the limits are more than "+b.OvercommitRatio+" times what there is, for memory: when such a node runs out, its pods move to the others, which are as full.",
			"no pod is unbounded, or no limit is set at all.", "begin at the top: limit what is unbounded there. Overcommitted CPU only makes things slow."),
		empty: "a snapshot may have no node",
	}.panel()
}

func (b *builder) resourcesByNamespace() *Panel {
	of := func(title, id, colour string, matchers ...string) column {
		return column{title: title, expr: "max by (cluster, namespace) (" + b.raw(b.checkID(id), append(matchers, in("namespace"))...) + ")", thresholds: above0(colour), none: nothing, empty: notJudgedHere}
	}
	guard := func(title, id string, matchers ...string) column {
		c := of(title, id, orange, matchers...)
		c.mappings = words("ok", green, "missing", orange)
		return c
	}
	return table{
		title: "By namespace", width: columns, sort: []string{byMost, "namespace"},
		labels: []label{namespaceLabel(), {name: "team", width: 150}, clusterLabel()},
		columns: []column{
			{expr: b.perNamespace(sumBy("cluster, namespace", b.own("containers_without_limit", is("resource", "memory"), in("namespace"))))},
			of("no memory limit", "containers_without_limit", yellow, is("resource", "memory")), of("no CPU limit", "containers_without_limit", blue, is("resource", "cpu")),
			of("no memory request", "containers_without_request", blue, is("resource", "memory")), of("no CPU request", "containers_without_request", blue, is("resource", "cpu")),
			of("best effort", "pods_best_effort", yellow), guard("LimitRange, memory", "namespaces_without_limit_range", is("resource", "memory")), guard("quota", "namespaces_without_resource_quota"),
		},
		says: says("containers without limits and requests, best-effort pods, and whether the namespace has a default memory limit and a quota. \"ok\" is there, or exempt.",
			"none that is not exempt. A dash: nothing is judged there.", "click on the namespace for the workloads."),
	}.panel()
}

func (b *builder) resourcesTrend() *Panel {
	var lines []line
	for _, l := range []struct{ name, id string }{
		{"no limit", "containers_without_limit"}, {"no request", "containers_without_request"}, {"best effort", "pods_best_effort"},
	} {
		lines = append(lines, line{legend: l.name + " {{cluster}}", expr: b.failing(l.id)})
	}
	return graph{
		title: "Unbounded over 90 days, in the whole cluster", width: columns, from: "90d", lines: lines,
		byName: []Override{coloured("no limit", gapColours["resources"]), coloured("no request", gapColours["rbac"]), coloured("best effort", gapColours["network"])},
		says: says("containers without some limit, without some request, and best-effort pods. A container without two limits counts once. Colours only tell the lines apart.",
			"none that is not exempt.", "a line that rises faster than the cluster grows is a template that somebody copies."),
	}.panel()
}
