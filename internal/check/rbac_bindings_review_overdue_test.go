package check

import "testing"

func TestRBACBindingsReviewOverdue(t *testing.T) {
	check := &rbacBindingsReviewOverdue
	facts := func(privileged, overdue Answer, builtIn bool) *BindingFacts {
		return &BindingFacts{Binding: bound(), Privileged: privileged, ReviewOverdue: overdue, BuiltIn: builtIn}
	}
	testFacts(t, check, check.Judge.(BindingJudge), []factsCase[*BindingFacts]{
		{name: "reviewed in time", facts: facts(Yes, No, false)},
		{name: "overdue", facts: facts(Yes, Yes, false), fails: []string{check.ID}},
		{name: "nobody knows when it was made", facts: facts(Yes, Unknown, false), unknowns: []string{check.ID}},
		{name: "nobody knows whether it is privileged", facts: facts(Unknown, Yes, false), unknowns: []string{check.ID}},
		{name: "not privileged", facts: facts(No, Yes, false), skips: []string{check.ID}},
		{name: "the API server's own", facts: facts(Yes, Yes, true), skips: []string{check.ID}},
	})
}
