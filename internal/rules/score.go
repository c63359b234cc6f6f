package rules

import (
	"fmt"
	"strings"
)

// score are the posture scores, from 0 to 1.
func (b *builder) score() Group {
	sum := func(result string) string {
		return fmt.Sprintf("sum by (cluster) (%s{%s} * on (cluster, check) group_left () %s)", CheckResources, result, CheckWeight)
	}
	share := func(by, weight string) string {
		if !strings.Contains(weight, "%s") {
			weight += "%s"
		}
		passed, judged := fmt.Sprintf(weight, `{result="pass"}`), fmt.Sprintf(weight, "")
		return lines(fmt.Sprintf("sum by (%s) (%s)", by, passed), "/", fmt.Sprintf("(sum by (%s) (%s) > 0)", by, judged))
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
			Record: NamespaceWeight, Labels: []string{"namespace", "result"}, Says: "the sum of the weights of what passes and of what fails in the namespace",
			Expr: fmt.Sprintf("sum by (cluster, namespace, result) (\n  %s\n  * on (cluster, severity) group_left ()\n    %s\n)",
				b.max("namespace_check_resources", "", ""), SeverityWeight),
		},
		{
			Record: NamespaceScore, Labels: []string{"namespace"},
			Says: "the same share of what is judged in the namespace; resources of no namespace are in the cluster's score only",
			Expr: share("cluster, namespace", NamespaceWeight),
		},
		{
			Record: TeamScore, Labels: []string{"team"}, Says: "the same over all namespaces of the team; namespaces that nobody owns are one without a team label",
			Expr: share("cluster, team", NamespaceWeight+"%s * on (cluster, namespace) group_left (team) "+NamespaceInfo),
		},
	}}
}

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
