package network

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Keyed is a Matcher that can be recognized when it is met again. A matcher without a key is only ever equal to itself, so peers that
// many policies name should have one: each distinct peer is looked for once.
type Keyed interface {
	Matcher
	// Key is a text that two matchers share only when they match the same endpoints. The zero Sym is no key. It may be made anew each time.
	Key() model.Sym
}

// Scoped is a Matcher that can answer for a whole namespace before its pods are asked for.
type Scoped interface {
	Matcher
	// Scope says how many of the namespace's pods match: none, some or all of them. It returns false when that depends on the namespace's
	// labels and nobody knows them; then any pod of it may match.
	//
	// A matcher without Scope is taken to depend on the namespace's labels unless it matches everything.
	Scope(ns *Namespace) (Reach, bool)
}

// Everyone matches every pod.
func Everyone() Matcher { return everyone{} }

// Nobody matches no pod.
func Nobody() Matcher { return nobody{} }

// Pods matches the pods of one namespace by their labels.
func Pods(only model.Sym, selector model.Selector) Matcher {
	return pods{only: only, labels: selector}
}

// InNamespaces matches pods by the labels of their namespace and by their own. A selector for nothing in particular, as the zero
// Selector is, matches every namespace and every pod.
func InNamespaces(namespaces, selector model.Selector) Matcher {
	if namespaces.Everything() && selector.Everything() {
		return everyone{}
	}
	return newInNamespaces(namespaces, selector)
}

func newInNamespaces(namespaces, selector model.Selector) *inNamespaces {
	return &inNamespaces{
		namespaces: namespaces, labels: selector, key: key("namespaces", "", namespaces, selector),
	}
}

// Any matches what at least one of the matchers does.
func Any(matchers ...Matcher) Matcher {
	switch len(matchers) {
	case 0:
		return nobody{}
	case 1:
		return matchers[0]
	}
	return newAny(matchers)
}

// key writes selectors out: their texts are canonical.
func key(kind, namespace string, selectors ...model.Selector) model.Sym {
	text := fmt.Appendf(nil, "%s %q", kind, namespace)
	for _, s := range selectors {
		text = fmt.Appendf(text, " %q", s.Text())
	}
	return model.Intern(string(text))
}

type everyone struct{}

func (everyone) Match(*Endpoint) bool           { return true }
func (everyone) Only() (model.Sym, bool)        { return model.Sym{}, false }
func (everyone) Everything() bool               { return true }
func (everyone) Scope(*Namespace) (Reach, bool) { return All, true }
func (everyone) Key() model.Sym                 { return model.Intern("everyone") }

type nobody struct{}

func (nobody) Match(*Endpoint) bool           { return false }
func (nobody) Only() (model.Sym, bool)        { return model.Sym{}, false }
func (nobody) Everything() bool               { return false }
func (nobody) Scope(*Namespace) (Reach, bool) { return None, true }
func (nobody) Key() model.Sym                 { return model.Intern("nobody") }

// pods are those of one namespace. Equal ones can be compared.
type pods struct {
	only   model.Sym
	labels model.Selector
}

func (m pods) Match(e *Endpoint) bool {
	return e.Namespace.Name == m.only && m.labels.Matches(e.Labels)
}

func (m pods) Only() (model.Sym, bool) { return m.only, true }
func (m pods) Everything() bool        { return m.labels.Everything() }
func (m pods) Key() model.Sym          { return key("pods", model.Text(m.only), m.labels) }

func (m pods) Scope(ns *Namespace) (Reach, bool) {
	switch {
	case ns.Name != m.only:
		return None, true
	case m.Everything():
		return All, true
	default:
		return Some, true
	}
}

// inNamespaces are pods of any namespace.
type inNamespaces struct {
	namespaces, labels model.Selector
	key                model.Sym
	// spaceHint and labelHint are sets of one label each that a matching namespace, or pod, must have; the zero Sym when none is known.
	spaceHint, labelHint model.LabelSet
}

func (m *inNamespaces) Match(e *Endpoint) bool {
	return (m.anywhere() || e.Namespace.Known && m.namespaces.Matches(e.Namespace.Labels)) && m.labels.Matches(e.Labels)
}

func (m *inNamespaces) anywhere() bool          { return m.namespaces.Everything() }
func (m *inNamespaces) Only() (model.Sym, bool) { return model.Sym{}, false }
func (m *inNamespaces) Everything() bool        { return m.anywhere() && m.labels.Everything() }
func (m *inNamespaces) Key() model.Sym          { return m.key }

func (m *inNamespaces) Scope(ns *Namespace) (Reach, bool) {
	switch {
	case !m.anywhere() && !ns.Known:
		return Some, false
	case !m.anywhere() && !m.namespaces.Matches(ns.Labels):
		return None, true
	case m.labels.Everything():
		return All, true
	default:
		return Some, true
	}
}
