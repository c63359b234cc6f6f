package rules

import (
	"fmt"
	"strings"
)

// Names of recorded series that other rules, and dashboards, build upon.
const (
	CheckInfo      = "check:kube_posture_check_info:topk1"
	SeverityWeight = "severity:kube_posture_score:weight"
	CheckWeight    = "check:kube_posture_check_info:weight"
	NamespaceInfo  = "namespace:kube_posture_namespace_info:topk1"
	YoungNamespace = "namespace:kube_posture_namespace_info:young"

	CheckResources   = "check:kube_posture_check_resources:max"
	GapResources     = "gap:kube_posture_check_resources:sum"
	NamespaceFailing = "namespace:kube_posture_check_resources:failing"
	TeamFailing      = "team:kube_posture_check_resources:failing"
	AppearedFindings = "object:kube_posture_finding:appeared"
	NewFindings      = "object:kube_posture_finding:new"

	JudgedWeight    = "cluster:kube_posture_check_info:weight_judged"
	NamespaceWeight = "namespace:kube_posture_check_resources:weight"
	ClusterScore    = "cluster:kube_posture_score:ratio"
	NamespaceScore  = "namespace:kube_posture_score:ratio"
	TeamScore       = "team:kube_posture_score:ratio"
)

// lookup are the few series that others join: what a check is about, and whose a namespace is. topk settles which of two answers counts while
// replicas disagree, because a join with two would fail.
func (b *builder) lookup() []Recording {
	weights := []struct{ severity, weight string }{
		{"critical", b.WeightCritical}, {"high", b.WeightHigh}, {"medium", b.WeightMedium}, {"low", b.WeightLow},
	}
	var parts []string
	for _, w := range weights {
		parts = append(parts, fmt.Sprintf("%s * max by (cluster, severity) (%s{severity=%q})", w.weight, CheckInfo, w.severity))
	}
	return []Recording{
		{
			Record: CheckInfo, Labels: []string{"check", "gap", "severity"}, Says: "the gap and the severity in force of each check; always 1",
			Expr: fmt.Sprintf("topk by (cluster, check) (1, max by (cluster, check, gap, severity) (%s))", b.raw("check_info", "", "")),
		},
		{
			Record: NamespaceInfo, Labels: []string{"namespace", "team", "system"}, Says: "the team of each namespace, and whether it is the system's; always 1",
			Expr: fmt.Sprintf("topk by (cluster, namespace) (1, max by (cluster, namespace, team, system) (%s))", b.raw("namespace_info", "", "")),
		},
		{
			Record: YoungNamespace, Labels: []string{"namespace"},
			Says: "namespaces that were not there `drift.namespaceAge` ago, or of which nobody knows; always 1",
			Expr: lines("max by (cluster, namespace) ("+b.raw("namespace_info", "", "")+")", "unless on (cluster, namespace)",
				fmt.Sprintf("  last_over_time(%s[%s] offset %s)", b.raw("namespace_info", "", ""), b.DriftWindow, b.NamespaceAge)),
		},
		{
			Record: SeverityWeight, Labels: []string{"severity"}, Says: "what a resource counts in a score, by the severity of the check that judges it",
			Expr: strings.Join(parts, "\nor\n"),
		},
		{
			Record: CheckWeight, Labels: []string{"check"}, Says: "the same, by check",
			Expr: fmt.Sprintf("max by (cluster, check) (%s * on (cluster, severity) group_left () %s)", CheckInfo, SeverityWeight),
		},
	}
}

// findings are the numbers of failing resources, and the findings that are new. What they join is in the same group and before them, so that
// a namespace is known to be young in the very round in which its first finding is seen.
func (b *builder) findings() Group {
	return Group{Name: "kube-posture-findings", Interval: b.Interval, Rules: append(b.lookup(), []Recording{
		{
			Record: CheckResources, Labels: []string{"check", "result"}, Says: "resources judged, by check and result",
			Expr: b.max("check_resources", "", ""),
		},
		{
			Record: GapResources, Labels: []string{"gap", "severity", "result"}, Says: "resources judged, by gap, severity and result; a resource counts once for each check",
			Expr: fmt.Sprintf("sum by (cluster, gap, severity, result) (\n  %s\n  * on (cluster, check) group_left (gap, severity)\n    %s\n)", CheckResources, CheckInfo),
		},
		{
			Record: NamespaceFailing, Labels: []string{"namespace", "severity"}, Says: "failing, non-exempt resources of a namespace, by severity; a resource counts once for each check",
			// Not from findings, which are ten times as many series.
			Expr: fmt.Sprintf("max without (%s, result) (%s)", b.without("namespace_check_resources"), b.raw("namespace_check_resources", `result="fail"`, "")),
		},
		{
			Record: TeamFailing, Labels: []string{"team", "severity"}, Says: "the same by team; namespaces that nobody owns are one without a team label",
			Expr: fmt.Sprintf("sum by (cluster, team, severity) (\n  %s\n  * on (cluster, namespace) group_left (team)\n    %s\n)", NamespaceFailing, NamespaceInfo),
		},
		{
			Record: AppearedFindings, Labels: []string{"check", "namespace", "kind", "name", "severity", "gap"},
			Says: "findings that did not exist `drift.window` ago although their check was judged then; the value is the number of failing resources",
			Expr: b.appeared(),
		},
		{
			Record: NewFindings, Labels: []string{"check", "namespace", "kind", "name", "severity", "gap", "team"},
			Says: "the same without those of `drift.recurringKinds` that have appeared before, and with the team",
			Expr: b.newFindings(),
		},
	}...)}
}

// appeared is the only rule that reads every finding of now and of then. The replicas become one at the end, when hardly any series are left; the
// comparisons do not see what tells replicas apart.
func (b *builder) appeared() string {
	naming := func(offset string) string {
		return fmt.Sprintf("sum by (cluster) (max by (cluster, resource) (%s))", b.raw("informer_synced", `resource=~"replicasets|jobs"`, offset))
	}
	appeared := lines(
		b.raw("finding", "", ""),
		"unless on (cluster, check, namespace, kind, name)",
		"  "+b.raw("finding", "", b.DriftWindow),
		"and on (cluster, check)",
		"  "+b.judgedThen(""),
		"unless on (cluster, namespace)",
		"  "+YoungNamespace,
		// Objects are named by these kinds: when one of them is seen only now, old findings get new names.
		"unless on (cluster)",
		indent(group(lines(naming(""), "!=", naming(b.DriftWindow)))),
	)
	return lines("max without ("+b.without("finding")+") "+group(appeared), "* on (cluster, check) group_left (severity, gap)", "  "+CheckInfo)
}

// newFindings keeps what has no team, such as cluster-scoped objects and subjects in namespaces that are gone.
func (b *builder) newFindings() string {
	owned := lines(
		AppearedFindings+" * on (cluster, namespace) group_left (team)", "  "+NamespaceInfo,
		"or ignoring (team)", AppearedFindings,
	)
	// The memory is the dearest thing that any rule reads, so it is read once, for both.
	return lines(group(owned), "unless on (cluster, check, namespace, kind, name)",
		fmt.Sprintf("  last_over_time(%s{kind=~%q}[%s] offset %s)", AppearedFindings, b.RecurringKinds, b.RecurringMemory, b.DriftWindow))
}
