package network_test

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// local is what a matcher of the pods of one namespace is made of.
type local struct {
	namespace model.Sym
	labels    model.Selector
}

func (w *world) podsOf(labels model.Selector) network.Matcher {
	l := local{w.namespace(), labels}
	m := network.Pods(l.namespace, labels)
	w.locals[m] = l
	return m
}

// placed are the world's policies as a store holds them: half of those about the pods of one namespace say it without the namespace's name, which
// their object has. The oracle knows nothing of that.
func (w *world) placed() []network.Placed {
	out := network.Alone(w.policies...)
	for i, p := range w.policies {
		if _, incomparable := p.Selects.(byAccount); incomparable || p.Selects == nil || w.chance(50) {
			continue
		}
		if l, ok := w.locals[p.Selects]; ok {
			out[i] = w.shared(p, l)
		}
	}
	return out
}

func (w *world) shared(p *network.Policy, at local) network.Placed {
	q := *p
	q.Source.Namespace, q.Source.Name = "", ""
	q.Selects, q.Neighbors = nil, &at.labels
	for d := range q.Sides {
		q.Sides[d].Rules = nil
		for _, r := range p.Sides[d].Rules {
			var others []network.Matcher
			for _, m := range r.Pods {
				if _, incomparable := m.(byAccount); !incomparable && w.locals[m] != (local{}) && w.locals[m].namespace == at.namespace {
					r.Neighbors = append(r.Neighbors, w.locals[m].labels)
				} else {
					others = append(others, m)
				}
			}
			r.Pods = others
			q.Sides[d].Rules = append(q.Sides[d].Rules, r)
		}
	}
	// The place among policies of the same order is by name, then namespace; names differ here.
	return network.Placed{Policy: &q, Of: &network.Object{Namespaced: model.Namespaced{Meta: model.NewMeta(model.Text(at.namespace), p.Source.Name)}}}
}
