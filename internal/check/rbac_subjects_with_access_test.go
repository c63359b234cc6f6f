package check

import "testing"

func TestRBACSubjectsWithAccess(t *testing.T) {
	check := &rbacSubjectsWithAccess
	testFacts(t, check, check.Judge.(SubjectJudge), []factsCase[*SubjectFacts]{
		{name: "nothing on the list", facts: &SubjectFacts{Escalates: No}},
		{name: "something", facts: &SubjectFacts{Escalates: Yes}, fails: []string{check.ID}},
		{name: "nobody knows", facts: &SubjectFacts{}, unknowns: []string{check.ID}},
	})
}
