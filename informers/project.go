package informers

import (
	"fmt"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/informers/snapshot"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
)

// Projector reduces objects to what the joins need and runs the checks that need the object alone. It is safe for concurrent use.
type Projector struct {
	set     *check.Set
	onPanic check.OnPanic
	// buffers are lists of containers: a pod is looked at through one and does not keep it.
	buffers sync.Pool
	// said is what NetworkPolicies say.
	said said
}

// NewProjector makes a projector; onPanic is told of each check that breaks.
func NewProjector(set *check.Set, onPanic check.OnPanic) *Projector {
	return &Projector{set: set, onPanic: onPanic, buffers: sync.Pool{New: func() any { return new([]check.Container) }}}
}

// Transform returns the informer's transform for one kind. It is idempotent, and it has an answer for anything: an error would keep
// the whole kind from syncing, and nothing in its place would make the kind look empty.
func (p *Projector) Transform(kind model.Kind) cache.TransformFunc {
	return func(obj any) (any, error) { return p.project(kind, obj), nil }
}

// project never panics: an object that breaks it is known by its name, and nothing else about it is.
func (p *Projector) project(kind model.Kind, obj any) (projected any) {
	object, ok := obj.(metav1.Object)
	if !ok {
		return obj
	}
	defer func() {
		if r := recover(); r != nil {
			p.onPanic("projection of "+kind.String(), r)
			projected = p.broken(kind, object)
		}
	}()
	if _, ok := obj.(*snapshot.Undecodable); ok {
		return p.broken(kind, object)
	}
	if projected = p.known(kind, obj); projected != nil {
		return projected
	}
	return p.metadata(kind, object)
}

// metadata projects the kinds of which only the metadata is asked for, whichever type brings it.
func (p *Projector) metadata(kind model.Kind, object metav1.Object) any {
	switch kind {
	case model.ReplicaSets, model.Jobs:
	case model.CalicoNetworkSets, model.CalicoGlobalNetworkSets, model.StoredCalicoNetworkSets, model.StoredCalicoGlobalNetworkSets:
		return &model.Existing{Namespaced: namespaced(object)}
	default:
		p.onPanic("projection of "+kind.String(), fmt.Sprintf("unexpected type %T", object))
		return p.broken(kind, object)
	}
	c := &model.Controlled{
		Meta: meta(object), Version: model.ParseVersion(object.GetResourceVersion()), UID: model.NewUID(string(object.GetUID())),
	}
	if owner := metav1.GetControllerOfNoCopy(object); owner != nil {
		c.Owner = model.NewOwner(owner, "")
	}
	return c
}

func meta(object metav1.Object) model.Meta {
	return model.NewMeta(object.GetNamespace(), object.GetName())
}

func namespaced(object metav1.Object) model.Namespaced {
	return model.Namespaced{Meta: meta(object), Version: model.ParseVersion(object.GetResourceVersion())}
}

// broken is what stands for an object about which nothing is known but that it exists.
func (p *Projector) broken(kind model.Kind, object metav1.Object) any {
	n := namespaced(object)
	n.Broken = true
	unknown := p.set.Broken()
	switch kind {
	case model.Pods:
		return model.NewPod(n.Meta, n.Version, model.Sym{}, &model.Replica{Flags: model.Judged | model.BrokenPod | model.TokenUnknown, Verdicts: unknown})
	case model.Namespaces:
		return &model.Namespace{Namespaced: n, Self: model.Intern(n.Name()), Labels: model.NewLabelSet(nil)}
	case model.Nodes:
		return &model.Node{Namespaced: n}
	case model.ServiceAccounts:
		return &model.ServiceAccount{Namespaced: n, Verdicts: unknown}
	case model.LimitRanges:
		return &model.LimitRange{Namespaced: n}
	case model.ResourceQuotas:
		return &model.ResourceQuota{Namespaced: n}
	case model.DaemonSets:
		return &enforcer.Object{Namespaced: n, UID: model.NewUID(string(object.GetUID()))}
	case model.Roles, model.ClusterRoles:
		return &model.Role{Namespaced: n, Verdicts: unknown}
	case model.RoleBindings, model.ClusterRoleBindings:
		return &model.Binding{Namespaced: n}
	case model.ReplicaSets, model.Jobs:
		return &model.Controlled{Meta: n.Meta, Version: n.Version, UID: model.NewUID(string(object.GetUID()))}
	default:
		if policy := unreadPolicy(kind, object); policy != nil {
			return policy
		}
		return &model.Existing{Namespaced: n}
	}
}
