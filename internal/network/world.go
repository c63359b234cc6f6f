package network

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// ID is an endpoint's place in its World.
type ID int32

// World is whom policies are asked about: the namespaces and the distinct endpoints in them. Pods on the host network are no part of it,
// because no policy holds them.
type World struct {
	namespaces []*Namespace
	byName     map[model.Sym]int32
	endpoints  []Endpoint
	// of is the namespace of each endpoint.
	of  []int32
	ids map[Endpoint]ID
	// unlabeled tells of each namespace whether it holds a pod that nobody can read.
	unlabeled []bool
}

// NewWorld returns an empty World with room for about so many endpoints.
func NewWorld(endpoints int) *World {
	return &World{
		byName: make(map[model.Sym]int32), ids: make(map[Endpoint]ID, endpoints),
		endpoints: make([]Endpoint, 0, endpoints), of: make([]int32, 0, endpoints),
	}
}

// Namespace adds a namespace, with or without pods, and returns the one value that its endpoints share. A name that is there already is
// the same namespace; the first that knows its labels wins.
func (w *World) Namespace(ns Namespace) *Namespace {
	return w.namespaces[w.index(&ns)]
}

func (w *World) index(ns *Namespace) int32 {
	if i, ok := w.byName[ns.Name]; ok {
		if ns.Known && !w.namespaces[i].Known {
			*w.namespaces[i] = *ns
		}
		return i
	}
	i := int32(len(w.namespaces))
	added := *ns
	w.namespaces = append(w.namespaces, &added)
	w.unlabeled = append(w.unlabeled, false)
	w.byName[ns.Name] = i
	return i
}

// Endpoint adds an endpoint and returns its ID; pods that are one endpoint have one ID. It allocates nothing for an endpoint that is
// there already. The namespace is one that Namespace returned.
func (w *World) Endpoint(e Endpoint) ID {
	if id, ok := w.ids[e]; ok {
		return id
	}
	id := ID(len(w.endpoints))
	ns := w.index(e.Namespace)
	w.ids[e] = id
	w.endpoints = append(w.endpoints, Endpoint{Namespace: w.namespaces[ns], Labels: e.Labels, ServiceAccount: e.ServiceAccount})
	w.of = append(w.of, ns)
	return id
}

// Find returns the namespace of that name, nil when there is none.
func (w *World) Find(name model.Sym) *Namespace {
	if i, ok := w.byName[name]; ok {
		return w.namespaces[i]
	}
	return nil
}

// ID returns the ID of an endpoint, and false when there is no such endpoint.
func (w *World) ID(e Endpoint) (ID, bool) {
	id, ok := w.ids[e]
	return id, ok
}

// Unlabeled says that the namespace holds a pod that could not be decoded: any policy may select it, and any traffic may be its.
func (w *World) Unlabeled(ns *Namespace) {
	w.unlabeled[w.index(ns)] = true
}

// Len is how many distinct endpoints there are.
func (w *World) Len() int { return len(w.endpoints) }
