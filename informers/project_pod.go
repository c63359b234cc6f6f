package informers

import (
	"math"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Pod projects a pod and judges it. A finished pod is not judged, and nothing of it is kept but its name and its ServiceAccount.
func (p *Projector) Pod(o *corev1.Pod) *model.Pod {
	buffer := p.buffers.Get().(*[]check.Container)
	seen := check.NewPod(o, *buffer)
	defer func() {
		clear(seen.Containers) // so that the pool pins no pod
		*buffer = seen.Containers
		p.buffers.Put(buffer)
	}()
	m, version := meta(o), model.ParseVersion(o.ResourceVersion)
	// A finished pod has run as its ServiceAccount: the account is in use as long as such a pod is there.
	r := model.Replica{ServiceAccount: model.Intern(seen.ServiceAccount())}
	if seen.Finished() {
		return model.NewPod(m, version, model.Sym{}, &r)
	}
	r.Flags = model.Judged
	r.Labels = model.BoundedLabels(o.Labels)
	if owner := metav1.GetControllerOfNoCopy(o); owner != nil && owner.Kind != "Node" {
		// A static pod's mirror is controlled by its Node, which nobody edits to change the pod: it stands alone.
		r.Owner = model.NewOwner(owner.Kind, owner.Name, o.Labels["pod-template-hash"])
	}
	if o.Spec.HostNetwork {
		r.Flags |= model.HostNetwork
	}
	if _, carries := check.APIToken(&seen); carries {
		r.Flags |= model.CarriesToken
	}
	limits(&seen, &r)
	r.Verdicts, r.Containers = p.set.Pod(&seen, p.onPanic)
	return model.NewPod(m, version, model.Intern(o.Spec.NodeName), &r)
}

// limits fills in what the pod may use at most once it is up: the limit of the pod as a whole, or the sum over its regular and sidecar
// containers, which is no bound when one of them has none. Init containers have ended by then.
func limits(seen *check.Pod, to *model.Replica) {
	for r := range model.ResourceCount {
		if whole := seen.Spec.Resources; whole != nil {
			if v, ok := limit(whole.Limits, r); ok {
				to.Limits[r] = v
				continue
			}
		}
		for i := range seen.Containers {
			c := &seen.Containers[i]
			if c.Kind != check.Regular && c.Kind != check.Sidecar {
				continue
			}
			v, ok := limit(c.Resources.Limits, r)
			if !ok {
				to.Limits[r] = 0
				to.Flags |= model.UnboundedCPU << r
				break
			}
			if to.Limits[r] += v; to.Limits[r] < 0 {
				to.Limits[r] = math.MaxInt64
			}
		}
	}
}

// limit reads one limit, CPU in millicores; an explicit 0 is no limit.
func limit(list corev1.ResourceList, r model.Resource) (int64, bool) {
	q, ok := list[resourceNames[r]]
	if !ok || q.Sign() <= 0 {
		return 0, false
	}
	if r == model.CPU {
		return q.MilliValue(), true
	}
	return q.Value(), true
}
