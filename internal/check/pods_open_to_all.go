package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsOpenToAll = Check{
	ID:       "pods_open_to_all",
	Gap:      Network,
	Severity: Medium,
	Title: "Pods that a network policy isolates in the direction and that all traffic reaches, or leaves, all the same, because a policy " +
		"admits every peer on every port. Pods that nothing isolates are in pods_without_network_policy; pods on the host network are not judged.",
	Why: "The policy looks like protection in every list and is none: whoever is anywhere in the cluster can connect to the pod, or whoever is " +
		"in the pod to anything. It lets one pod harm all others, as no policy does: medium.",
	Remediation: "Find the rule without peers, with an empty namespaceSelector or for 0.0.0.0/0 (explain network shows it), and name the peers " +
		"that need it.",
	Labels: directionLabels,
	CIS:    []Reference{{Edition: "cis-1.12", Control: "5.3.2"}},
	Needs:  []model.Kind{model.Pods, model.NetworkPolicies},
	Judge: PodFactsJudge(func(f *PodFacts, r *Report) {
		if f.Pod.Is(model.HostNetwork) {
			r.Skip()
			return
		}
		for d := range model.DirectionCount {
			r.Say(int(d), f.Open[d], "metadata.labels", openToAll[d])
		}
	}),
}

var openToAll = [model.DirectionCount]string{
	"a policy isolates the pod, and everybody may connect to it", "a policy isolates the pod, and it may connect to everything",
}
