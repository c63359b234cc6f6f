package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var rbacBindingsReviewOverdue = Check{
	ID:       "rbac_bindings_review_overdue",
	Gap:      RBAC,
	Severity: Low,
	Title: "Privileged RoleBindings and ClusterRoleBindings that were neither made nor reviewed within rbac.review.period. Others, and those " +
		"of the API server or the provider, are not judged.",
	Why: "RBAC only ever grows unless somebody asks of each grant whether it is still needed: the access given for one night is there a " +
		"year later. A missing review is a practice, not a hole: hygiene, low.",
	Remediation: "Ask the owner whether the access is still needed. If it is, write today's date into the annotation that " +
		"rbac.review.annotation names; if not, delete the binding. The report rbac-review prints both commands.",
	Needs: []model.Kind{model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings},
	Judge: BindingJudge(func(f *BindingFacts, r *Report) {
		switch {
		case f.Origin != model.CustomOrigin || f.Privileged == No:
			r.Skip()
		case f.Privileged == Unknown:
			r.Unknown(0)
		default:
			r.Say(0, f.ReviewOverdue, "metadata.annotations", "the last review is longer ago than the period")
		}
	}),
}
