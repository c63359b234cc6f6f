package rbac

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// judge settles at Build what is asked of every pod: it depends on nothing but the subject.
func (m *Model) judge() {
	m.judgeRoles()
	m.findWidened()
	m.powerful = newSet(len(m.subjects))
	for i := range m.bindings[m.clusterEnd:] {
		b := &m.bindings[int(m.clusterEnd)+i]
		if b.role >= 0 && m.roles[b.role].everything {
			for _, s := range m.subjectsOf(b) {
				m.powerful.add(s)
			}
		}
	}
	m.close(m.powerful)
	for _, q := range m.escalation {
		m.powerful.addAll(m.satisfying(q))
	}
	m.judgeBaseline()
}

// judgeRoles finds what each role grants from the escalation list by itself.
func (m *Model) judgeRoles() {
	type prepared struct{ any, and []request }
	queries := make([]prepared, len(m.escalation))
	for i, q := range m.escalation {
		queries[i] = prepared{newRequests(q.Any), newRequests(q.And)}
	}
	for r := range m.roles {
		grantsAny := func(list []request) bool {
			return slices.ContainsFunc(list, func(q request) bool { return m.allows(int32(r), &q) })
		}
		for i, q := range queries {
			if grantsAny(q.any) && (len(q.and) == 0 || grantsAny(q.and)) {
				m.roles[r].escalations |= 1 << i
			}
		}
	}
}

// Powerful says whether the subject, by itself or through the groups that Kubernetes adds, can do anything on the escalation list
// cluster-wide, or everything in some namespace. No binding need name it.
func (m *Model) Powerful(s model.Subject) bool { return m.knows(m.powerful, s) }

// Privileged says whether the binding, for itself, makes a subject as powerful as cluster-admin, in the cluster or in its namespace,
// or grants one something on the escalation list cluster-wide. A binding without subjects grants nobody anything.
func (m *Model) Privileged(b *model.Binding) bool {
	r := m.grantedRole(b)
	return r != nil && (r.everything || (b.Namespace() == "" && r.escalations != 0))
}

// Everything says whether the binding, for itself, gives a subject every verb on every resource within its reach.
func (m *Model) Everything(b *model.Binding) bool {
	r := m.grantedRole(b)
	return r != nil && r.everything
}

// Escalations returns the names of what the binding grants from the escalation list for itself, in the list's order; a RoleBinding
// grants nothing cluster-wide.
func (m *Model) Escalations(b *model.Binding) []string {
	r := m.grantedRole(b)
	if r == nil || b.Namespace() != "" {
		return nil
	}
	var names []string
	for i, q := range m.escalation {
		if r.escalations&(1<<i) != 0 {
			names = append(names, q.Name)
		}
	}
	return names
}

// grantedRole returns the role that the binding gives to somebody.
func (m *Model) grantedRole(b *model.Binding) *role {
	if len(b.Subjects) == 0 {
		return nil
	}
	if i, ok := m.compiled[m.RoleOf(b)]; ok {
		return &m.roles[i]
	}
	return nil
}
