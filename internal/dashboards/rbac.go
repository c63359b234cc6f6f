package dashboards

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// rbac is who may do what, and who answers for it.
func (b *builder) rbac() *Dashboard {
	d := b.newDashboard(rules.RBAC, "Kube posture / RBAC",
		"Who is cluster-admin, who can do the dangerous things, which bindings are stale or overdue. A lower bound: power granted outside of RBAC is not visible.",
		b.namespaceVariable(),
		labelled("subject", "Subject", "A cluster-admin, by name", b.raw("cluster_admin_subject_info"), "subject_name"))
	d.line(4, b.adminCounts(), b.bindingCounts())
	d.line(9, b.adminTable())
	d.line(9, b.privilegedBindings())
	d.line(9, b.bindingFindings())
	d.line(9, b.accessTable(), b.staleByReason())
	d.line(8, b.adminTrend(), b.bindingTrend())
	return d
}

func (b *builder) adminCounts() *Panel {
	of := func(kind string) value {
		return value{legend: kind + "s {{cluster}}", expr: sumBy("cluster", b.own("cluster_admin_subjects", is("subject_kind", kind)))}
	}
	namespaced := func(id string) string {
		return sumBy("cluster", b.own(id, in("namespace")))
	}
	return stat{
		title: "Cluster-admins and namespace admins", width: 10, text: "value_and_name", orientation: "vertical",
		values: []value{of("User"), of("Group"), of("ServiceAccount"),
			{legend: "in a namespace {{cluster}}", expr: namespaced("namespace_admin_subjects"), thresholds: above0(orange), empty: "a cluster may have no RoleBinding in what is chosen"}},
		says: says("subjects that may do everything in the whole cluster, by kind, builtin and provider ones included; and those that may do everything in a namespace that is chosen. "+
			"It is a lower bound: a group counts once, whoever is in it, and power granted outside of RBAC, such as cloud IAM, is not visible.", "there is none by RBAC.",
			"know each by name, in the table below."),
	}.panel()
}

func (b *builder) bindingCounts() *Panel {
	of := func(name, id, colour string) value {
		return value{
			legend: name + " {{cluster}}", expr: sumBy("cluster", b.own(id, in("namespace"))), thresholds: above0(colour),
			empty: "nothing of the kind is judged in what is chosen",
		}
	}
	return stat{
		title: "What to clean up", width: 14, text: "value_and_name", orientation: "vertical",
		values: []value{
			of("to everybody", "rbac_bindings_to_anonymous", red), of("stale", "rbac_bindings_stale", yellow), of("unused", "rbac_bindings_unused", blue),
			of("review overdue", "rbac_bindings_review_overdue", orange), of("roles with wildcards", "rbac_roles_with_wildcards", blue),
			of("default accounts granted", "default_service_accounts_with_grants", yellow),
		},
		says: says("bindings that anonymous users have; whose role or ServiceAccount is gone, or that name nobody; that only name ServiceAccounts no pod runs as; privileged ones that nobody "+
			"reviewed in time; roles with wildcards, built-in ones included; and ServiceAccounts named default that are granted something. A stale binding counts under each of its reasons.",
			"none that is not exempt.", "the tables below name them. Bindings to everybody come first."),
	}.panel()
}

func (b *builder) adminTable() *Panel {
	const of = "cluster, subject_kind, subject_namespace, subject_name, binding, role, origin"
	info := b.max("cluster_admin_subject_info", `subject_name=~"$subject"`)
	byBinding := func(family string) string {
		return fmt.Sprintf(`max by (cluster, binding) (label_replace(%s, "binding", "$1", "name", "(.*)"))`, b.raw(family, is("kind", "ClusterRoleBinding")))
	}
	created, reviewed := byBinding("rbac_binding_created_timestamp_seconds"), byBinding("rbac_binding_last_review_timestamp_seconds")
	join := func(expr string) string {
		return fmt.Sprintf("max by (%s) (%s * on (cluster, binding) group_left () (%s))", of, info, expr)
	}
	overdue := fmt.Sprintf(`max by (cluster, binding) (label_replace(%s, "binding", "$1", "name", "(.*)"))`,
		b.raw("finding", is("check", b.checkID("rbac_bindings_review_overdue")), is("kind", "ClusterRoleBinding")))
	days := join("(time() - (" + reviewed + " or " + created + ")) / 86400")
	one := 1
	return table{
		title: "Cluster-admins, by name", width: columns, sort: []string{byMost, "subject_name"},
		labels: []label{
			{name: "subject_kind", width: 130}, {name: "subject_namespace", width: 150}, {name: "subject_name"}, {name: "binding"}, {name: "role", width: 150},
			{name: "origin", mappings: named("custom", orange, "builtin", neutral, "provider", neutral), width: 90}, clusterLabel(),
		},
		columns: []column{
			{expr: days + "\nor\n(" + info + " * 0)"}, // to sort by
			{title: "since", expr: join(created + " * 1000"), unit: "dateTimeAsIso", none: nothing, width: 160, empty: "bindings of the API server and the provider have no date"},
			{title: "reviewed", expr: join(reviewed + " * 1000"), unit: "dateTimeAsIso", none: "no date", width: 160, empty: "no binding was ever reviewed"},
			{title: "days", expr: days, decimals: &one, none: nothing, width: 80,
				thresholds: steps(neutral, 60, yellow, 90, orange), empty: "bindings of the API server and the provider have no date"},
			{title: "overdue", expr: join(overdue), mappings: words("no", neutral, "overdue", orange), none: nothing, width: 90, empty: "none is overdue"},
		},
		says: says("everybody who may do everything, with each ClusterRoleBinding that lets them, when it was made, when somebody last reviewed it, and the days since. days turns yellow at 60 and "+
			"orange at 90, the review period unless configured; overdue is what the exporter says with its own. It is a lower bound: power outside of RBAC is not visible, nor who is in a group.",
			"in days: made or reviewed today. A dash in since is a binding of the API server or of the provider; in overdue it is not overdue, or exempt.",
			"remove who does not need it; annotate the others' bindings with the date of the review."),
	}.panel()
}

