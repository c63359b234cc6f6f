package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var containersWithoutRequest = Check{
	ID:       "containers_without_request",
	Gap:      Resources,
	Severity: Low,
	Title: "Regular and sidecar containers without a request, by resource. A limit implies one, as in the API, and a pod-level request or " +
		"limit satisfies it; an explicit request of 0 does not. Other init containers and ephemeral ones are not judged.",
	Why: "The scheduler takes such a container for free and fills the node beyond what it has; the container is then the first to be " +
		"evicted. It harms itself before others, whom a missing limit endangers: hygiene, low.",
	Remediation: "Set resources.requests to what the container usually needs, or spec.resources.requests on the pod, or give the namespace " +
		"a LimitRange with default requests.",
	Labels: []Label{resourceLabel()},
	Needs:  []model.Kind{model.Pods},
	Judge:  ContainerJudge(judgeRequest),
}

// judgeRequest: something is reserved for a container when it, or the pod as a whole, requests more than 0. A request of 0 is what the
// scheduler assumes anyway, so it counts as none, even beside a limit.
func judgeRequest(p *Pod, c *Container, r *Report) {
	for resource, name := range computeResources {
		if positive(request(&c.Resources, name)) || p.Spec.Resources != nil && positive(request(p.Spec.Resources, name)) {
			continue
		}
		message := "neither the container nor the pod has a request or a limit"
		if _, zero := c.Resources.Requests[name]; zero {
			message = "a request of 0 reserves nothing"
		}
		r.Fail(resource, c, requestFields[resource], message)
	}
}

// requestFields are the fields below the container, by resource.
var requestFields = [model.ResourceCount]string{"resources.requests.cpu", "resources.requests.memory"}
