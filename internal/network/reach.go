package network

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Reached is from where pods of each namespace can be reached. It is safe for concurrent use.
type Reached struct {
	world *World
	// sure are how many other namespaces certainly reach each namespace, maybe how many possibly do.
	sure, maybe []int32
	outside     []check.Answer
	beyond      []model.Sym
}

// Beyond are the namespaces whose policies are more than is computed: from where their pods can be
// reached, and what they can reach, is unknown.
func (r *Reached) Beyond() []model.Sym { return r.beyond }

// Reach says from where each namespace can be reached: a connection may be opened when the policies of every engine let it out of one end
// and into the other.
//
// Ports are not part of it: who may open a connection to some port may open one. A rule that nobody can tell the peers of lets through when it
// allows, and keeps nobody out when it denies. Pods are matched by distinct endpoints and distinct selectors, never pod by pod.
func (m *Model) Reach() *Reached { return m.ReachUnless(Never) }

// ReachUnless is Reach for a result that may turn out not to be wanted.
func (m *Model) ReachUnless(stop Stop) *Reached {
	n := len(m.world.namespaces)
	r := &Reached{world: m.world, outside: make([]check.Answer, n)}
	p := newProfiles(m, stop)
	if stop() {
		return r
	}
	slices.Sort(p.beyond)
	for _, n := range slices.Compact(p.beyond) {
		r.beyond = append(r.beyond, m.world.namespaces[n].Name)
	}
	r.sure = newConnector(p, false).counts(stop)
	r.maybe = r.sure
	if p.unsure {
		r.maybe = newConnector(p, true).counts(stop)
	}
	for i := range r.outside {
		r.outside[i] = check.No
	}
	for place, ns := range p.table.of {
		switch in := &p.all[p.of[model.Ingress][place]]; {
		case in.sure.beyond:
			r.outside[ns] = check.Yes
		case in.maybe.beyond && r.outside[ns] == check.No:
			r.outside[ns] = check.Unknown
		}
	}
	return r
}

// From is how many other namespaces hold a pod that may open a connection to a pod of the namespace, and false when nobody knows.
func (r *Reached) From(namespace model.Sym) (int, bool) {
	n, ok := r.world.byName[namespace]
	if !ok || r.sure[n] != r.maybe[n] {
		return 0, false
	}
	return int(r.sure[n]), true
}

// FromOutside says whether something outside of the cluster may open a connection to a pod of the namespace.
func (r *Reached) FromOutside(namespace model.Sym) check.Answer {
	n, ok := r.world.byName[namespace]
	if !ok {
		return check.Unknown
	}
	return r.outside[n]
}
