package posture

import (
	"slices"
	"time"
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
	// windows is set when they run on Windows: their node says so, or they do while no node is
	// known.
	windows bool
	load    load
}

const nobodys = -1

// owners groups the pods by what they have in common, and by the object that a person would change: the top controller, or the pod where there
// is none.
type owners struct {
	t           *tally
	controllers *controllers
	alike       []alike
	objects     []Object
	byName      map[Object]int32
}

type alikeKey struct {
	ns      model.Sym
	replica unique.Handle[model.Replica]
	os      model.OS
}

// newOwners looks at every pod of the snapshot, once, and adds what it takes of its node to nodes.
func newOwners(t *tally, s *Snapshot, now time.Time, hint sizes, nodes *nodeLoads) *owners {
	o := &owners{
		t: t, controllers: &controllers{s: s, now: now},
		alike: make([]alike, 0, hint.alike), objects: make([]Object, 0, hint.owners),
	}
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
			some[i].key, some[i].node = alikeKey{ns: p.NS, replica: p.Replica}, p.Node
		}
		for i, p := range pods {
			node := nodes.find(some[i].node)
			some[i].key.os = nodes.os(node)
			at, ok := places[some[i].key]
			if !ok {
				var shared bool
				if at, shared = o.first(p, some[i].key.os); shared {
					places[some[i].key] = at
				}
			}
			a := &o.alike[at]
			a.n++
			if a.object != nobodys {
				nodes.add(node, &a.load)
			}
		}
	}
	return o
}

// first adds a pod that is unlike those before. It returns its place, and whether every pod that is
// like it has that place.
func (o *owners) first(p *model.Pod, os model.OS) (at int32, shared bool) {
	r := p.Of()
	a := alike{pod: p, object: nobodys, load: loadOf(&r)}
	a.windows = os == model.Windows || os == model.UnknownOS && r.Is(model.ClaimsWindows)
	shared = true
	if r.Is(model.Judged) {
		a.object, shared = o.objectOf(p, r.Owner)
	}
	o.alike = append(o.alike, a)
	return int32(len(o.alike) - 1), shared
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

// objectOf returns the place of the object that a person would change, and whether it is that of
// every pod with the same controller.
func (o *owners) objectOf(p *model.Pod, owner model.OwnerRef) (at int32, shared bool) {
	namespace := o.t.namespace(p.NS)
	if owner != (model.OwnerRef{}) {
		ref := owner.Value()
		kind, name, every := o.controllers.top(p, &ref)
		if kind != "Pod" {
			return o.named(Object{Namespace: namespace, Kind: kind, Name: name}), every
		}
	}
	// A pod that another pod controls is known by its own name, as one without a controller is.
	return o.add(Object{Namespace: namespace, Kind: "Pod", Name: p.Name()}), false
}

// named returns the place of an object that several groups of pods may have: two ReplicaSets of one
// Deployment are one object.
func (o *owners) named(object Object) int32 {
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
