package collector

import (
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// What is written here is neither pass nor fail.

func (s *scrape) namespaceInfo() {
	if !s.r.HaveNamespaces {
		return
	}
	f, system := s.family(namespaceInfo), [2]*dto.LabelPair{s.pair("system", "false"), s.pair("system", "true")}
	s.room(f, len(s.r.States))
	for _, i := range s.states.ordered {
		n := &s.r.States[i]
		s.gauge(f, 1, s.labels(s.states.pairs[i], s.pair("team", n.Team), system[int(truth(n.System))]))
	}
}

// ofNamespaces writes a family with one value for each namespace of which it is known.
func (s *scrape) ofNamespaces(m Metric, value func(*posture.NamespaceState) (float64, bool)) {
	if !s.r.HaveNamespaces {
		return
	}
	f := s.family(m)
	s.room(f, len(s.r.States))
	for _, i := range s.states.ordered {
		if v, known := value(&s.r.States[i]); known {
			s.gauge(f, v, s.labels(s.states.pairs[i]))
		}
	}
}

func (s *scrape) reachableFrom() {
	s.ofNamespaces(reachableFrom, func(n *posture.NamespaceState) (float64, bool) { return float64(n.ReachableFrom), n.ReachableFrom >= 0 })
}

func (s *scrape) reachableOutside() {
	s.ofNamespaces(reachableOutside, func(n *posture.NamespaceState) (float64, bool) {
		return float64(n.FromOutside - check.No), n.FromOutside != check.Unknown
	})
}

// podSecurityLevels writes the levels of namespaces, level by level, which is their order.
func (s *scrape) podSecurityLevels() {
	if !s.r.HaveNamespaces {
		return
	}
	f := s.family(podSecurityLevel)
	s.room(f, 3*len(s.r.States))
	modes := [...]*dto.LabelPair{s.pair("mode", "enforce"), s.pair("mode", "audit"), s.pair("mode", "warn")}
	versions := make(map[string]*dto.LabelPair)
	for _, level := range [...]check.PodSecurityLevel{check.Baseline, check.Privileged, check.Restricted} {
		label := s.pair("level", level.String())
		for _, m := range order(modes[:]) {
			for _, i := range s.states.ordered {
				n := &s.r.States[i]
				if !n.Readable || n.Levels[m].Level != level {
					continue
				}
				version := versions[n.Levels[m].Version]
				if version == nil {
					version = s.pair("version", n.Levels[m].Version)
					versions[n.Levels[m].Version] = version
				}
				s.gauge(f, 1, s.labels(label, modes[m], s.states.pairs[i], version))
			}
		}
	}
}

func (s *scrape) podSecurityReady() {
	if !s.r.HaveNamespaces {
		return
	}
	f := s.family(podSecurityReady)
	s.room(f, 2*len(s.r.States))
	for _, level := range [...]check.PodSecurityLevel{check.Baseline, check.Restricted} {
		label := s.pair("level", level.String())
		for _, i := range s.states.ordered {
			if answer := s.r.States[i].Ready[level-check.Baseline]; answer != check.Unknown {
				s.gauge(f, float64(answer-check.No), s.labels(label, s.states.pairs[i]))
			}
		}
	}
}

// ofNodes writes a family with one value for each node and resource of which it is known.
func (s *scrape) ofNodes(m Metric, value func(n *posture.NodeState, r int) float64) {
	var resources [model.ResourceCount]*dto.LabelPair
	for r := range resources {
		resources[r] = s.pair("resource", model.Resource(r).String())
	}
	f := s.family(m)
	s.room(f, len(s.r.Nodes)*len(resources))
	for _, i := range s.nodes.ordered {
		for r, resource := range resources {
			if v := value(&s.r.Nodes[i], r); v >= 0 {
				s.gauge(f, v, s.labels(s.nodes.pairs[i], resource))
			}
		}
	}
}

func (s *scrape) overcommit() {
	s.ofNodes(nodeOvercommit, func(n *posture.NodeState, r int) float64 { return n.Overcommit[r] })
}

func (s *scrape) unbounded() {
	s.ofNodes(nodeUnbounded, func(n *posture.NodeState, r int) float64 { return float64(n.Unbounded[r]) })
}

func (s *scrape) admins() {
	for _, a := range s.r.Admins {
		s.one(clusterAdminInfo, 1, s.pair("subject_kind", a.Subject.Kind.String()), s.pair("subject_namespace", a.Subject.Namespace),
			s.pair("subject_name", a.Subject.Name), s.pair("binding", a.Binding), s.pair("role", a.Role), s.pair("origin", a.Origin.String()))
	}
}

// namesDropped writes how much of each list is left out. Nothing is said of a list that is not
// known.
func (s *scrape) namesDropped() {
	for _, l := range []struct {
		name string
		have bool
		left int
	}{
		{"cluster_admins", s.r.HaveAdmins, s.r.Left.Admins},
		{"nodes", s.r.HaveNodes, s.r.Left.Nodes},
		{"privileged_bindings", s.r.HavePrivileged, s.r.Left.Privileged},
	} {
		if l.have {
			s.one(namesDropped, float64(l.left), s.pair("list", l.name))
		}
	}
}

// ofBindings writes a family with a time for each binding that has it.
func (s *scrape) ofBindings(m Metric, at func(*posture.PrivilegedBinding) time.Time) {
	f := s.family(m)
	for i := range s.r.Privileged {
		b := &s.r.Privileged[i]
		if t := at(b); !t.IsZero() {
			s.gauge(f, seconds(t), s.labels(s.pair("kind", b.Kind), s.pair("namespace", b.Namespace), s.pair("name", b.Name)))
		}
	}
}

func (s *scrape) bindingsCreated() {
	s.ofBindings(bindingCreated, func(b *posture.PrivilegedBinding) time.Time { return b.Created })
}

func (s *scrape) bindingsReviewed() {
	s.ofBindings(bindingReview, func(b *posture.PrivilegedBinding) time.Time { return b.Review.At })
}

func (s *scrape) exemptionInfo() {
	for _, e := range s.r.Exemptions {
		s.one(exemptionInfo, 1, s.pair("exemption", e.Name), s.pair("owner", e.Owner), s.pair("reason", e.Reason))
	}
}

func (s *scrape) exemptionTimes() {
	for _, e := range s.r.Exemptions {
		if !e.Expires.IsZero() {
			s.one(exemptionTime, seconds(e.Expires), s.pair("exemption", e.Name))
		}
	}
}

func (s *scrape) exemptionHits() {
	for _, e := range s.r.Exemptions {
		if !e.Unknown {
			s.one(exemptionHits, float64(e.Matches), s.pair("exemption", e.Name))
		}
	}
}
