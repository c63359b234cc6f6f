package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var namespacesWithoutLimitRange = Check{
	ID:       "namespaces_without_limit_range",
	Gap:      Resources,
	Severity: Low,
	Title: "Namespaces in which no LimitRange gives a container without a limit one for the resource, by a default or by a maximum. " +
		"LimitRanges for pods or volumes give none. Namespaces being deleted are not judged.",
	Why: "A container that is created without a limit gets none and may take all that its node has. The containers that run without one are " +
		"counted by containers_without_limit, so this is the missing guard only: hygiene, low.",
	Remediation: "Create a LimitRange of type Container with a default for the resource. It holds for pods created afterwards.",
	Labels:      []Label{{Name: "resource", Values: []string{"cpu", "memory"}}},
	Needs:       []model.Kind{model.Namespaces, model.LimitRanges},
	Judge:       NamespaceJudge(judgeLimitRange),
}

var notDefaulted = [model.ResourceCount]string{
	"no LimitRange gives containers a CPU limit by default", "no LimitRange gives containers a memory limit by default",
}

// judgeLimitRange: admission gives a container the default of a Container item, and the API fills a missing default from the maximum.
func judgeLimitRange(f *NamespaceFacts, r *Report) {
	for resource := range model.ResourceCount {
		r.Say(int(resource), f.DefaultsLimit[resource].Not(), "metadata.name", notDefaulted[resource])
	}
}