func (b *builder) accessTable() *Panel {
	now := b.own("rbac_subjects_with_access")
	then := b.one("max", "rbac_subjects_with_access", b.raw("rbac_subjects_with_access")+" offset 7d")
	return table{
		title: "Who can", width: 14, sort: []string{byMost, "access"},
		labels: []label{{name: "access"}, clusterLabel()},
		columns: []column{
			{title: "subjects", expr: now, width: 90},
			{title: "against 7 days", expr: now + " - " + then, thresholds: increase(), width: 120, empty: untilWeek},
		},
		says: says("subjects of bindings that the API server would allow each of the dangerous things, cluster-wide, and what the configuration asks besides. Kubernetes' own subjects count.",
			"nobody that RBAC names.", "the command who-can of the exporter lists the names and the bindings. Look first at what grew."),
	}.panel()
}

func (b *builder) bindingFindings() *Panel {
	ids := []string{"rbac_bindings_to_anonymous", "rbac_bindings_stale", "rbac_bindings_unused", "rbac_bindings_review_overdue", "rbac_roles_with_wildcards",
		"default_service_accounts_with_grants", "rbac_subjects_with_access", "namespace_admin_subjects"}
	expr := ""
	for i, id := range ids {
		if i > 0 {
			expr += "|"
		}
		expr += b.checkID(id)
	}
	count := "sum by (cluster, check, namespace, kind, name) (" + b.max("finding", `check=~"`+expr+`"`, in("namespace")) + ")"
	return table{
		title: "By name", width: columns, none: "there is none, if the counts above say 0", sort: []string{"rank", "check", "name"}, hidden: []string{"rank", "gap"}, empty: "an orderly cluster has none",
		labels:  []label{severityLabel(), b.checkLabel(), namespaceLabel(), {name: "kind", width: 150}, objectLabel(), clusterLabel()},
		columns: []column{{expr: b.withSeverity(count)}},
		says: says("bindings, roles and subjects that a check of this page finds, the worst first.", "an empty table is good news only while the counts above are 0.",
			"click on the check for what to change."),
	}.panel()
}

func (b *builder) staleByReason() *Panel {
	return bars{
		title: "Stale bindings by reason", width: 10, below: true,
		values: []value{{legend: "{{reason}} {{cluster}}", expr: sumBy("cluster, reason", b.own("rbac_bindings_stale", in("namespace")))}},
		says: says("bindings whose role is gone, whose ServiceAccount or its namespace is gone, or that name nobody. One may have several reasons.", "none.",
			"delete them: whoever creates what is missing gets what the binding grants."),
		empty: "there may be no binding in what is chosen",
	}.panel()
}

func (b *builder) adminTrend() *Panel {
	return graph{
		title: "Cluster-admins over 90 days", width: 12, from: "90d", byName: []Override{coloured("cluster-admins", red), coloured("namespace admins", orange)},
		lines: []line{
			{legend: "cluster-admins {{cluster}}", expr: b.failing("cluster_admin_subjects")}, {legend: "namespace admins {{cluster}}", expr: b.failing("namespace_admin_subjects")},
		},
		says: says("subjects that may do everything in the cluster, or in a namespace, and are not exempt; whatever is chosen above. Kubernetes' and the provider's own are left out. A lower bound, as everywhere on this page.", "none by RBAC.",
			"a step up is somebody's decision: find the binding by its date."),
	}.panel()
}

func (b *builder) bindingTrend() *Panel {
	var lines []line
	for _, l := range []struct{ name, id string }{{"stale", "rbac_bindings_stale"}, {"unused", "rbac_bindings_unused"}, {"review overdue", "rbac_bindings_review_overdue"}} {
		lines = append(lines, line{legend: l.name + " {{cluster}}", expr: b.failing(l.id)})
	}
	return graph{
		title: "Bindings to clean up over 90 days", width: 12, from: "90d", lines: lines,
		byName: []Override{coloured("stale", yellow), coloured("unused", blue), coloured("review overdue", orange)},
		says:   says("bindings of the whole cluster that are stale, unused or overdue for review.", "none.", "a line that only rises is work that nobody does: give it an owner and a date."),
	}.panel()
}
