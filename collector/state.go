package collector

import (
	dto "github.com/prometheus/client_model/go"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// What is written here is neither pass nor fail.

func (s *scrape) namespaces() {
	if !s.r.HaveNamespaces {
		return
	}
	names, states := make([]*dto.LabelPair, len(s.r.States)), s.r.States
	for i := range states {
		names[i] = s.pair("namespace", states[i].Name)
	}
	ordered := order(names)
	system := [2]*dto.LabelPair{s.pair("system", "false"), s.pair("system", "true")}
	s.room(s.family(namespaceInfo), len(states))
	s.room(s.family(reachableFrom), len(states))
	s.room(s.family(reachableOutside), len(states))
	for _, i := range ordered {
		n := &states[i]
		s.one(namespaceInfo, 1, names[i], s.pair("team", n.Team), system[int(truth(n.System))])
		if n.ReachableFrom >= 0 {
			s.one(reachableFrom, float64(n.ReachableFrom), names[i])
		}
		if n.FromOutside != check.Unknown {
			s.one(reachableOutside, float64(n.FromOutside-check.No), names[i])
		}
	}
	s.podSecurity(names, ordered)
}

// podSecurity writes the levels of namespaces, level by level, which is their order.
func (s *scrape) podSecurity(names []*dto.LabelPair, ordered []int) {
	levels, ready := s.family(podSecurityLevel), s.family(podSecurityReady)
	s.room(levels, 3*len(names))
	s.room(ready, 2*len(names))
	modes := [...]*dto.LabelPair{s.pair("mode", "enforce"), s.pair("mode", "audit"), s.pair("mode", "warn")}
	versions := make(map[string]*dto.LabelPair)
	for _, level := range [...]check.PodSecurityLevel{check.Baseline, check.Privileged, check.Restricted} {
		label := s.pair("level", level.String())
		for _, m := range order(modes[:]) {
			for _, i := range ordered {
				n := &s.r.States[i]
				if !n.Readable || n.Levels[m].Level != level {
					continue
				}
				version := versions[n.Levels[m].Version]
				if version == nil {
					version = s.pair("version", n.Levels[m].Version)
					versions[n.Levels[m].Version] = version
				}
				s.gauge(levels, 1, s.labels(label, modes[m], names[i], version))
			}
		}
		if level == check.Privileged {
			continue
		}
		for _, i := range ordered {
			if answer := s.r.States[i].Ready[level-check.Baseline]; answer != check.Unknown {
				s.gauge(ready, float64(answer-check.No), s.labels(label, names[i]))
			}
		}
	}
}

func (s *scrape) nodes() {
	names, nodes := make([]*dto.LabelPair, len(s.r.Nodes)), s.r.Nodes
	for i := range nodes {
		names[i] = s.pair("node", nodes[i].Name)
	}
	var resources [model.ResourceCount]*dto.LabelPair
	for r := range resources {
		resources[r] = s.pair("resource", model.Resource(r).String())
	}
	overcommit, unbounded := s.family(nodeOvercommit), s.family(nodeUnbounded)
	s.room(overcommit, len(nodes)*len(resources))
	s.room(unbounded, len(nodes)*len(resources))
	for _, i := range order(names) {
		for r, resource := range resources {
			labels := s.labels(names[i], resource)
			if nodes[i].Overcommit[r] >= 0 {
				s.gauge(overcommit, nodes[i].Overcommit[r], labels)
			}
			s.gauge(unbounded, float64(nodes[i].Unbounded[r]), labels)
		}
	}
}

func (s *scrape) admins() {
	for _, a := range s.r.Admins {
		origin := "custom"
		if a.BuiltIn {
			origin = "builtin"
		}
		s.one(clusterAdminInfo, 1, s.pair("subject_kind", a.Subject.Kind.String()), s.pair("subject_namespace", a.Subject.Namespace),
			s.pair("subject_name", a.Subject.Name), s.pair("binding", a.Binding), s.pair("role", a.Role), s.pair("origin", origin))
	}
}

func (s *scrape) bindings() {
	for _, b := range s.r.Privileged {
		labels := s.labels(s.pair("kind", b.Kind), s.pair("namespace", b.Namespace), s.pair("name", b.Name))
		if !b.Created.IsZero() {
			s.gauge(s.family(bindingCreated), seconds(b.Created), labels)
		}
		if !b.Review.At.IsZero() {
			s.gauge(s.family(bindingReview), seconds(b.Review.At), labels)
		}
	}
}

func (s *scrape) exemptions() {
	for _, e := range s.r.Exemptions {
		name := s.pair("exemption", e.Name)
		s.one(exemptionInfo, 1, name, s.pair("owner", e.Owner), s.pair("reason", e.Reason))
		if !e.Expires.IsZero() {
			s.one(exemptionTime, seconds(e.Expires), name)
		}
		if !e.Unknown {
			s.one(exemptionHits, float64(e.Matches), name)
		}
	}
}
