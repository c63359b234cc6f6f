package check

import "testing"

func TestNetworkPoliciesSelectingNothing(t *testing.T) {
	check := &networkPoliciesSelectingNothing
	yes := []string{check.ID}
	selects := func(a Answer) *PolicyFacts { return &PolicyFacts{Selects: a} }
	testFacts(t, check, check.Judge.(PolicyJudge), []factsCase[*PolicyFacts]{
		{name: "policy selecting nothing", facts: selects(No), fails: yes},
		{name: "policy selecting a pod", facts: selects(Yes)},
		{name: "selector that nobody understands", facts: selects(Unknown), unknowns: yes},
	})
}
