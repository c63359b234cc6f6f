package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var rbacSubjectsWithAccess = Check{
	ID:       "rbac_subjects_with_access",
	Gap:      RBAC,
	Severity: High,
	Title: "Distinct subjects of RBAC bindings to whom the API server would allow the access, by name of the who-can query: the built-in " +
		"escalation list and the configuration's own. Every subject counts; a finding is only one to which a binding " +
		"that is neither Kubernetes' nor the provider's own gives an access on the escalation list.",
	Why: "Each access on the escalation list is a step from which the next leads to the whole cluster: reading Secrets is reading every " +
		"token, creating pods is running as anybody. It exposes Secrets: high.",
	Remediation: "Ask who-can for the names and bindings, and bind roles that name the resources, the namespaces and the verbs that are used.",
	Open:        "access",
	ClusterWide: true,
	CIS: []Reference{
		{Edition: "cis-1.12", Control: "5.1.2"}, {Edition: "cis-1.12", Control: "5.1.4"}, {Edition: "cis-1.12", Control: "5.1.8"},
		{Edition: "cis-1.12", Control: "5.1.9"}, {Edition: "cis-1.12", Control: "5.1.10"}, {Edition: "cis-1.12", Control: "5.1.11"},
		{Edition: "cis-1.12", Control: "5.1.12"}, {Edition: "cis-1.12", Control: "5.1.13"},
	},
	Needs: []model.Kind{model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings},
	Judge: SubjectJudge(func(f *SubjectFacts, r *Report) {
		r.Say(0, f.Escalates, "subjects", "may do something on the escalation list")
	}),
}
