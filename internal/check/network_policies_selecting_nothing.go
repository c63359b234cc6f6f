package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var networkPoliciesSelectingNothing = Check{
	ID:       "network_policies_selecting_nothing",
	Gap:      Network,
	Severity: Low,
	Title: "Network policies of any engine that select no pod that has not finished; a pod on the host network cannot be selected. Policies whose rules name peers that do not exist " +
		"are not counted.",
	Why: "A policy with a selector that matches nothing protects nothing and looks as if it did: a label was renamed, or the workload is " +
		"gone. Pods left open by it are counted by pods_without_network_policy: hygiene, low.",
	Remediation: "Correct spec.podSelector to the labels that the pods have, or delete the policy.",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.3.2"}},
	Needs:       []model.Kind{model.Pods, model.NetworkPolicies},
	Judge:       PolicyJudge(judgeSelectingNothing),
}

// judgeSelectingNothing: a policy is judged by the pods there are, because a selector has no other meaning.
func judgeSelectingNothing(f *PolicyFacts, r *Report) {
	r.Say(0, f.Selects.Not(), "spec.podSelector", "matches no pod")
}
