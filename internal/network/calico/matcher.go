package calico

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// matcher matches pods by a compiled selector.
type matcher struct {
	root *node
	// generous matchers match a pod of which nobody knows enough; others do not.
	generous bool
	// only is the namespace outside of which nothing matches, if there is one.
	only       model.Sym
	restricted bool
	// labels says that labels of namespaces are asked for.
	labels bool
	key    model.Sym
}

var (
	_ network.Keyed  = (*matcher)(nil)
	_ network.Scoped = (*matcher)(nil)
)

// match makes a Matcher of a compiled selector: one that the engine knows where there is one.
func match(n *node, generous bool) network.Matcher {
	switch n.shape {
	case always:
		return network.Everyone()
	case never:
		return network.Nobody()
	}
	if !generous || !n.mentions(spaceLabel) {
		if m := shared(n); m != nil {
			return m
		}
	}
	m := &matcher{root: n, generous: generous, labels: n.mentions(spaceLabel)}
	m.only, m.restricted = n.namespace()
	kind := "calico "
	if generous {
		kind = "calico, perhaps "
	}
	m.key = model.Intern(kind + n.text)
	return m
}

// namespace is the one namespace outside of which nothing matches.
func (n *node) namespace() (model.Sym, bool) {
	if n.shape == conjunction {
		for _, part := range n.of {
			if name, ok := part.namespace(); ok {
				return name, true
			}
		}
	}
	if n.shape == test && n.field == spaceName && !n.not && n.op == opIn && len(n.names) == 1 {
		return n.names[0], true
	}
	return model.Sym{}, false
}

// Match says whether the endpoint is selected.
func (m *matcher) Match(e *network.Endpoint) bool {
	answer := m.root.ask(subject{space: e.Namespace, pod: true, labels: model.Text(e.Labels), account: e.ServiceAccount})
	return answer == yes || m.generous && answer == perhaps
}

// Only is the one namespace outside of which nothing can match.
func (m *matcher) Only() (model.Sym, bool) { return m.only, m.restricted }

// Everything is false: what matches everything in reach is one of the shared matchers.
func (m *matcher) Everything() bool { return false }

// Key is the selector's canonical text.
func (m *matcher) Key() model.Sym { return m.key }

// Scope says how many of the namespace's pods match.
func (m *matcher) Scope(ns *network.Namespace) (network.Reach, bool) {
	switch m.root.ask(subject{space: ns}) {
	case no:
		return network.None, true
	case yes:
		return network.All, true
	default:
		return network.Some, ns.Known || !m.labels
	}
}
