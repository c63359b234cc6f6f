package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var containersWithoutLimit = Check{
	ID:       "containers_without_limit",
	Gap:      Resources,
	Severity: Medium,
	Title: "Regular and sidecar containers without a limit, by resource. A pod-level limit satisfies it, a limit of 0 does not; " +
		"other init containers and ephemeral ones are not judged.",
	Why: "Without a memory limit one leak takes the node's memory and the kernel kills its neighbors; without a CPU limit one loop takes every " +
		"idle core. One pod can starve others: medium.",
	Remediation: "Set resources.limits on the container or spec.resources.limits on the pod, or give the namespace a LimitRange with " +
		"defaults. Where CPU limits are left out on purpose, disable containers_without_limit/cpu.",
	Labels: []Label{resourceLabel()},
	Needs:  []model.Kind{model.Pods},
	Judge:  ContainerJudge(judgeLimit),
}

// judgeLimit: a container is bounded when it, or the pod as a whole, has a limit above 0. The runtime takes 0 for no limit. What counts is
// the specification, also while a resize is on its way: it is what the owner asked for.
func judgeLimit(p *Pod, c *Container, r *Report) {
	for resource, name := range computeResources {
		if positive(c.Resources.Limits[name]) || p.Spec.Resources != nil && positive(p.Spec.Resources.Limits[name]) {
			continue
		}
		message := "neither the container nor the pod has a limit"
		if _, zero := c.Resources.Limits[name]; zero {
			message = "a limit of 0 limits nothing"
		}
		r.Fail(resource, c, limitFields[resource], message)
	}
}

// limitFields are the fields below the container, by resource.
var limitFields = [model.ResourceCount]string{"resources.limits.cpu", "resources.limits.memory"}
