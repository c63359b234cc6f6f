package rules

import (
	"fmt"
	"strings"
)

// ownAlert are the checks whose findings have an alert of their own.
var ownAlert = []string{
	"cluster_admin_subjects", "namespaces_without_default_deny", "namespaces_without_limit_range", "namespaces_without_pod_security",
	"network_policies_unenforced", "rbac_bindings_stale", "rbac_bindings_to_anonymous", "rbac_bindings_review_overdue",
}

// driftOfFindings are the alerts that name a new offender.
func (b *builder) driftOfFindings() []Alert {
	for _, id := range ownAlert {
		b.checkID(id)
	}
	others := fmt.Sprintf("check!~%q", strings.Join(ownAlert, "|"))
	ofSeverity := func(matcher string) string { return selector(NewFindings, others+", "+matcher, "") }
	nothingDropped := lines("unless on (cluster)", "  ("+b.max("findings_dropped", "", b.DriftWindow)+" > 0)")
	finding := Alert{
		Name: "KubePostureNewFinding", Kind: Drift, Namespaced: true, Dashboard: Findings,
		Query: "var-namespace={{ $labels.namespace }}&var-check={{ $labels.check }}",
		Variants: []Variant{
			{Severity: Critical, For: "2m", Expr: ofSeverity(`severity="critical"`), When: "the check is critical"},
			{Severity: Warning, For: "2m", Expr: ofSeverity(`severity="high"`), When: "the check is high"},
			{Severity: Info, For: "2m", Expr: lines(ofSeverity(`severity=~"medium|low"`), nothingDropped), When: "the check is medium or low"},
		},
		Summary: "{{ $labels.kind }} {{ if $labels.namespace }}{{ $labels.namespace }}/{{ end }}{{ $labels.name }} is new in {{ $labels.check }}",
		Description: "{{ $value }} resource(s) of {{ $labels.kind }} {{ $labels.name }} fail {{ $labels.check }} and did not " + b.DriftWindow +
			" ago. The alert ends when the gap is closed, or has been there for " + b.DriftWindow + " and is no longer new.",
		Why:  "Somebody opened a gap just now, and it can still be closed by those who remember why.",
		Tune: "`drift.window`, `drift.namespaceAge`, `drift.recurringKinds`; an [exemption](configuration.md) for what is meant to be so; the check's severity in the configuration",
	}
	return []Alert{
		finding, b.newClusterAdmin(),
		b.newBinding("KubePostureStaleBinding", "rbac_bindings_stale", Variant{Severity: Info, For: "5m", When: "always: it grants nothing yet"},
			"{{ $labels.kind }} {{ if $labels.namespace }}{{ $labels.namespace }}/{{ end }}{{ $labels.name }} has become stale",
			"Its role, or a ServiceAccount that it names, no longer exists, or it names nobody. Whoever creates what is missing gets what the binding grants.",
			"A binding that names nothing waits for somebody to create what it names."),
		b.newBinding("KubePostureAnonymousBinding", "rbac_bindings_to_anonymous", Variant{Severity: Critical, For: "1m", When: "always: nobody needs a password to use it"},
			"{{ $labels.kind }} {{ if $labels.namespace }}{{ $labels.namespace }}/{{ end }}{{ $labels.name }} grants access to everybody",
			"It names system:anonymous or system:unauthenticated: whoever reaches the API server has what it grants, without credentials.",
			"Whoever reaches the API server needs no credentials for what the binding grants."),
	}
}

// newBinding is an alert on new findings of one check of bindings.
func (b *builder) newBinding(name, id string, v Variant, summary, description, why string) Alert {
	v.Expr = selector(NewFindings, fmt.Sprintf("check=%q", b.checkID(id)), "")
	return Alert{
		Name: name, Kind: Drift, Gap: "rbac", Namespaced: true, Dashboard: RBAC, Query: "var-namespace={{ $labels.namespace }}",
		Variants: []Variant{v}, Summary: summary, Description: description, Why: why,
		Tune: "an [exemption](configuration.md) of `" + id + "`; `drift.window`",
	}
}

// newClusterAdmin is not held back in young namespaces: its power is over the whole cluster. What
// the provider of the cluster binds for its own components, as an upgrade may, is news and calls
// nobody.
func (b *builder) newClusterAdmin() Alert {
	const byProvider, byOthers = `origin="provider"`, `origin!="provider"`
	unlike := func(origin, labels string) string {
		return lines(
			b.max("cluster_admin_subject_info", origin, ""),
			fmt.Sprintf("unless on (cluster, subject_kind, subject_namespace, subject_name%s)", labels),
			"  "+b.raw("cluster_admin_subject_info", "", b.DriftWindow),
			"and on (cluster)",
			"  "+b.judgedThen("cluster_admin_subjects"),
		)
	}
	return Alert{
		Name: "KubePostureNewClusterAdmin", Kind: Drift, Gap: "rbac", Dashboard: RBAC, Query: "var-subject={{ $labels.subject_name }}",
		Variants: []Variant{
			{Severity: Critical, For: "1m", Expr: unlike(byOthers, ""), When: "the subject was no cluster-admin before"},
			{Severity: Warning, For: "1m", Expr: unlike(byOthers, ", binding"), When: "one more binding, whether or not the subject is new"},
			{Severity: Info, For: "1m", Expr: unlike(byProvider, ", binding"), When: "one that the provider of the cluster makes for itself"},
		},
		Summary: "{{ $labels.subject_kind }} {{ if $labels.subject_namespace }}{{ $labels.subject_namespace }}/{{ end }}{{ $labels.subject_name }} " +
			"may do everything, by {{ $labels.binding }}",
		Description: "ClusterRoleBinding {{ $labels.binding }} gives it the ClusterRole {{ $labels.role }}, which allows everything in the whole cluster. " +
			"It did not " + b.DriftWindow + " ago.",
		Why:  "It is all the power there is, and the first thing that an intruder wants to keep.",
		Tune: "`drift.window`; the durations",
	}
}
