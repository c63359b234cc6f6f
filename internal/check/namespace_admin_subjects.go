package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var namespaceAdminSubjects = Check{
	ID:       "namespace_admin_subjects",
	Gap:      RBAC,
	Severity: High,
	Title: "Distinct subjects of the namespace's RoleBindings that may do everything in it by them, as cluster-admin or by any role as " +
		"powerful. Those who may do it cluster-wide are counted by cluster_admin_subjects, and not here for that.",
	Why: "Such an identity reads every Secret of the namespace, becomes any ServiceAccount in it and may weaken the namespace's own " +
		"protections, which the role admin may not. It exposes secrets: high.",
	Remediation: "Bind the role admin or edit, or one with only what is needed, instead of cluster-admin or wildcards.",
	Labels:      []Label{{Name: "subject_kind", Values: []string{"User", "Group", "ServiceAccount"}}},
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.1.1"}},
	Needs:       []model.Kind{model.Roles, model.ClusterRoles, model.RoleBindings},
	Judge:       NamespaceSubjectJudge(judgeNamespaceAdmin),
}

// judgeNamespaceAdmin: a RoleBinding to cluster-admin grants it in the namespace only, which is still everything there is in it.
func judgeNamespaceAdmin(f *NamespaceSubjectFacts, r *Report) {
	r.Say(int(f.Subject.Kind), f.Admin, "subjects", "may do everything in the namespace")
}
