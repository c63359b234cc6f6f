package check

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// computeResources are the names in requirements, by model.Resource, which is also the order of the label's values.
var computeResources = [model.ResourceCount]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}

// resourceLabel is the label of the checks that tell the compute resources apart.
func resourceLabel() Label {
	return Label{Name: "resource", Values: []string{model.CPU.String(), model.Memory.String()}}
}

// positive says whether an amount is above 0. A missing one is 0.
func positive(amount resource.Quantity) bool { return amount.Sign() > 0 }

// request is what a container or pod requests of a resource, as the API server would store it: where a limit is given and no request, the
// request is the limit. Objects from the API have that default already, files need not.
func request(r *corev1.ResourceRequirements, name corev1.ResourceName) resource.Quantity {
	if amount, ok := r.Requests[name]; ok {
		return amount
	}
	return r.Limits[name]
}
