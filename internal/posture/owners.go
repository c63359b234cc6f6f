package posture

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// owners groups the judged pods by the object that a person would change: the top controller, or the pod where there is none.
type owners struct {
	t       *tally
	s       *Snapshot
	objects []Object
	byRef   map[ownerKey]int32
	byName  map[Object]int32
}

type ownerKey struct {
	ns  model.Sym
	ref model.OwnerRef
}

// podsByOwner calls visit for each object and the places of the judged pods behind it, and returns those of the other pods. It sorts by
// counting: linear in pods.
func podsByOwner(t *tally, s *Snapshot, hint int, visit func(o Object, at []int32)) (finished []int32) {
	o := owners{t: t, s: s, byRef: make(map[ownerKey]int32, hint), byName: make(map[Object]int32, hint)}
	o.objects = make([]Object, 0, hint)
	of := make([]int32, len(s.Pods))
	for i, p := range s.Pods {
		of[i] = -1
		if r := p.Of(); r.Is(model.Judged) {
			of[i] = o.objectOf(p, r.Owner)
		}
	}
	end := make([]int32, len(o.objects)+1)
	for _, object := range of {
		end[object+1]++ // the pods that are not judged come first
	}
	for i := 1; i < len(end); i++ {
		end[i] += end[i-1]
	}
	pods := make([]int32, len(s.Pods))
	for i := len(of) - 1; i >= 0; i-- {
		at := &end[of[i]+1]
		*at--
		pods[*at] = int32(i)
	}
	// Filling from the back has moved each end to its group's start.
	for i, object := range o.objects {
		next := len(pods)
		if i+2 < len(end) {
			next = int(end[i+2])
		}
		visit(object, pods[end[i+1]:next])
	}
	if len(end) > 1 {
		return pods[:end[1]]
	}
	return pods
}

func (o *owners) objectOf(p *model.Pod, owner model.OwnerRef) int32 {
	if owner == (model.OwnerRef{}) {
		return o.add(Object{Namespace: o.t.namespace(p.NS), Kind: "Pod", Name: p.Name()})
	}
	key := ownerKey{p.NS, owner}
	if object, ok := o.byRef[key]; ok {
		return object
	}
	kind, name := top(o.s, p.Namespace(), owner.Value())
	object := Object{Namespace: o.t.namespace(p.NS), Kind: kind, Name: name}
	if kind == "Pod" {
		// A pod that another pod controls is known by its own name, as one without a controller is.
		object.Name = p.Name()
		return o.add(object)
	}
	// Two ReplicaSets of one Deployment are one object.
	i, ok := o.byName[object]
	if !ok {
		i = o.add(object)
		o.byName[object] = i
	}
	o.byRef[key] = i
	return i
}

func (o *owners) add(object Object) int32 {
	o.objects = append(o.objects, object)
	return int32(len(o.objects) - 1)
}

// top follows the controller of a pod one level up: ReplicaSets and Jobs are looked up, and the hash-suffix rule decides where they
// are not known.
func top(s *Snapshot, namespace string, owner model.Owner) (kind, name string) {
	var of model.Kind
	switch owner.Kind {
	case "ReplicaSet":
		of = model.ReplicaSets
	case "Job":
		of = model.Jobs
	default:
		return owner.Kind, owner.Name
	}
	if s.Controlled != nil && s.Have[of] {
		if c := s.Controlled(of, namespace, owner.Name); c != nil {
			if model.Text(c.OwnerKind) == "" {
				return owner.Kind, owner.Name
			}
			return model.Text(c.OwnerKind), model.Text(c.OwnerName)
		}
	}
	if owner.FallbackKind != "" {
		return owner.FallbackKind, owner.FallbackName
	}
	return owner.Kind, owner.Name
}
