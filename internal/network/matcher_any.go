package network

import (
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// union matches what at least one of its matchers does.
type union struct {
	of         []Matcher
	only       model.Sym
	restricted bool
	every      bool
	key        model.Sym
}

func newAny(matchers []Matcher) *union {
	u := &union{of: matchers, restricted: true}
	var text strings.Builder
	keyed := true
	for i, m := range matchers {
		only, ok := m.Only()
		u.restricted = u.restricted && ok && (i == 0 || only == u.only)
		u.only = only
		k, ok := m.(Keyed)
		if keyed = keyed && ok && k.Key() != (model.Sym{}); keyed {
			text.WriteString(" or ")
			text.WriteString(model.Text(k.Key()))
		}
	}
	for _, m := range matchers {
		_, one := m.Only()
		u.every = u.every || m.Everything() && one == u.restricted
	}
	if keyed {
		u.key = model.Intern(text.String())
	}
	if !u.restricted {
		u.only = model.Sym{}
	}
	return u
}

func (u *union) Match(e *Endpoint) bool {
	for _, m := range u.of {
		if m.Match(e) {
			return true
		}
	}
	return false
}

func (u *union) Only() (model.Sym, bool) { return u.only, u.restricted }
func (u *union) Everything() bool        { return u.every }
func (u *union) Key() model.Sym          { return u.key }

func (u *union) Scope(ns *Namespace) (Reach, bool) {
	most, sure := None, true
	for _, m := range u.of {
		reach, known := ScopeOf(m, ns)
		if known && reach == All {
			return All, true
		}
		most, sure = max(most, reach), sure && known
	}
	return most, sure
}

// ScopeOf says how many of the namespace's pods the matcher matches, as far as can be told without asking for each: None and All are
// certain when it returns true, and when it returns false any pod of the namespace may match.
func ScopeOf(m Matcher, ns *Namespace) (Reach, bool) {
	if s, ok := m.(Scoped); ok {
		return s.Scope(ns)
	}
	only, restricted := m.Only()
	switch {
	case restricted && only != ns.Name:
		return None, true
	case m.Everything():
		return All, true
	default:
		return Some, ns.Known
	}
}
