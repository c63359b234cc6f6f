package check

import (
	corev1 "k8s.io/api/core/v1"
	resourcehelper "k8s.io/component-helpers/resource"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

var podsBestEffort = Check{
	ID:       "pods_best_effort",
	Gap:      Resources,
	Severity: Medium,
	Title: "Pods of quality-of-service class BestEffort: neither the pod nor any of its containers requests or limits CPU or memory. It is " +
		"worked out from the specification, not read from the status.",
	Why: "Such a pod may take everything its node has, and the scheduler puts any number of them on one node. They are evicted first, but " +
		"only once the node is short, when others suffer already. One pod can starve others: medium.",
	Remediation: "Set requests and a memory limit on every container, or spec.resources on the pod, or give the namespace a LimitRange with " +
		"defaults.",
	Needs: []model.Kind{model.Pods},
	Judge: PodJudge(judgeBestEffort),
}

// judgeBestEffort follows Kubernetes' definition of the class. Where the pod itself has requirements, they alone decide; otherwise a pod is
// BestEffort when no init, sidecar or regular container has a request or limit other than 0 for CPU or memory. Ephemeral containers
// cannot have any. status.qosClass is the answer the API server gave when the pod was created: a file may lack it, or hold it
// from before the specification was edited, so it is never read.
func judgeBestEffort(p *Pod, r *Report) {
	if resourcehelper.IsPodLevelResourcesSet(p.Pod) {
		if podRequirements(p) {
			return
		}
	} else if containersAsk(p, corev1.ResourceCPU) || containersAsk(p, corev1.ResourceMemory) {
		return
	}
	r.Fail(0, nil, "spec.containers[*].resources", "no container requests or limits CPU or memory, nor does the pod")
}

// podRequirements says whether the pod's own requirements ask for anything. A file may lack what the API server adds to them when the pod
// is created: for a resource without a pod-level request, what the containers request and limit together.
func podRequirements(p *Pod) bool {
	for _, name := range computeResources {
		if asks(p.Spec.Resources, name) {
			return true
		}
		if _, given := p.Spec.Resources.Requests[name]; !given && containersAsk(p, name) {
			return true
		}
	}
	return false
}

func containersAsk(p *Pod, name corev1.ResourceName) bool {
	for i := range p.Containers {
		if c := &p.Containers[i]; c.Kind != Ephemeral && asks(&c.Resources, name) {
			return true
		}
	}
	return false
}

// asks says whether a request or limit for the resource is other than 0.
func asks(r *corev1.ResourceRequirements, name corev1.ResourceName) bool {
	requested, limit := r.Requests[name], r.Limits[name]
	return !requested.IsZero() || !limit.IsZero()
}
