package dashboards

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// namespace is everything about one namespace.
func (b *builder) namespace() *Dashboard {
	d := b.newDashboard(rules.Namespace, "Kube posture / Namespace", "One namespace: whose it is, what guards it, what fails in it and since when.",
		single(b.namespaceVariable()))
	d.line(4, b.namespaceScore(), b.namespaceThen(), b.namespaceFailing(), b.namespaceNew())
	d.line(4, b.namespaceFacts(), b.namespaceReach(), b.namespaceReady())
	d.line(4, b.namespaceGuards())
	d.line(9, b.namespaceChecks(), b.namespaceWorkloads())
	d.line(5, b.namespaceNews())
	d.line(8, b.namespaceScoreTrend(), b.namespaceFindingsTrend())
	d.line(6, b.namespaceAdmins())
	d.line(7, b.privilegedBindings())
	return d
}

const (
	notExempt = "Exempt resources are judged and do not count."
	unjudged  = "nothing of the kind is judged in the namespace"
)

func (b *builder) namespaceScore() *Panel {
	one := 1
	return stat{
		title: "Score", width: 4, unit: "percentunit", decimals: &one,
		values: []value{{legend: "{{namespace}} {{cluster}}", expr: b.rec(rules.NamespaceScore, in("namespace"))}},
		says: says("the share of what is judged in the namespace that passes, weighted by the severity of the checks.", "everything fails.",
			"close what fails by severity, below. No data means that nothing is judged, or that a check cannot be."),
		empty: "an empty namespace has no score",
	}.panel()
}

func (b *builder) namespaceThen() *Panel {
	one := 1
	var values []value
	for _, w := range []struct{ window, name, empty string }{{"1d", "1 day", untilDay}, {"7d", "7 days", untilWeek}, {"90d", "90 days", untilQuarter}} {
		values = append(values, value{
			legend: w.name + " {{cluster}}", expr: b.trend(namespaceDelta+w.window, in("namespace")), thresholds: difference(), empty: w.empty,
		})
	}
	return stat{
		title: "Score against the past", width: 6, unit: "percentunit", decimals: &one, text: "value_and_name", orientation: "vertical", values: values,
		says: says("the namespace's score now minus then, in points of 100. Below 0 is worse than then.", "as good as then.", "when it is below 0, look at what is new and at the trend. "+
			"No data means that nothing is known about then."),
	}.panel()
}

func (b *builder) namespaceFailing() *Panel {
	var values []value
	for i, s := range check.Severities() {
		values = append(values, value{
			legend: s + " {{cluster}}", thresholds: above0(severityColours[i]), empty: unjudged,
			expr: "max by (cluster, namespace) (" + b.raw("namespace_check_resources", in("namespace"), is("severity", s), `result="fail"`) + ")",
		})
	}
	return stat{
		title: "Failing, by severity", width: 9, text: "value_and_name", orientation: "vertical", values: values,
		says: says("resources of the namespace that fail. A resource counts once for each check. "+notExempt, "of what is judged at this severity nothing fails.",
			"begin with critical: what fails is in the tables below."),
		links: []DataLink{to("Findings", rules.Findings, "namespace", "${namespace}")},
	}.panel()
}

func (b *builder) namespaceNew() *Panel {
	count := fmt.Sprintf("count by (cluster) (group by (cluster, check, kind, name) (%s))", b.rec(rules.NewFindings, in("namespace")))
	known := fmt.Sprintf("max by (cluster) (%s * 0)\nand on (cluster) (%s)\nunless on (cluster) %s",
		b.rec(rules.NamespaceInfo, in("namespace")), b.judgedBefore(b.DriftWindow), b.rec(rules.YoungNamespace, in("namespace")))
	return stat{
		title: "New findings", width: 5,
		values: []value{{legend: "{{cluster}}", expr: orZero(count, known), thresholds: above0(orange)}},
		says: says("objects of the namespace that fail a check and did not an hour ago. An object counts once for each check.", "nothing new.",
			"the table below names them. No data: the namespace is younger than two hours, or nothing is known about an hour ago."),
		empty: "young namespaces have no drift",
	}.panel()
}

