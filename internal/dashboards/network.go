package dashboards

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// network is who can reach whom, as far as network policies say.
func (b *builder) network() *Dashboard {
	d := b.newDashboard(rules.Network, "Kube posture / Network", "Which pods anything can reach, or can reach anything; which namespaces lack a default deny; who enforces the policies.",
		b.namespaceVariable())
	d.line(5, b.enforcers(5), b.openPods("ingress"), b.openPods("egress"), b.policies())
	d.line(8, b.isolation(), b.isolationTrend())
	d.line(10, b.reachTable())
	d.line(10, b.isolationTable())
	return d
}

const notJudgedHere = "nothing of the kind is judged in what is chosen"

func (b *builder) openPods(direction string) *Panel {
	of := func(name, id string, colour string) value {
		return value{
			legend: name + " {{cluster}}", expr: sumBy("cluster", b.own(id, is("direction", direction), in("namespace"))), thresholds: above0(colour), empty: notJudgedHere,
		}
	}
	verb := map[string]string{"ingress": "reach them", "egress": "be reached from them"}[direction]
	return stat{
		title: "Open for " + direction, width: 7, text: "value_and_name", orientation: "vertical",
		values: []value{
			of("no policy", "pods_without_network_policy", yellow), of("open to all", "pods_open_to_all", yellow), of("no default deny", "namespaces_without_default_deny", blue),
		},
		says: says("pods that no network policy isolates, so that anything may "+verb+"; pods that a policy isolates and another opens to everybody; and namespaces without a default deny. "+
			"Pods on the host network are not judged.", "none that is not exempt.", "begin with a default deny for the namespace, then allow what is needed. Whether anybody enforces policies is the panel on the left."),
	}.panel()
}

func (b *builder) policies() *Panel {
	of := func(name, id, colour string) value {
		return value{legend: name + " {{cluster}}", expr: sumBy("cluster", b.own(id, in("namespace"))), thresholds: above0(colour), empty: "there may be no policy in what is chosen"}
	}
	return stat{
		title: "Policies", width: 5, text: "value_and_name", orientation: "vertical",
		values: []value{of("enforced by nobody", "network_policies_unenforced", orange), of("select nothing", "network_policies_selecting_nothing", blue)},
		says: says("network policies that nobody enforces, and policies that select no pod.", "none. No data: there is no policy, or it cannot be told who enforces it.",
			"unenforced policies protect nothing: install an enforcer. Delete, or correct, what selects nothing."),
	}.panel()
}

func (b *builder) isolation() *Panel {
	share := func(name, id string) value {
		pass := sumBy("cluster", b.rec(rules.CheckResources, is("check", b.checkID(id)), `result="pass"`))
		both := sumBy("cluster", b.rec(rules.CheckResources, is("check", id), `result=~"pass|fail"`))
		return value{legend: name + " {{cluster}}", expr: fmt.Sprintf("%s\n/\n(%s > 0)", pass, both), empty: "all may be exempt, or none judged"}
	}
	return bars{
		title: "Share that is isolated, in the whole cluster", width: 10, below: true, unit: "percentunit", max: number(1),
		values: []value{
			share("pods with a policy, both ways", "pods_without_network_policy"), share("isolated pods not opened to all", "pods_open_to_all"),
			share("namespaces with default deny", "namespaces_without_default_deny"), share("policies that select a pod", "network_policies_selecting_nothing"),
		},
		says: says("of what is judged and not exempt, the share that passes: for both directions at once. What is unknown is in neither part; the namespace that is chosen does not count here.",
			"nothing passes.", "the shortest bar has the most to gain."),
	}.panel()
}

func (b *builder) isolationTrend() *Panel {
	var lines []line
	for _, l := range []struct{ name, id string }{
		{"pods without policy", "pods_without_network_policy"}, {"pods open to all", "pods_open_to_all"}, {"namespaces without default deny", "namespaces_without_default_deny"},
	} {
		lines = append(lines, line{legend: l.name + " {{cluster}}", expr: b.failing(l.id)})
	}
	return graph{
		title: "Open over 90 days, in the whole cluster", width: 14, from: "90d", lines: lines,
		byName: []Override{coloured("pods without policy", gapColours["network"]), coloured("pods open to all", gapColours["rbac"]), coloured("namespaces without default deny", gapColours["token"])},
		says: says("pods and namespaces that fail, in any direction. A pod that is open in both counts once. Colours only tell the lines apart.", "none that is not exempt.",
			"a step up has a day: look there for a deleted policy or a new workload."),
	}.panel()
}

func (b *builder) reachTable() *Panel {
	unknown := "absent where nobody knows"
	from, outside := b.max("namespace_reachable_from_namespaces", in("namespace")), b.max("namespace_reachable_from_outside", in("namespace"))
	reach := from + " + 100000 * " + outside
	return table{
		title: "Who can reach the namespace", width: columns, sort: []string{byMost, "namespace"},
		labels: []label{namespaceLabel(), {name: "team", width: 160}, clusterLabel()},
		columns: []column{
			{expr: b.perNamespace(reach)},
			{title: "from namespaces", expr: from, bar: true, empty: unknown},
			{title: "from outside", expr: outside, mappings: words("no", neutral, "yes", orange), width: 130, empty: unknown},
		},
		says: says("how many other namespaces, and whether anything outside of the cluster, may open a connection to some pod of the namespace, by the policies of both sides, on any port. "+
			"Pods on the host network are left out, and whether a Service leads there is not asked.", "no other namespace does. No data: nobody knows, such as for a policy of a kind that is not understood.",
			"what is reachable from outside and need not be comes first. The command explain network of the exporter says which policy lets it."),
	}.panel()
}

func (b *builder) isolationTable() *Panel {
	of := func(title, id, direction string, maps []Mapping) column {
		return column{
			title: title, expr: "max by (cluster, namespace) (" + b.raw(b.checkID(id), is("direction", direction), in("namespace")) + ")", thresholds: above0(yellow), mappings: maps, none: nothing, empty: notJudgedHere,
		}
	}
	deny := words("ok", green, "missing", orange)
	return table{
		title: "Isolation by namespace", width: columns, sort: []string{byMost, "namespace"},
		labels: []label{namespaceLabel(), {name: "team", width: 160}, clusterLabel()},
		columns: []column{
			{expr: b.perNamespace(sumBy("cluster, namespace", b.own("pods_without_network_policy", in("namespace"))))},
			of("no policy in", "pods_without_network_policy", "ingress", nil), of("no policy out", "pods_without_network_policy", "egress", nil),
			of("open to all in", "pods_open_to_all", "ingress", nil), of("open to all out", "pods_open_to_all", "egress", nil),
			of("deny in", "namespaces_without_default_deny", "ingress", deny), of("deny out", "namespaces_without_default_deny", "egress", deny),
		},
		says: says("pods that nothing isolates and pods that are open to everybody, in (ingress) and out (egress), and whether the namespace denies by default. \"ok\" is there, or exempt.",
			"no pod is so. A dash: nothing is judged there.", "click on the namespace; add a default deny where it is missing."),
	}.panel()
}
