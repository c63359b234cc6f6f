package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestNamespacesWithoutPodSecurity(t *testing.T) {
	check := &namespacesWithoutPodSecurity
	enforcing := func(level PodSecurityLevel) *NamespaceFacts {
		return &NamespaceFacts{Namespace: &model.Namespace{}, Enforce: level}
	}
	broken := enforcing(Restricted)
	broken.Namespace.Broken = true
	testFacts(t, check, check.Judge.(NamespaceJudge), []factsCase[*NamespaceFacts]{
		{name: "privileged, or no label", facts: enforcing(Privileged), fails: []string{"baseline", "restricted"}},
		{name: "baseline", facts: enforcing(Baseline), fails: []string{"restricted"}},
		{name: "restricted", facts: enforcing(Restricted)},
		{name: "namespace that could not be decoded", facts: broken, unknowns: []string{"baseline", "restricted"}},
	})
}
