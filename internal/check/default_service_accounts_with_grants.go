package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var defaultServiceAccountsWithGrants = Check{
	ID:       "default_service_accounts_with_grants",
	Gap:      Token,
	Severity: Medium,
	Title: "ServiceAccounts named `default` that an RBAC binding gives something that not every authenticated user has, by name or through " +
		"a group that Kubernetes puts them into. Other ServiceAccounts are not judged.",
	Why: "What is granted to the default ServiceAccount is granted to every pod of the namespace that names no other, those of tomorrow " +
		"included: the weakest of them can harm the others, as with a missing limit: medium.",
	Remediation: "Bind the role to a ServiceAccount of its own for the workload that needs it, and remove the default one from the binding.",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.1.5"}},
	Needs: []model.Kind{
		model.ServiceAccounts, model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings,
	},
	Judge: ServiceAccountFactsJudge(judgeDefaultWithGrants),
}

// judgeDefaultWithGrants: the benchmark wants no rights on the default ServiceAccount beyond those that every identity has.
func judgeDefaultWithGrants(f *ServiceAccountFacts, r *Report) {
	if f.ServiceAccount.Name() != defaultServiceAccount {
		r.Skip()
		return
	}
	r.Say(0, f.Granted, "metadata.name", "a binding gives it more than every authenticated user has")
}
