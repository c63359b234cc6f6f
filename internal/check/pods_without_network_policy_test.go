package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestPodsWithoutNetworkPolicy(t *testing.T) {
	check := &podsWithoutNetworkPolicy
	isolation := func(flags model.PodFlags, ingress, egress Answer) *PodFacts {
		return &PodFacts{
			Pod:      flagged(model.Judged | flags),
			Isolated: [model.DirectionCount]Answer{model.Ingress: ingress, model.Egress: egress},
		}
	}
	both := []string{"ingress", "egress"}
	testFacts(t, check, check.Judge.(PodFactsJudge), []factsCase[*PodFacts]{
		{name: "no policy", facts: isolation(0, No, No), fails: both},
		{name: "deny-all podSelector {}", facts: isolation(0, Yes, Yes)},
		{name: "policyTypes unset without egress isolates ingress only", facts: isolation(0, Yes, No), fails: []string{"egress"}},
		{name: "policyTypes [Egress] isolates egress only", facts: isolation(0, No, Yes), fails: []string{"ingress"}},
		{name: "selector that nobody understands", facts: isolation(0, Unknown, Unknown), unknowns: both},
		{name: "selector that nobody understands, for ingress", facts: isolation(0, Unknown, No),
			fails: []string{"egress"}, unknowns: []string{"ingress"}},
		{name: "hostNetwork pod", facts: isolation(model.HostNetwork, No, No), skips: []string{"all"}},
		{name: "hostNetwork pod that a policy selects", facts: isolation(model.HostNetwork, Yes, Yes), skips: []string{"all"}},
	})
}
