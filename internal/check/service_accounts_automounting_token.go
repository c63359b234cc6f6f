package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var serviceAccountsAutomountingToken = Check{
	ID:       "service_accounts_automounting_token",
	Gap:      Token,
	Severity: Low,
	Title: "ServiceAccounts whose token is mounted into new pods that do not say otherwise: automountServiceAccountToken is true or unset. " +
		"What running pods carry is counted by pods_with_api_token.",
	Why: "The next pod that runs as the ServiceAccount is given a token whether it talks to the API server or not. It is what will happen, " +
		"not what is: hygiene, low.",
	Remediation: "Set automountServiceAccountToken: false on the ServiceAccount, and true on the pods that talk to the API server.",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.1.5"}, {Edition: "cis-1.12", Control: "5.1.6"}},
	Needs:       []model.Kind{model.ServiceAccounts},
	Judge:       ServiceAccountJudge(judgeAutomounting),
}

// judgeAutomounting: admission asks the pod first, then the ServiceAccount, and takes silence for yes.
func judgeAutomounting(automount *bool, r *Report) {
	if automount == nil || *automount {
		r.Fail(0, nil, "automountServiceAccountToken", "is not false: new pods are given a token unless they refuse it")
	}
}
