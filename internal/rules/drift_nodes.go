package rules

import "fmt"

// driftOfNodes are the alerts about nodes that can take others with them. A node that was not there before is not compared.
func (b *builder) driftOfNodes() []Alert {
	crossed := func(family, threshold string) string {
		const memory = `resource="memory"`
		return lines(
			fmt.Sprintf("%s > %s", b.max(family, memory, ""), threshold),
			"and on (cluster, node)",
			fmt.Sprintf("  (%s <= %s)", b.max(family, memory, b.DriftWindow), threshold),
		)
	}
	const why = "When the node runs out of memory its pods move to the others, which are as full: one failure becomes many."
	return []Alert{
		{
			Name: "KubePostureNodeMemoryUnbounded", Kind: Drift, Gap: "resources", Dashboard: Resources, Query: "var-node={{ $labels.node }}",
			Variants: []Variant{{Severity: Warning, For: "15m", Expr: crossed("node_unbounded_pods", b.UnboundedPods), When: "always"}},
			Summary:  "{{ $value }} pods on node {{ $labels.node }} may use all its memory",
			Description: "A container of each has no memory limit. " + b.DriftWindow + " ago there were at most " + b.UnboundedPods +
				". One of them that leaks takes the node, and its pods move to the next.",
			Why: why, Tune: "`thresholds.unboundedPods`",
		},
		{
			Name: "KubePostureNodeMemoryOvercommitted", Kind: Drift, Gap: "resources", Dashboard: Resources, Query: "var-node={{ $labels.node }}",
			Variants: []Variant{{Severity: Warning, For: "15m", Expr: crossed("node_limit_overcommit_ratio", b.OvercommitRatio), When: "always"}},
			Summary:  "The memory limits on node {{ $labels.node }} are {{ $value | humanizePercentage }} of what it can allocate",
			Description: "Pods may use more memory than there is, each within its limit. " + b.DriftWindow + " ago the ratio was at most " +
				b.OvercommitRatio + ".",
			Why: why, Tune: "`thresholds.overcommitRatio`",
		},
	}
}
