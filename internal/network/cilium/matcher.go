package cilium

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// endpoints are pods by the name and the labels of their namespace, by their ServiceAccount and by their labels, for selectors that none
// of the shared matchers can do.
type endpoints struct {
	names, accounts                      choice
	spaces, labels                       model.Selector
	anyName, anyAccount, anySpace, every bool
	// only is the one namespace that is asked for, when confined.
	only     model.Sym
	confined bool
	key      model.Sym
}

var (
	_ network.Keyed  = (*endpoints)(nil)
	_ network.Scoped = (*endpoints)(nil)
)

// Match says whether the endpoint is selected.
func (m *endpoints) Match(e *network.Endpoint) bool {
	return (m.anyName || m.names.allows(e.Namespace.Name)) &&
		(m.anySpace || e.Namespace.Known && m.spaces.Matches(e.Namespace.Labels)) &&
		(m.anyAccount || m.accounts.allows(e.ServiceAccount)) &&
		(m.every || m.labels.Matches(e.Labels))
}

// Only is the one namespace outside of which nothing can match.
func (m *endpoints) Only() (model.Sym, bool) { return m.only, m.confined }

// Everything is false: a selector for all pods in reach is one of the shared matchers.
func (m *endpoints) Everything() bool { return false }

// Key is a text that only matchers of the same endpoints share.
func (m *endpoints) Key() model.Sym { return m.key }

// Scope says how many of the namespace's pods match.
func (m *endpoints) Scope(ns *network.Namespace) (network.Reach, bool) {
	switch {
	case !m.anyName && !m.names.allows(ns.Name):
		return network.None, true
	case !m.anySpace && !ns.Known:
		return network.Some, false
	case !m.anySpace && !m.spaces.Matches(ns.Labels):
		return network.None, true
	case m.anyAccount && m.every:
		return network.All, true
	default:
		return network.Some, true
	}
}
