package rules

import "fmt"

// practice are the alerts about work that is due.
func (b *builder) practice() []Alert {
	expiry := b.max("exemption_expiry_timestamp_seconds", "", "")
	withOwner := func(expr string) string {
		return lines(group(expr), "* on (cluster, exemption) group_left (owner)",
			fmt.Sprintf("  topk by (cluster, exemption) (1, max by (cluster, exemption, owner) (%s))", b.raw("exemption_info", "", "")))
	}
	soon := lines(fmt.Sprintf("%s - time() < %s * 86400", expiry, b.ExemptionDays), "and", fmt.Sprintf("%s > time()", expiry))
	unused := lines(b.max("exemption_matches", `exemption!="system-namespaces"`, "")+" == 0", "unless on (cluster, exemption)", "  ("+expiry+" <= time())")
	const exemptions = "`exemptions` in the [configuration](configuration.md)"
	return []Alert{
		{
			Name: "KubePostureReviewOverdue", Kind: Practice, Gap: "rbac", Dashboard: RBAC,
			Variants: []Variant{{
				Severity: Warning, For: "1h", When: "always; one for the cluster, not one for each binding",
				Expr: fmt.Sprintf("sum by (cluster) (%s) > 0", b.max(b.checkID("rbac_bindings_review_overdue"), "", "")),
			}},
			Summary:     "{{ $value }} privileged bindings are due for review",
			Description: "They were neither made nor reviewed within the review period, which is 90 days unless the configuration says otherwise.",
			Why:         "Power that nobody asks about stays for ever.",
			Tune:        "`rbac.review.period` and `rbac.review.annotation` in the [configuration](configuration.md)",
		},
		{
			Name: "KubePostureExemptionExpiring", Kind: Practice, Dashboard: Overview,
			Variants:    []Variant{{Severity: Warning, Expr: withOwner(soon), When: "always"}},
			Summary:     "The exemption {{ $labels.exemption }} ends in {{ $value | humanizeDuration }}",
			Description: "Afterwards what it covers counts as failing. {{ $labels.owner }} answers for it.",
			Why:         "Either the reason still holds and somebody says so, or the gap is closed before it turns up as new.",
			Tune:        "`thresholds.exemptionDays`",
		},
		{
			Name: "KubePostureExemptionExpired", Kind: Practice, Dashboard: Overview,
			Variants:    []Variant{{Severity: Warning, Expr: withOwner(expiry + " <= time()"), When: "always"}},
			Summary:     "The exemption {{ $labels.exemption }} has expired",
			Description: "It exempts nothing, and what it covered counts as failing. {{ $labels.owner }} answers for it.",
			Why:         "A dead exemption hides who ought to decide.",
			Tune:        exemptions,
		},
		{
			Name: "KubePostureExemptionUnused", Kind: Practice, Dashboard: Overview,
			Variants:    []Variant{{Severity: Info, For: "1d", Expr: withOwner(unused + " + 1"), When: "always"}},
			Summary:     "The exemption {{ $labels.exemption }} matches nothing",
			Description: "No failing resource is covered by it: the gap is closed, or a name in it is wrong. {{ $labels.owner }} answers for it.",
			Why:         "It would silently cover the next resource of that name.",
			Tune:        "the duration; " + exemptions,
		},
		b.podSecurityReady(),
	}
}

// podSecurityReady names only the strictest level that a namespace could enforce.
func (b *builder) podSecurityReady() Alert {
	could := func(level string) string {
		matchers := fmt.Sprintf("level=%q", level)
		return lines(b.max("namespaces_without_pod_security", matchers, "")+" > 0", "and on (cluster, namespace)",
			"  ("+b.max("namespace_pod_security_ready", matchers, "")+" == 1)")
	}
	expr := withTeam(lines(group(could("restricted")), "or on (cluster, namespace)", group(could("baseline"))))
	return Alert{
		Name: "KubePosturePodSecurityReady", Kind: Practice, Gap: "pod_security", Dashboard: Namespace, Query: "var-namespace={{ $labels.namespace }}",
		Variants:    []Variant{{Severity: Info, For: "1d", Expr: expr, When: "always"}},
		Summary:     "Namespace {{ $labels.namespace }} could enforce the {{ $labels.level }} Pod Security level today",
		Description: "Every pod that runs there complies, and has for as long as this alert waited. One label keeps it so.",
		Why:         "It is the cheapest guard there is, and nothing breaks on the day it is set.",
		Tune:        "the duration; an [exemption](configuration.md) of `namespaces_without_pod_security`",
	}
}
