package check

import "testing"

func TestServiceAccountsAutomountingToken(t *testing.T) {
	check := &serviceAccountsAutomountingToken
	yes := []string{check.ID}
	testFacts(t, check, check.Judge.(ServiceAccountJudge), []factsCase[*bool]{
		{name: "unset counts as automounting", facts: nil, fails: yes},
		{name: "true", facts: new(true), fails: yes},
		{name: "false", facts: new(false)},
	})
}
