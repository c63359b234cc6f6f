package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsWithUnneededAPIToken = Check{
	ID:       "pods_with_unneeded_api_token",
	Gap:      Token,
	Severity: Low,
	Title: "Pods that carry a token for the API server although no RBAC binding gives their ServiceAccount anything that not every " +
		"authenticated user has. What is granted outside of RBAC, such as cloud IAM or webhooks, is not seen.",
	Why: "The token is good for nothing that the pod does, and still proves an identity: it reaches the API server past network policies " +
		"that trust it, finds out about the cluster, and gains whatever is granted later. Hygiene: low.",
	Remediation: "Set automountServiceAccountToken: false on the pod or its ServiceAccount and create the pod anew.",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.1.6"}},
	Needs:       []model.Kind{model.Pods, model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings},
	Judge:       PodFactsJudge(judgeUnneededAPIToken),
}

// judgeUnneededAPIToken: a token is needed at most where its ServiceAccount is granted something, by name or through a group that
// Kubernetes itself puts it into.
func judgeUnneededAPIToken(f *PodFacts, r *Report) {
	switch carriesToken(f.Pod) {
	case Yes:
		r.Say(0, f.Granted.Not(), "spec.serviceAccountName", "carries a token for the API server, and nothing is granted to its ServiceAccount")
	case Unknown:
		r.Unknown(0)
	}
}
