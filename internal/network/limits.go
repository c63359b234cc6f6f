package network

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// One namespace must not cost the others: from where its pods can be reached, and what they can
// reach, is unknown beyond these bounds. They are far above real use. Whether its pods are isolated
// is known all the same.
const (
	// MaxPeers is the greatest number of selectors for peers outside of their own namespace that
	// the policies of one namespace may have in one direction.
	MaxPeers = 1_000
	// maxListed bounds the same work from the other side: how many different things a namespace's
	// policies say, times how many different combinations of them select pods.
	maxListed = 1 << 20
)

// tooMany reports whether a namespace is beyond the bounds, and notes it. Before its policies are
// looked at, kinds is nil.
func (p *profiles) tooMany(n int, d model.Direction, kinds [][]kind) bool {
	m := p.table.m
	s := &m.spaces[n]
	listed := 0
	for _, of := range kinds {
		listed += len(of) * int(s.lastClass-s.firstClass)
	}
	if kinds == nil {
		peers := 0
		for _, i := range m.local[m.localStarts[n]:m.localStarts[n+1]] {
			peers += m.policies[i].Sides[d].peers()
		}
		if peers <= MaxPeers {
			return false
		}
	} else if listed <= maxListed {
		return false
	}
	if len(p.beyond) == 0 || p.beyond[len(p.beyond)-1] != int32(n) {
		p.beyond = append(p.beyond, int32(n))
	}
	return true
}

// peers is how many selectors for peers the side has.
func (s *Side) peers() (n int) {
	for i := range s.Rules {
		for _, m := range s.Rules[i].Pods {
			if u, ok := m.(*union); ok {
				n += len(u.of)
			} else {
				n++
			}
		}
	}
	return n
}

// unknown gives every class of a namespace a profile of which nothing is certain.
func (p *profiles) unknown(w *writer, profiles []int32, n int) {
	w.anything()
	w.unsure = true
	s := &w.m.spaces[n]
	for c := s.firstClass; c < s.lastClass; c++ {
		profiles[c] = p.intern(w)
	}
}

// anything writes the program of what may do anything.
func (w *writer) anything() {
	w.reset()
	w.steps = append(w.steps, step{kind: stepUnread}, step{kind: endGoesOn}, step{kind: endLine})
}
