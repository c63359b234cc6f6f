package rbac

import (
	"cmp"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Grant is one way in which a subject is allowed something.
type Grant struct {
	Binding *model.Binding
	Role    *model.Role
	// Via is the subject of the binding through which it comes: the subject itself or a group it is in.
	Via model.Subject
}

// Allowed says whether the request is allowed to the subject, as a SubjectAccessReview with its Username, its Groups and the extra
// groups would. Extra groups are taken as they are: no further group follows from them. No binding need name the subject.
func (m *Model) Allowed(s model.Subject, extraGroups []string, a Attributes) bool {
	if s == group(mastersGroup) || slices.Contains(extraGroups, mastersGroup) {
		return true
	}
	allowed := false
	m.visit(s, extraGroups, a, func(grantAt) bool {
		allowed = true
		return false
	})
	return allowed
}

// Why returns every grant that allows the request to the subject: those of ClusterRoleBindings before those of RoleBindings, then
// by the name of the binding and by Via. system:masters is allowed everything without any.
func (m *Model) Why(s model.Subject, extraGroups []string, a Attributes) []Grant {
	var found []grantAt
	m.visit(s, extraGroups, a, func(g grantAt) bool {
		found = append(found, g)
		return true
	})
	return m.grants(found)
}

// grantAt is a Grant by places.
type grantAt struct{ binding, via int32 }

// grants sorts and resolves.
func (m *Model) grants(found []grantAt) []Grant {
	slices.SortFunc(found, func(a, b grantAt) int {
		return cmp.Or(cmp.Compare(a.binding, b.binding), cmp.Compare(a.via, b.via))
	})
	var out []Grant
	for _, g := range found {
		b := &m.bindings[g.binding]
		out = append(out, Grant{Binding: b.source, Role: m.roles[b.role].source, Via: m.subjects[g.via]})
	}
	return out
}

// visit calls fn for every grant that allows the request to the subject until fn returns false.
func (m *Model) visit(s model.Subject, extraGroups []string, a Attributes, fn func(grantAt) bool) {
	q := newRequest(a)
	first, end := m.reach(&a)
	for _, holder := range m.holders(s, extraGroups) {
		for _, i := range m.held(holder) {
			if i >= m.clusterEnd && (i < first || i >= end) {
				continue
			}
			if b := &m.bindings[i]; b.role >= 0 && m.allows(b.role, &q) && !fn(grantAt{binding: i, via: holder}) {
				return
			}
		}
	}
}

// holders returns the places of all in the population that the subject's requests match: itself and its groups.
func (m *Model) holders(s model.Subject, extraGroups []string) []int32 {
	s = canonical(s)
	out := make([]int32, 0, 4+len(extraGroups))
	if i, ok := m.index[s]; ok {
		out = append(out, i)
	}
	for _, i := range m.chain(s) {
		if i >= 0 {
			out = append(out, i)
		}
	}
	for _, g := range extraGroups {
		if i := m.groupAt(g); i >= 0 {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
