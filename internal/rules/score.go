package rules

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// score are the posture scores, from 0 to 1.
func (b *builder) score() Group {
	sum := func(result string) string {
		return fmt.Sprintf("sum by (cluster) (%s{%s} * on (cluster, check) group_left () %s)", CheckResources, result, CheckWeight)
	}
	byTeam := func(weight string) string {
		return fmt.Sprintf("sum by (cluster, team) (%s * on (cluster, namespace) group_left (team) %s)", weight, NamespaceInfo)
	}
	return Group{Name: "kube-posture-score", Interval: b.Interval, Rules: []Recording{
		{
			Record: ClusterScore,
			Says:   "the share of judged, non-exempt resources that pass, each weighted by the severity of the check that judges it; unknown ones are not in it",
			Expr:   lines(sum(`result="pass"`), "/", "("+sum(`result=~"pass|fail"`)+" > 0)"),
		},
		{
			Record: JudgedWeight, Says: "the sum of the weights of the checks that are judged: scores of different moments compare only while it stays the same",
			Expr: fmt.Sprintf("sum by (cluster) (%s{result=\"pass\"} * 0 + on (cluster, check) group_left () %s)", CheckResources, CheckWeight),
		},
		{
			Record: NamespaceWeightJudged, Labels: []string{"namespace"}, Says: "the sum of the weights of the checks that judged something in the namespace",
			Expr: b.namespaceWeight(""),
		},
		{
			Record: NamespaceWeightPassed, Labels: []string{"namespace"}, Says: "the same of those that nothing in the namespace fails",
			Expr: lines(NamespaceWeightJudged, "-", group(lines(b.namespaceWeight(" > 0"), "or", "  "+NamespaceWeightJudged+" * 0"))),
		},
		{
			Record: NamespaceScore, Labels: []string{"namespace"},
			Says: "the share of the checks that judged something in the namespace and that nothing there fails, weighted by severity",
			Expr: lines(NamespaceWeightPassed, "/", NamespaceWeightJudged),
		},
		{
			Record: TeamScore, Labels: []string{"team"}, Says: "the same over all namespaces of the team",
			Expr: lines(byTeam(NamespaceWeightPassed), "/", byTeam(NamespaceWeightJudged)),
		},
	}}
}

// namespaceWeight sums the weights of checks by namespace, from their own gauges: of all, or of those with a gauge that the condition keeps.
// A check fails in a namespace when any of its gauges there does.
func (b *builder) namespaceWeight(condition string) string {
	var names []string
	for _, e := range b.set.Entries() {
		if perNamespace(e.Check) {
			names = append(names, e.ID)
		}
	}
	gauges := fmt.Sprintf("group by (__name__, cluster, namespace) ({__name__=~\"%s(%s)\", namespace!=\"\"}%s)", collector.Namespace, anyOf(names), condition)
	return fmt.Sprintf(`sum by (cluster, namespace) (
  label_replace(
    %s,
    "check", "$1", "__name__", "%s(.+)"
  )
  * on (cluster, check) group_left ()
    %s
)`, gauges, collector.Namespace, CheckWeight)
}

func perNamespace(c *check.Check) bool { return !c.ClusterWide && c.Open == "" }

// trend are the differences against the past: above 0 is more than then. Where nothing is known of then there is none.
func (b *builder) trend() Group {
	g := Group{Name: "kube-posture-trend", Interval: b.TrendInterval}
	of := []struct {
		record, base, matchers, says string
		labels                       []string
	}{
		{ClusterScore, "cluster:kube_posture_score", "", "the cluster's score", nil},
		{TeamScore, "team:kube_posture_score", "", "a team's score", []string{"team"}},
		{NamespaceScore, "namespace:kube_posture_score", "", "a namespace's score", []string{"namespace"}},
		{GapResources, "gap:kube_posture_check_resources", `result="fail"`, "failing resources, by gap and severity", []string{"gap", "severity", "result"}},
	}
	windows := []struct{ name, value string }{{"1h", b.Hour}, {"1d", b.Day}, {"7d", b.Week}, {"90d", b.Quarter}}
	for _, o := range of {
		for _, w := range windows {
			g.Rules = append(g.Rules, Recording{
				Record: o.base + ":delta" + w.name, Labels: o.labels, Says: fmt.Sprintf("the difference of %s against %s ago", o.says, w.name),
				Expr: lines(selector(o.record, o.matchers, ""), "-", "  "+selector(o.record, o.matchers, w.value)),
			})
		}
	}
	return g
}
