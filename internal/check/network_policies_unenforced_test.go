package check

import "testing"

func TestNetworkPoliciesUnenforced(t *testing.T) {
	check := &networkPoliciesUnenforced
	yes := []string{check.ID}
	enforced := func(a Answer) *PolicyFacts { return &PolicyFacts{Enforced: a} }
	testFacts(t, check, check.Judge.(PolicyJudge), []factsCase[*PolicyFacts]{
		{name: "nobody enforces", facts: enforced(No), fails: yes},
		{name: "somebody enforces", facts: enforced(Yes)},
		{name: "nobody can tell", facts: enforced(Unknown), unknowns: yes},
	})
}
