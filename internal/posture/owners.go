package posture

import (
	"slices"
	"unique"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// alike are the pods of a namespace that agree in everything but their names and nodes, as replicas do: what is true of one is true of all,
// so it is found out once. A big cluster has a tenth as many of them as pods.
type alike struct {
	// pod is one of them, n is how many there are.
	pod *model.Pod
	n   int32
	// object is the place of the object that a person would change; nobodys when they are not judged, because they have finished.
	object int32
	load   load
}

const nobodys = -1

// owners groups the pods by what they have in common, and by the object that a person would change: the top controller, or the pod where there
// is none.
type owners struct {
	t       *tally
	s       *Snapshot
	alike   []alike
	objects []Object
	byName  map[Object]int32
}

type alikeKey struct {
	ns      model.Sym
	replica unique.Handle[model.Replica]
}

// newOwners looks at every pod of the snapshot, once, and adds what it takes of its node to nodes.
func newOwners(t *tally, s *Snapshot, hint sizes, nodes *nodeLoads) *owners {
	o := &owners{t: t, s: s, alike: make([]alike, 0, hint.alike), objects: make([]Object, 0, hint.owners)}
	o.byName = make(map[Object]int32, hint.owners)
	places := make(map[alikeKey]int32, hint.alike)
	// What is read of the pods, which lie anywhere in memory, is read for some at a time: a processor fetches many at once when nothing has to
	// be decided in between.
	var some [64]struct {
		key  alikeKey
		node model.Sym
	}
	for pods := range slices.Chunk(s.Pods, len(some)) {
		for i, p := range pods {
			some[i].key, some[i].node = alikeKey{p.NS, p.Replica}, p.Node
		}
		for i, p := range pods {
			at, ok := places[some[i].key]
			if !ok {
				at = o.first(p)
				if a := &o.alike[at]; a.object == nobodys || o.objects[a.object].Kind != "Pod" {
					places[some[i].key] = at // another pod would have another name
				}
			}
			a := &o.alike[at]
			a.n++
			if a.object != nobodys {
				nodes.add(some[i].node, &a.load)
			}
		}
	}
	return o
}

// first adds a pod that is unlike those before, and returns its place.
func (o *owners) first(p *model.Pod) int32 {
	r := p.Of()
	a := alike{pod: p, object: nobodys, load: loadOf(&r)}
	if r.Is(model.Judged) {
		a.object = o.objectOf(p, r.Owner)
	}
	o.alike = append(o.alike, a)
	return int32(len(o.alike) - 1)
}

// each calls visit for each object and the places in alike of the judged pods behind it, and returns those of the other pods. It sorts by
// counting: linear in pods.
func (o *owners) each(visit func(o Object, at []int32)) (finished []int32) {
	end := make([]int32, len(o.objects)+1)
	for i := range o.alike {
		end[o.alike[i].object+1]++ // the pods that are not judged come first
	}
	for i := 1; i < len(end); i++ {
		end[i] += end[i-1]
	}
	places := make([]int32, len(o.alike))
	for i := len(o.alike) - 1; i >= 0; i-- {
		at := &end[o.alike[i].object+1]
		*at--
		places[*at] = int32(i)
	}
	// Filling from the back has moved each end to its group's start.
	for i, object := range o.objects {
		next := len(places)
		if i+2 < len(end) {
			next = int(end[i+2])
		}
		visit(object, places[end[i+1]:next])
	}
	if len(end) > 1 {
		return places[:end[1]]
	}
	return places
}

func (o *owners) objectOf(p *model.Pod, owner model.OwnerRef) int32 {
	pod := Object{Namespace: o.t.namespace(p.NS), Kind: "Pod", Name: p.Name()}
	if owner == (model.OwnerRef{}) {
		return o.add(pod)
	}
	object := Object{Namespace: pod.Namespace}
	if object.Kind, object.Name = top(o.s, p.Namespace(), owner.Value()); object.Kind == "Pod" {
		// A pod that another pod controls is known by its own name, as one without a controller is.
		return o.add(pod)
	}
	// Two ReplicaSets of one Deployment are one object.
	i, ok := o.byName[object]
	if !ok {
		i = o.add(object)
		o.byName[object] = i
	}
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
