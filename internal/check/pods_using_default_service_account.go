package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsUsingDefaultServiceAccount = Check{
	ID:       "pods_using_default_service_account",
	Gap:      Token,
	Severity: Low,
	Title: "Pods that run as the ServiceAccount `default` of their namespace, by name or because they name none. Static pods, which have " +
		"no ServiceAccount, pass.",
	Why: "Every pod that names no ServiceAccount shares this identity, so a grant made for one of them reaches them all, and the audit log " +
		"cannot tell them apart. Hygiene: low.",
	Remediation: "Create a ServiceAccount for the workload and name it in spec.serviceAccountName.",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.1.5"}},
	Needs:       []model.Kind{model.Pods},
	Judge:       PodJudge(judgeDefaultServiceAccount),
}

// judgeDefaultServiceAccount: the benchmark wants the default ServiceAccount unused, with or without a token.
func judgeDefaultServiceAccount(p *Pod, r *Report) {
	if p.ServiceAccount() == defaultServiceAccount {
		r.Fail(0, nil, "spec.serviceAccountName", "runs as the ServiceAccount that every pod of the namespace shares by default")
	}
}
