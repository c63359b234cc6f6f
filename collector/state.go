package collector

import (
	"strconv"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// What is written here is neither pass nor fail.

func (s *scrape) namespaces() {
	if !s.r.HaveNamespaces {
		return
	}
	for i := range s.r.States {
		n := &s.r.States[i]
		name := pair("namespace", n.Name)
		s.one(namespaceInfo, 1, name, pair("team", n.Team), pair("system", strconv.FormatBool(n.System)))
		for m, mode := range [...]string{"enforce", "audit", "warn"} {
			if !n.Readable {
				break
			}
			s.one(podSecurityLevel, 1, name, pair("mode", mode), pair("level", n.Levels[m].Level.String()), pair("version", n.Levels[m].Version))
		}
		for l, ready := range n.Ready {
			if ready != check.Unknown {
				s.one(podSecurityReady, float64(ready-check.No), name, pair("level", (check.Baseline+check.PodSecurityLevel(l)).String()))
			}
		}
		if n.ReachableFrom >= 0 {
			s.one(reachableFrom, float64(n.ReachableFrom), name)
		}
		if n.FromOutside != check.Unknown {
			s.one(reachableOutside, float64(n.FromOutside-check.No), name)
		}
	}
}

func (s *scrape) nodes() {
	for i := range s.r.Nodes {
		n := &s.r.Nodes[i]
		name := pair("node", n.Name)
		for r := range model.ResourceCount {
			resource := pair("resource", r.String())
			if n.Overcommit[r] >= 0 {
				s.one(nodeOvercommit, n.Overcommit[r], name, resource)
			}
			s.one(nodeUnbounded, float64(n.Unbounded[r]), name, resource)
		}
	}
}

func (s *scrape) admins() {
	for _, a := range s.r.Admins {
		origin := "custom"
		if a.BuiltIn {
			origin = "builtin"
		}
		s.one(clusterAdminInfo, 1, pair("subject_kind", a.Subject.Kind.String()), pair("subject_namespace", a.Subject.Namespace),
			pair("subject_name", a.Subject.Name), pair("binding", a.Binding), pair("role", a.Role), pair("origin", origin))
	}
}

func (s *scrape) bindings() {
	for _, b := range s.r.Privileged {
		labels := s.labels(pair("kind", b.Kind), pair("namespace", b.Namespace), pair("name", b.Name))
		if !b.Created.IsZero() {
			s.gauge(s.c.families[bindingCreated.Name], seconds(b.Created), labels)
		}
		if !b.Review.At.IsZero() {
			s.gauge(s.c.families[bindingReview.Name], seconds(b.Review.At), labels)
		}
	}
}

func (s *scrape) exemptions() {
	for _, e := range s.r.Exemptions {
		name := pair("exemption", e.Name)
		s.one(exemptionInfo, 1, name, pair("owner", e.Owner), pair("reason", e.Reason))
		if !e.Expires.IsZero() {
			s.one(exemptionTime, seconds(e.Expires), name)
		}
		if !e.Unknown {
			s.one(exemptionHits, float64(e.Matches), name)
		}
	}
}
