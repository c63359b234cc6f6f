package informers

import (
	"math"
	"time"

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
	if owner := metav1.GetControllerOfNoCopy(o); owner != nil {
		r.Owner = model.NewOwner(owner, o.Labels["pod-template-hash"])
	}
	if seen.ClaimsWindows() {
		r.Flags |= model.ClaimsWindows
	}
	if o.Spec.HostNetwork {
		r.Flags |= model.HostNetwork
	}
	if _, carries := check.APIToken(&seen); carries {
		r.Flags |= model.CarriesToken
	}
	limits(&seen, &r)
	r.Verdicts, r.Containers = p.set.Pod(&seen, p.onPanic)
	out := model.NewPod(m, version, model.Intern(o.Spec.NodeName), &r)
	if r.Owner != (model.OwnerRef{}) {
		out.Settles = settles(o)
	}
	return out
}

// settlesWithin is how long a pod and its controller may be apart in the caches: a new pod may be
// ahead of its controller, and a pod whose controller was deleted in the background stays until it
// has ended. The garbage collector removes pods whose controller never was in less.
const settlesWithin = 2 * time.Minute

// settles returns the second, since 1970, from which the pod's controller is in the cache if it
// exists.
func settles(o *corev1.Pod) uint32 {
	from := o.CreationTimestamp.Time
	if d := o.DeletionTimestamp; d != nil {
		// It is when the grace period ends, which the pod chooses and which may be years.
		asked := d.Time
		if grace := o.DeletionGracePeriodSeconds; grace != nil {
			asked = time.Unix(asked.Unix()-max(*grace, 0), 0)
		}
		if asked.After(from) {
			from = asked
		}
	}
	return uint32(min(max(from.Add(settlesWithin).Unix(), 0), math.MaxUint32))
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
