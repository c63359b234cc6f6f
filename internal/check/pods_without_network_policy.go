package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsWithoutNetworkPolicy = Check{
	ID:       "pods_without_network_policy",
	Gap:      Network,
	Severity: Medium,
	Title: "Pods that no network policy of any engine isolates in the direction, so that all traffic is allowed. Pods on the host network " +
		"are not judged, and whether anybody enforces the policies is another gauge.",
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
	"no network policy isolates the pod for ingress", "no network policy isolates the pod for egress",
}

// judgeWithoutPolicy: a pod is isolated in a direction once any policy isolates it in that direction. What the policy allows is another
// question. Policies say nothing about the host's own network, so pods on it have no answer.
func judgeWithoutPolicy(f *PodFacts, r *Report) {
	if f.Pod.Is(model.HostNetwork) {
		r.Skip()
		return
	}
	for d := range model.DirectionCount {
		r.Say(int(d), f.Isolated[d].Not(), "metadata.labels", notSelected[d])
	}
}
