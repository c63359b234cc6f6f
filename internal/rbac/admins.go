package rbac

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Admin is a subject as powerful as cluster-admin.
type Admin struct {
	Subject model.Subject
	// Origin is custom when any grant that makes it so is, else the provider's when any is, else built in.
	Origin model.Origin
	// Grants are the bindings that make it so, each for itself, sorted as Why sorts; none for system:masters when no binding says
	// what it may do anyway.
	Grants []Grant
}

// ClusterAdmins returns the subjects of the population to whom every verb on every resource is allowed everywhere, sorted by kind,
// namespace and name. Non-resource URLs are not asked for.
func (m *Model) ClusterAdmins() []Admin {
	granted := newSet(len(m.subjects))
	direct := make(map[int32][]grantAt)
	for i := range m.bindings[:m.clusterEnd] {
		b := &m.bindings[i]
		if b.role < 0 || !m.roles[b.role].everything {
			continue
		}
		for _, s := range m.subjectsOf(b) {
			granted.add(s)
			direct[s] = append(direct[s], grantAt{binding: int32(i), via: s})
		}
	}
	m.close(granted)
	var out []Admin
	for s := range granted.all() {
		found := slices.Clone(direct[s])
		for _, g := range m.chains[s] {
			found = append(found, direct[g]...)
		}
		a := Admin{Subject: m.subjects[s], Grants: m.grants(found), Origin: model.BuiltInOrigin}
		for _, g := range a.Grants {
			a.Origin = a.Origin.And(m.AdminOrigin(g))
		}
		out = append(out, a)
	}
	return out
}

// NamespaceAdmins visits, namespace by namespace, every subject that its RoleBindings name, once, and says whether these RoleBindings,
// by its own name or through the groups that Kubernetes adds, allow it every verb on every resource there. What ClusterRoleBindings
// grant does not count.
func (m *Model) NamespaceAdmins(visit func(namespace string, s model.Subject, admin bool)) {
	for i := range m.namespaces {
		n := &m.namespaces[i]
		for _, s := range n.members {
			visit(n.name, m.subjects[s.subject], s.admin)
		}
	}
}

// addMembers finds the members of every namespace and those of them whom its bindings give everything there.
func (m *Model) addMembers() {
	direct := newSet(len(m.subjects))
	var buffer []int32
	for i := range m.namespaces {
		n := &m.namespaces[i]
		buffer = buffer[:0]
		for j := n.first; j < n.end; j++ {
			b := &m.bindings[j]
			buffer = append(buffer, m.subjectsOf(b)...)
			if b.role >= 0 && m.roles[b.role].everything {
				for _, s := range m.subjectsOf(b) {
					direct.add(s)
				}
			}
		}
		slices.Sort(buffer)
		subjects := slices.Compact(buffer)
		n.members = make([]member, len(subjects))
		for k, s := range subjects {
			n.members[k] = member{subject: s, admin: direct.has(s) || m.inChain(direct, s)}
		}
		for _, s := range subjects {
			direct.remove(s)
		}
	}
}

// inChain says whether a group that Kubernetes adds to the subject is in the set.
func (m *Model) inChain(in set, subject int32) bool {
	for _, g := range m.chains[subject] {
		if in.has(g) {
			return true
		}
	}
	return false
}
