package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestNamespacesWithoutLimitRange(t *testing.T) {
	check := &namespacesWithoutLimitRange
	limits := func(cpu, memory Answer) *NamespaceFacts {
		return &NamespaceFacts{
			Namespace:     &model.Namespace{},
			DefaultsLimit: [model.ResourceCount]Answer{model.CPU: cpu, model.Memory: memory},
		}
	}
	testFacts(t, check, check.Judge.(NamespaceJudge), []factsCase[*NamespaceFacts]{
		{name: "no LimitRange", facts: limits(No, No), fails: []string{"cpu", "memory"}},
		{name: "both resources", facts: limits(Yes, Yes)},
		{name: "cpu only", facts: limits(Yes, No), fails: []string{"memory"}},
		{name: "memory only", facts: limits(No, Yes), fails: []string{"cpu"}},
		{name: "nobody knows", facts: limits(Unknown, Unknown), unknowns: []string{"cpu", "memory"}},
	})
}
