package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// bound returns a binding with the given subjects.
func bound(subjects ...model.Subject) *model.Binding {
	return &model.Binding{RoleKind: "ClusterRole", RoleName: "view", Subjects: subjects}
}

func TestRBACBindingsStale(t *testing.T) {
	check := &rbacBindingsStale
	jane := model.Subject{Kind: model.User, Name: "jane"}
	facts := func(b *model.Binding, role, account, namespace Answer, empty bool) *BindingFacts {
		return &BindingFacts{
			Binding: b, MissingRole: role, MissingServiceAccount: account, MissingNamespace: namespace, EmptyByDesign: empty,
		}
	}
	emptied := facts(bound(), No, No, No, false)
	emptied.Origin = model.BuiltInOrigin
	broken := bound()
	broken.Broken = true
	testFacts(t, check, check.Judge.(BindingJudge), []factsCase[*BindingFacts]{
		{name: "everything there", facts: facts(bound(jane), No, No, No, false)},
		{name: "roleRef missing", facts: facts(bound(jane), Yes, No, No, false), fails: []string{"missing_role"}},
		{name: "ServiceAccount missing", facts: facts(bound(jane), No, Yes, No, false), fails: []string{"missing_service_account"}},
		{name: "namespace deleted subject", facts: facts(bound(jane), No, No, Yes, false), fails: []string{"missing_namespace"}},
		{name: "no subjects", facts: facts(bound(), No, No, No, false), fails: []string{"no_subjects"}},
		{name: "ClusterRoleBinding with no subjects (system:node)", facts: facts(bound(), No, No, No, true)},
		{name: "emptied default binding (system:basic-user)", facts: emptied, fails: []string{"no_subjects"}},
		{name: "built-in binding whose role is gone", facts: facts(bound(), Yes, No, No, true), fails: []string{"missing_role"}},
		{name: "two reasons", facts: facts(bound(jane), Yes, Yes, No, false), fails: []string{"missing_role", "missing_service_account"}},
		{name: "nobody knows about the role", facts: facts(bound(jane), Unknown, No, No, false), unknowns: []string{"missing_role"}},
		{name: "binding that could not be decoded", facts: facts(broken, Unknown, Unknown, Unknown, false), unknowns: check.Labels[0].Values},
	})
}
