package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var namespacesWithoutResourceQuota = Check{
	ID:       "namespaces_without_resource_quota",
	Gap:      Resources,
	Severity: Medium,
	Title: "Namespaces without a ResourceQuota that bounds anything. What a quota bounds, and how tightly, is not judged. Namespaces being " +
		"deleted are not judged.",
	Why: "A loop that creates pods, or a workload scaled without end, can take every node of the cluster and the API server's storage with " +
		"it. It lets one namespace starve the others, and nothing else counts it: medium.",
	Remediation: "Create a ResourceQuota with requests.cpu, requests.memory, limits.memory and a number of pods in spec.hard.",
	Needs:       []model.Kind{model.Namespaces, model.ResourceQuotas},
	Judge:       NamespaceJudge(judgeResourceQuota),
}

// judgeResourceQuota: a namespace bounds what it takes when at least one quota in it bounds something; one with an empty spec.hard
// bounds nothing.
func judgeResourceQuota(f *NamespaceFacts, r *Report) {
	r.Say(0, f.HasQuota.Not(), "metadata.name", "no ResourceQuota bounds what the namespace may take")
}
