package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestRBACBindingsUnused(t *testing.T) {
	check := &rbacBindingsUnused
	ci := model.Subject{Kind: model.ServiceAccountSubject, Namespace: "ci", Name: "deployer"}
	broken := bound()
	broken.Broken = true
	testFacts(t, check, check.Judge.(BindingJudge), []factsCase[*BindingFacts]{
		{name: "a pod runs as one of them", facts: &BindingFacts{Binding: bound(ci), Unused: No}},
		{name: "no pod does", facts: &BindingFacts{Binding: bound(ci), Unused: Yes}, fails: []string{check.ID}},
		{name: "nobody knows", facts: &BindingFacts{Binding: bound(ci)}, unknowns: []string{check.ID}},
		{name: "names nobody", facts: &BindingFacts{Binding: bound(), Unused: Yes}, skips: []string{check.ID}},
		{name: "the API server's own", facts: &BindingFacts{Binding: bound(ci), Unused: Yes, Origin: model.BuiltInOrigin}, skips: []string{check.ID}},
		{name: "the provider's own", facts: &BindingFacts{Binding: bound(ci), Unused: Yes, Origin: model.ProviderOrigin}, skips: []string{check.ID}},
		{name: "could not be decoded", facts: &BindingFacts{Binding: broken}, unknowns: []string{check.ID}},
	})
}
