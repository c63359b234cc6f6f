package app

import (
	"slices"
	"sync"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// Known is what a configuration file may name.
func Known(set *check.Set) config.Known {
	known := config.Known{Checks: make(map[string][]string), Severities: check.Severities()}
	for _, e := range set.Entries() {
		var values []string
		for _, l := range e.Labels {
			values = append(values, l.Values...)
		}
		known.Checks[e.ID] = values
	}
	known.Kinds = append(model.BuiltInKinds(), model.User.String(), model.Group.String())
	for _, k := range informers.Table() {
		known.Kinds = append(known.Kinds, k.Object)
	}
	slices.Sort(known.Kinds)
	known.Kinds = slices.Compact(known.Kinds)
	return known
}

// settings compiles each configuration once.
type settings struct {
	set    *check.Set
	reload *config.Reloader

	mu       sync.Mutex
	from     *config.Config
	compiled *posture.Settings
}

func (s *settings) current() *posture.Settings {
	c := s.reload.Current()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c != s.from {
		s.from, s.compiled = c, posture.NewSettings(s.set, translate(c))
	}
	return s.compiled
}

// translate says in posture's words what a valid configuration says in the file's.
func translate(c *config.Config) posture.Options {
	o := posture.Options{
		OwnerLabel: c.Ownership.NamespaceLabel, SystemNamespaces: c.SystemNamespaces, Disabled: c.Checks.Disabled,
		Severity: make(map[string]check.Severity), FindingsLimit: c.Findings.Limit,
	}
	o.FindingsMinimum, _ = check.ParseSeverity(c.Findings.MinSeverity)
	for id, name := range c.Checks.Severity {
		o.Severity[id], _ = check.ParseSeverity(name)
	}
	for _, e := range c.Exemptions {
		o.Exemptions = append(o.Exemptions, posture.Exemption{
			Name: e.Name, Owner: e.Owner, Reason: e.Reason, Checks: e.Checks,
			Namespaces: e.Namespaces, Kinds: e.Kinds, Names: e.Names, Expires: e.Expires,
		})
	}
	o.Enforcer, o.EnforcerNamespaces = c.Network.Enforcer, c.Network.EnforcerNamespaces
	o.Review = rbac.ReviewRule{Annotation: c.RBAC.Review.Annotation, Period: c.RBAC.Review.Period}
	for _, w := range c.RBAC.WhoCan {
		o.WhoCan = append(o.WhoCan, rbac.Query{Name: w.Name, Any: []rbac.Attributes{{
			Verb: w.Verb, APIGroup: w.APIGroup, Resource: w.Resource, Subresource: w.Subresource,
			Name: w.ResourceName, Namespace: w.Namespace, NonResourceURL: w.NonResourceURL,
		}}})
	}
	return o
}
