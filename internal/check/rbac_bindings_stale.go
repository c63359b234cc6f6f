package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// The label values of rbac_bindings_stale.
const (
	staleMissingRole = iota
	staleMissingServiceAccount
	staleMissingNamespace
	staleNoSubjects
)

var rbacBindingsStale = Check{
	ID:       "rbac_bindings_stale",
	Gap:      RBAC,
	Severity: Low,
	Title: "RoleBindings and ClusterRoleBindings whose role, a ServiceAccount of theirs or its namespace does not exist, or that name no " +
		"subject. Users and groups cannot be looked up. The built-in binding system:node has no subject by design and passes.",
	Why: "A binding outlives what it names: whoever creates a ServiceAccount or a role of that name again inherits or hands out what nobody " +
		"meant to grant any more. Nothing is granted now: hygiene, low.",
	Remediation: "Delete the binding, or remove the subject that is gone from it. The API server restores the built-in ones, and their subjects, when it starts.",
	Labels: []Label{{
		Name: "reason", Values: []string{"missing_role", "missing_service_account", "missing_namespace", "no_subjects"},
	}},
	Needs: []model.Kind{
		model.Namespaces, model.ServiceAccounts, model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings,
	},
	Judge: BindingJudge(judgeStale),
}

// judgeStale: the API has no record of the last use, so what a binding refers to is all there is to tell that it is left over. The
// ClusterRoleBinding system:node is made without subjects: nodes are authorized one by one since then.
func judgeStale(f *BindingFacts, r *Report) {
	r.Say(staleMissingRole, f.MissingRole, "roleRef", "the role does not exist")
	r.Say(staleMissingServiceAccount, f.MissingServiceAccount, "subjects", "a ServiceAccount does not exist")
	r.Say(staleMissingNamespace, f.MissingNamespace, "subjects", "the namespace of a ServiceAccount does not exist")
	switch {
	case f.Binding.Broken:
		r.Unknown(staleNoSubjects)
	case len(f.Binding.Subjects) == 0 && !f.EmptyByDesign:
		r.Fail(staleNoSubjects, nil, "subjects", "the binding names nobody")
	}
}
