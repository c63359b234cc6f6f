package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestNamespacesWithoutDefaultDeny(t *testing.T) {
	check := &namespacesWithoutDefaultDeny
	denies := func(ingress, egress Answer) *NamespaceFacts {
		return &NamespaceFacts{
			Namespace:   &model.Namespace{},
			DefaultDeny: [model.DirectionCount]Answer{model.Ingress: ingress, model.Egress: egress},
		}
	}
	testFacts(t, check, check.Judge.(NamespaceJudge), []factsCase[*NamespaceFacts]{
		{name: "neither direction", facts: denies(No, No), fails: []string{"ingress", "egress"}},
		{name: "both directions", facts: denies(Yes, Yes)},
		{name: "ingress only", facts: denies(Yes, No), fails: []string{"egress"}},
		{name: "egress only", facts: denies(No, Yes), fails: []string{"ingress"}},
		{name: "nobody knows", facts: denies(Unknown, Unknown), unknowns: []string{"ingress", "egress"}},
		{name: "nobody knows about egress", facts: denies(No, Unknown), fails: []string{"ingress"}, unknowns: []string{"egress"}},
	})
}
