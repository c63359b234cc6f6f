package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsWithoutNetworkPolicy = Check{
	ID:       "pods_without_network_policy",
	Gap:      Network,
	Severity: Medium,
	Title: "Pods that no NetworkPolicy of their namespace selects for the direction, so that all traffic is allowed. Pods on the host " +
		"network are not judged, and whether the network enforces policies is not seen.",
	Why: "Without a policy for ingress whoever is anywhere in the cluster can connect to the pod; without one for egress whoever is in the " +
		"pod can connect to anything and take data out. It lets one pod harm all others, as a missing limit does: medium.",
	Remediation: "Deny both directions by default in the namespace, and allow the traffic that the workload has in a policy that selects it.",
	Labels:      directionLabels,
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.3.2"}},
	Needs:       []model.Kind{model.Pods, model.NetworkPolicies},
	Judge:       PodFactsJudge(judgeWithoutPolicy),
}

// directionLabels are those of the checks that tell the directions of traffic apart, in the order of model.Direction.
var directionLabels = []Label{{Name: "direction", Values: []string{"ingress", "egress"}}}

var notSelected = [model.DirectionCount]string{
	"no NetworkPolicy selects the pod for ingress", "no NetworkPolicy selects the pod for egress",
}

// judgeWithoutPolicy: a pod is isolated in a direction once any policy of its namespace selects it for that direction. What the policy
// allows is another question. Policies say nothing about the host's own network, so pods on it have no answer.
func judgeWithoutPolicy(f *PodFacts, r *Report) {
	if f.Pod.Is(model.HostNetwork) {
		r.Skip()
		return
	}
	for d := range model.DirectionCount {
		switch f.Isolation[d] {
		case NotIsolated:
			r.Fail(int(d), nil, "metadata.labels", notSelected[d])
		case IsolationUnknown:
			r.Unknown(int(d))
		}
	}
}
