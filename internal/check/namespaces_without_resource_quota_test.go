package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestNamespacesWithoutResourceQuota(t *testing.T) {
	check := &namespacesWithoutResourceQuota
	yes := []string{check.ID}
	quota := func(a Answer) *NamespaceFacts { return &NamespaceFacts{Namespace: &model.Namespace{}, HasQuota: a} }
	testFacts(t, check, check.Judge.(NamespaceJudge), []factsCase[*NamespaceFacts]{
		{name: "no quota", facts: quota(No), fails: yes},
		{name: "quota", facts: quota(Yes)},
		{name: "nobody knows", facts: quota(Unknown), unknowns: yes},
	})
}
