package rules

import "fmt"

// withTeam adds the team of the namespace. It must only be used where the namespace exists, and loses what is in none.
func withTeam(expr string) string {
	return lines(group(expr), "* on (cluster, namespace) group_left (team)", "  "+NamespaceInfo)
}

// lost is a guard that a namespace had, or was exempt from having, and has no longer. Zero then is the proof that it was there.
func (b *builder) lost(id, matchers, label string) string {
	on := "cluster, namespace, " + label
	return withTeam(lines(
		b.max(b.checkID(id), matchers, "")+" > 0",
		fmt.Sprintf("and on (%s)", on),
		fmt.Sprintf("  (%s == 0)", b.max(id, matchers, b.DriftWindow)),
		"unless on (cluster, namespace)",
		"  "+YoungNamespace,
	))
}

// driftOfNamespaces are the alerts about namespaces that lost something.
func (b *builder) driftOfNamespaces() []Alert {
	const exempt = " It had one " // continued with the window
	ended := b.DriftWindow + " ago, or was exempt."
	tune := "an [exemption](configuration.md) of `%s`; `drift.window`, `drift.namespaceAge`"
	alert := func(name, gap, dashboard, id string) Alert {
		return Alert{
			Name: name, Kind: Drift, Gap: gap, Namespaced: true, Dashboard: dashboard, Query: "var-namespace={{ $labels.namespace }}",
			Tune: fmt.Sprintf(tune, id),
		}
	}

	deny := alert("KubePostureLostDefaultDeny", "network", Network, "namespaces_without_default_deny")
	deny.Variants = []Variant{{Severity: Warning, For: "2m", Expr: b.lost("namespaces_without_default_deny", "", "direction"), When: "always"}}
	deny.Summary = "Namespace {{ $labels.namespace }} has lost its default deny for {{ $labels.direction }}"
	deny.Description = "No NetworkPolicy there selects every pod and allows nothing for {{ $labels.direction }}." + exempt + ended
	deny.Why = "Every pod that no other policy selects is open from now on, and so is every pod that is still to come."

	limits := alert("KubePostureLostLimitRange", "resources", Resources, "namespaces_without_limit_range")
	limits.Variants = []Variant{
		{Severity: Warning, For: "5m", Expr: b.lost("namespaces_without_limit_range", `resource="memory"`, "resource"), When: "for memory, which takes the node"},
		{Severity: Info, For: "5m", Expr: b.lost("namespaces_without_limit_range", `resource="cpu"`, "resource"), When: "for CPU, which only slows others down"},
	}
	limits.Summary = "Namespace {{ $labels.namespace }} has lost its LimitRange for {{ $labels.resource }}"
	limits.Description = "No LimitRange there gives a container without a {{ $labels.resource }} limit one." + exempt + ended
	limits.Why = "The next container without a limit may take all of its node's memory."

	level := alert("KubePostureLostPodSecurity", "pod_security", Namespace, "namespaces_without_pod_security")
	level.Variants = []Variant{
		{Severity: Warning, For: "2m", Expr: b.lost("namespaces_without_pod_security", `level="baseline"`, "level"), When: "baseline: privileged pods are admitted again"},
		{Severity: Info, For: "2m", Expr: b.lost("namespaces_without_pod_security", `level="restricted"`, "level"), When: "restricted"},
	}
	level.Summary = "Namespace {{ $labels.namespace }} no longer enforces the {{ $labels.level }} Pod Security level"
	level.Description = "Its label pod-security.kubernetes.io/enforce is below {{ $labels.level }}, or is gone. It enforced the level " + ended
	level.Why = "The guard that rejects the next bad pod is gone."

	return []Alert{deny, limits, level, b.scoreDropped(), b.unenforced()}
}

// scoreDropped compares only while the same checks are judged: an upgrade that brings a new check, or a kind that cannot be listed any more,
// changes every score and is no drift.
func (b *builder) scoreDropped() Alert {
	dropped := lines(
		fmt.Sprintf("%s offset %s - %s > %s", NamespaceScore, b.DriftWindow, NamespaceScore, b.ScoreDrop),
		"and on (cluster)",
		fmt.Sprintf("  (%s == %s offset %s)", JudgedWeight, JudgedWeight, b.DriftWindow),
		"unless on (cluster, namespace)",
		"  "+YoungNamespace,
	)
	return Alert{
		Name: "KubePostureNamespaceScoreDropped", Kind: Drift, Namespaced: true, Dashboard: Namespace, Query: "var-namespace={{ $labels.namespace }}",
		Variants:    []Variant{{Severity: Warning, For: "10m", Expr: withTeam(dropped), When: "always"}},
		Summary:     "The posture score of namespace {{ $labels.namespace }} has dropped by {{ $value | humanizePercentage }}",
		Description: "Of what is judged there, weighted by severity, a smaller share passes than " + b.DriftWindow + " ago, by the same checks.",
		Why:         "Many small gaps at once, each too small for a page, are a change that somebody made.",
		Tune:        "`thresholds.scoreDrop`, `score.weights.*`, `drift.window`",
	}
}

// unenforced is about the cluster, so young namespaces are nothing to it.
func (b *builder) unenforced() Alert {
	count := func(result, offset string) string {
		return b.max("check_resources", fmt.Sprintf("check=%q, result=%q", b.checkID("network_policies_unenforced"), result), offset)
	}
	drift := lines(count("fail", "")+" > 0", "and on (cluster)", "  ("+count("fail", b.DriftWindow)+" == 0)")
	lost := lines(drift, "and on (cluster)", "  ("+count("pass", b.DriftWindow)+" > 0)")
	return Alert{
		Name: "KubePosturePoliciesUnenforced", Kind: Drift, Gap: "network", Dashboard: Network,
		Variants: []Variant{
			{Severity: Critical, For: "5m", Expr: lost, When: "policies were enforced before"},
			{Severity: Warning, For: "5m", Expr: drift, When: "there is a policy, and nothing has ever enforced one"},
		},
		Summary:     "{{ $value }} network policies are enforced by nothing",
		Description: "No DaemonSet, node or API tells of a network plugin that enforces them. " + b.DriftWindow + " ago there was none that is not enforced.",
		Why:         "The API server accepts a policy whether or not anything acts on it, and every pod that looks isolated is open.",
		Tune:        "the enforcer in the [configuration](configuration.md), where one is there and is not recognized",
	}
}
