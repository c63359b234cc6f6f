package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestRBACBindingsReviewOverdue(t *testing.T) {
	check := &rbacBindingsReviewOverdue
	facts := func(privileged, overdue Answer, origin model.Origin) *BindingFacts {
		return &BindingFacts{Binding: bound(), Privileged: privileged, ReviewOverdue: overdue, Origin: origin}
	}
	testFacts(t, check, check.Judge.(BindingJudge), []factsCase[*BindingFacts]{
		{name: "reviewed in time", facts: facts(Yes, No, model.CustomOrigin)},
		{name: "overdue", facts: facts(Yes, Yes, model.CustomOrigin), fails: []string{check.ID}},
		{name: "nobody knows when it was made", facts: facts(Yes, Unknown, model.CustomOrigin), unknowns: []string{check.ID}},
		{name: "nobody knows whether it is privileged", facts: facts(Unknown, Yes, model.CustomOrigin), unknowns: []string{check.ID}},
		{name: "not privileged", facts: facts(No, Yes, model.CustomOrigin), skips: []string{check.ID}},
		{name: "the API server's own", facts: facts(Yes, Yes, model.BuiltInOrigin), skips: []string{check.ID}},
		{name: "the provider's own", facts: facts(Yes, Yes, model.ProviderOrigin), skips: []string{check.ID}},
	})
}
