package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestPodsWithoutNetworkPolicy(t *testing.T) {
	check := &podsWithoutNetworkPolicy
	isolation := func(flags model.PodFlags, ingress, egress Isolation) *PodFacts {
		return &PodFacts{
			Pod:       &model.Pod{Flags: model.Judged | flags},
			Isolation: [model.DirectionCount]Isolation{model.Ingress: ingress, model.Egress: egress},
		}
	}
	both := []string{"ingress", "egress"}
	testFacts(t, check, check.Judge.(PodFactsJudge), []factsCase[*PodFacts]{
		{name: "no policy", facts: isolation(0, NotIsolated, NotIsolated), fails: both},
		{name: "deny-all podSelector {}", facts: isolation(0, Isolated, Isolated)},
		{name: "policyTypes unset without egress isolates ingress only", facts: isolation(0, Isolated, NotIsolated), fails: []string{"egress"}},
		{name: "policyTypes [Egress] isolates egress only", facts: isolation(0, NotIsolated, Isolated), fails: []string{"ingress"}},
		{name: "ingress: [{}] isolates, however open", facts: isolation(0, IsolatedButOpen, IsolatedButOpen)},
		{name: "selector that nobody understands", facts: isolation(0, IsolationUnknown, IsolationUnknown), unknowns: both},
		{name: "selector that nobody understands, for ingress", facts: isolation(0, IsolationUnknown, NotIsolated),
			fails: []string{"egress"}, unknowns: []string{"ingress"}},
		{name: "hostNetwork pod", facts: isolation(model.HostNetwork, NotIsolated, NotIsolated), skips: []string{"all"}},
		{name: "hostNetwork pod that a policy selects", facts: isolation(model.HostNetwork, Isolated, Isolated), skips: []string{"all"}},
	})
}
