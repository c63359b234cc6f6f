package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsWithPowerfulAPIToken = Check{
	ID:       "pods_with_powerful_api_token",
	Gap:      Token,
	Severity: High,
	Title: "Pods that carry a token for the API server whose ServiceAccount can do anything on the escalation list, or everything in " +
		"some namespace, by RBAC. Pods without a token are not counted, whatever their ServiceAccount may do.",
	Why: "Code that runs in the pod can read Secrets, start pods or change what others may do, and from there take more. The least of it " +
		"exposes secrets or removes a protection: high. Who may do everything at once is counted by cluster_admin_subjects.",
	Remediation: "Grant the ServiceAccount only the verbs, resources and namespaces that the program uses; move what must be powerful into " +
		"a pod of its own; remove the token from pods that do not talk to the API server.",
	Needs: []model.Kind{model.Pods, model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings},
	Judge: PodFactsJudge(judgePowerfulAPIToken),
}

// judgePowerfulAPIToken: power matters where it lies in a container. A powerful ServiceAccount whose pods have no token is found in
// the counts by subject.
func judgePowerfulAPIToken(f *PodFacts, r *Report) {
	switch carriesToken(f.Pod) {
	case Yes:
		r.Say(0, f.Powerful, "spec.serviceAccountName", "carries a token for the API server, and its ServiceAccount can take over more than itself")
	case Unknown:
		r.Unknown(0)
	}
}
