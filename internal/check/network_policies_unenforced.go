package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var networkPoliciesUnenforced = Check{
	ID:       "network_policies_unenforced",
	Gap:      Network,
	Severity: High,
	Title: "Network policies of a cluster in which nobody enforces policies of their kind, as far as its DaemonSets, nodes and APIs tell. " +
		"Where they do not tell, the policies are unknown and not in this gauge.",
	Why: "The API server stores a policy whether or not anything acts on it. Every pod that the other gauges call isolated is open then, " +
		"and nobody looks for it, so it counts like what exposes secrets: high.",
	Remediation: "Install a network plugin that enforces policies, or switch enforcement on in the one that is there. If one is there and was " +
		"not recognized, state it in the configuration: network.enforcer.",
	CIS:   []Reference{{Edition: "cis-1.12", Control: "5.3.1"}},
	Needs: []model.Kind{model.NetworkPolicies, model.DaemonSets, model.Nodes},
	Judge: PolicyJudge(func(f *PolicyFacts, r *Report) {
		r.Say(0, f.Enforced.Not(), "spec", "nobody enforces network policies of this kind")
	}),
}