// namespaceFacts makes columns of what are label values.
func (b *builder) namespaceFacts() *Panel {
	mode := func(m string) string {
		level := fmt.Sprintf(`label_replace(%s, %q, "$1", "level", "(.*)")`, b.raw("namespace_pod_security_level", in("namespace"), is("mode", m)), m)
		return fmt.Sprintf("max by (cluster, namespace, %s) (%s)", m, level)
	}
	levels := named("restricted", green, "baseline", yellow, "privileged", orange)
	return table{
		title: "Owner and Pod Security", width: 14,
		labels: []label{
			{name: "namespace"}, {name: "team"}, {name: "system", width: 80}, {name: "enforce", mappings: levels, width: 100}, {name: "audit", width: 100}, {name: "warn", width: 100}, clusterLabel(),
		},
		columns: []column{{expr: b.row("cluster, namespace, team, system", rules.NamespaceInfo, in("namespace"))}, {expr: mode("enforce")}, {expr: mode("audit")}, {expr: mode("warn")}},
		says: says("who owns the namespace, by its label; and the Pod Security level that it enforces (pods that violate it are rejected), audits and warns about.",
			"not shown as a number. An empty team is a namespace that nobody owns; privileged rejects nothing.", "label the namespace with its team and with the level that it is ready for."),
	}.panel()
}

func (b *builder) namespaceReach() *Panel {
	return stat{
		title: "Reachable from", width: 5, text: "value_and_name", orientation: "vertical",
		values: []value{
			{legend: "namespaces {{cluster}}", expr: b.max("namespace_reachable_from_namespaces", in("namespace")), empty: "absent where nobody knows"},
			{legend: "outside {{cluster}}", expr: b.max("namespace_reachable_from_outside", in("namespace")), mappings: words("no", neutral, "yes", orange), empty: "absent where nobody knows"},
		},
		says: says("other namespaces from which the network policies of both sides let a connection through to some pod here, and whether anything outside of the cluster may open one, "+
			"by policies alone.", "no other namespace reaches it. No data means that it cannot be told.", "add a default deny for ingress, then allow who needs it."),
		links: []DataLink{to("Network", rules.Network, "namespace", "${namespace}")},
	}.panel()
}

func (b *builder) namespaceReady() *Panel {
	of := func(level string) value {
		return value{
			legend: level + " {{cluster}}", expr: b.max("namespace_pod_security_ready", in("namespace"), is("level", level)),
			mappings: words("pods in the way", orange, "ready", green), empty: "absent where a pod cannot be judged",
		}
	}
	return stat{
		title: "Could enforce today", width: 5, text: "value_and_name", orientation: "vertical", values: []value{of("baseline"), of("restricted")},
		says: says("whether enforcing the level would reject none of the pods that run here now.", "shown as \"pods in the way\": at least one pod would be rejected.",
			"where it says ready and the namespace enforces less, set the label: it is the cheapest guard there is."),
		links: []DataLink{to("Pods in the way", rules.Findings, "namespace", "${namespace}", "check", b.checkID("pods_violating_pod_security"))},
	}.panel()
}

func (b *builder) namespaceGuards() *Panel {
	of := func(name, id string, matchers ...string) value {
		return value{
			legend: name + " {{cluster}}", expr: b.own(id, append(matchers, in("namespace"))...), mappings: words("ok", green, "missing", orange),
			empty: "a guard whose check is switched off is not judged",
		}
	}
	return stat{
		title: "Guards", width: columns, text: "value_and_name", orientation: "vertical",
		values: []value{
			of("default deny, ingress", "namespaces_without_default_deny", is("direction", "ingress")),
			of("default deny, egress", "namespaces_without_default_deny", is("direction", "egress")),
			of("LimitRange, memory", "namespaces_without_limit_range", is("resource", "memory")),
			of("LimitRange, CPU", "namespaces_without_limit_range", is("resource", "cpu")),
			of("ResourceQuota", "namespaces_without_resource_quota"),
			of("Pod Security, baseline", "namespaces_without_pod_security", is("level", "baseline")),
			of("Pod Security, restricted", "namespaces_without_pod_security", is("level", "restricted")),
		},
		says: says("what protects the pods that are still to come. \"ok\" is there, or the namespace is exempt, as system namespaces are; \"missing\" is not there and not exempt.",
			"shown as \"ok\".", "add what is missing, default deny for ingress and the memory LimitRange first."),
	}.panel()
}
