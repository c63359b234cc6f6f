package posture

import (
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// controllers looks up the controllers of pods. A reference is a text that the author of the pod
// may have written, so it counts only as far as the snapshot confirms it.
type controllers struct {
	s   *Snapshot
	now time.Time
	// daemonSets are the uids by key, and served the group versions, each made when first asked
	// for.
	daemonSets map[string]model.UID
	served     map[string]bool
}

// top returns the kind and name of the pod's top controller, with the kind Pod when its reference
// does not count: the pod then stands alone. shared reports whether that is so for every pod with
// the same reference, whatever its age.
//
// A kind that the snapshot lists must have an object of that name and uid. The API server's garbage
// collector removes pods for which it has not, but only when it can map the kind; so a version that
// is not served does not count either. The pod and its controller reach the cache by two watches:
// until the pod has settled, a reference that cannot be confirmed counts as it would if the kind
// were not listed.
func (c *controllers) top(p *model.Pod, ref *model.Owner) (kind, name string, shared bool) {
	if !c.serves(ref.GroupVersion) {
		return c.unconfirmed(p, ref.Kind, ref.Name)
	}
	of, lists := c.listed(ref.Kind)
	if !lists {
		kind, name = conventional(ref)
		return kind, name, true
	}
	above, found := c.find(of, p.Namespace(), ref)
	switch {
	case !found:
		kind, name = conventional(ref)
		return c.unconfirmed(p, kind, name)
	case above == model.OwnerRef{}:
		return ref.Kind, ref.Name, true
	}
	parent := above.Value()
	if !c.serves(parent.GroupVersion) {
		if kind, name, _ = c.unconfirmed(p, parent.Kind, parent.Name); kind == "Pod" {
			kind, name = ref.Kind, ref.Name
		}
		return kind, name, false
	}
	return parent.Kind, parent.Name, true
}

// unconfirmed returns what a reference says while the pod has not settled, and the pod itself after
// that.
func (c *controllers) unconfirmed(p *model.Pod, kind, name string) (string, string, bool) {
	if p.Settled(c.now) {
		return "Pod", p.Name(), false
	}
	return kind, name, false
}

// conventional is what a controller that cannot be looked up is called: what its name says of the
// one above it, or itself.
func conventional(ref *model.Owner) (kind, name string) {
	if ref.FallbackKind != "" {
		return ref.FallbackKind, ref.FallbackName
	}
	return ref.Kind, ref.Name
}

// listed returns the listed kind of that name, and reports whether the snapshot has all of its
// objects. Files do not say which kinds they hold: of one of which there is no object they are
// taken to hold none.
func (c *controllers) listed(kind string) (model.Kind, bool) {
	var of model.Kind
	switch kind {
	case "ReplicaSet":
		of = model.ReplicaSets
	case "Job":
		of = model.Jobs
	case "DaemonSet":
		of = model.DaemonSets
	default:
		return 0, false
	}
	return of, c.s.Have[of] && (c.s.Objects[of] > 0 || c.s.GroupVersions != nil)
}

// find looks up the referenced controller and returns the one above it.
func (c *controllers) find(of model.Kind, namespace string, ref *model.Owner) (above model.OwnerRef, found bool) {
	if of == model.DaemonSets {
		if c.daemonSets == nil {
			c.daemonSets = make(map[string]model.UID, len(c.s.DaemonSets))
			for _, d := range c.s.DaemonSets {
				c.daemonSets[d.Key()] = d.UID
			}
		}
		uid, ok := c.daemonSets[namespace+"/"+ref.Name]
		return model.OwnerRef{}, ok && !uid.Differs(ref.UID)
	}
	if c.s.Controlled == nil {
		return model.OwnerRef{}, false
	}
	object := c.s.Controlled(of, namespace, ref.Name)
	if object == nil || object.UID.Differs(ref.UID) {
		return model.OwnerRef{}, false
	}
	return object.Owner, true
}

// serves reports whether the API server serves a group and version, as far as that is known.
func (c *controllers) serves(groupVersion string) bool {
	if c.s.GroupVersions == nil || model.BuiltInGroupVersion(groupVersion) {
		return true
	}
	if c.served == nil {
		c.served = make(map[string]bool, len(c.s.GroupVersions))
		for _, gv := range c.s.GroupVersions {
			c.served[gv] = true
		}
	}
	return c.served[groupVersion]
}
