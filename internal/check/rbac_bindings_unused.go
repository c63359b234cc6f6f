package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var rbacBindingsUnused = Check{
	ID:       "rbac_bindings_unused",
	Gap:      RBAC,
	Severity: Low,
	Title: "RoleBindings and ClusterRoleBindings of which every subject is a ServiceAccount that no pod runs as; a finished pod counts. Tokens used outside of pods " +
		"are not seen. Bindings of the API server or the provider, and those without subjects, are not judged.",
	Why: "Access that nobody uses serves only whoever takes it: a pod that may choose its ServiceAccount, or an old token. It does no harm " +
		"by itself: hygiene, low.",
	Remediation: "Find out whether anything outside of the cluster uses a token of the ServiceAccount; if not, delete the binding, then the " +
		"ServiceAccount.",
	Needs: []model.Kind{model.Pods, model.RoleBindings, model.ClusterRoleBindings},
	Judge: BindingJudge(func(f *BindingFacts, r *Report) {
		if f.Origin != model.CustomOrigin || len(f.Binding.Subjects) == 0 && !f.Binding.Broken {
			r.Skip()
			return
		}
		r.Say(0, f.Unused, "subjects", "no pod runs as any of the ServiceAccounts")
	}),
}
