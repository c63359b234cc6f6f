package rbac

import (
	"math/bits"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// judge settles at Build what is asked of every pod: it depends on nothing but the subject.
func (m *Model) judge() {
	m.findWidened()
	g := newGraph(m)
	g.clusterPower()
	m.rows = make([]set, len(m.list.rows))
	for i := range m.rows {
		m.rows[i] = newSet(len(m.subjects))
	}
	m.escalates = newSet(len(m.subjects))
	for s := range g.full {
		ways := m.list.satisfied(&g.full[s])
		m.give(int32(s), m.list.rowsOf(ways))
		if own := g.direct[s].any | g.direct[s].and; ways&own != 0 && g.custom.has(int32(s)) {
			m.escalates.add(int32(s))
		}
	}
	g.byCluster()
	g.byNamespace()
	r := m.spread(g)
	m.judgeAdmins(g)
	m.record(g, r)
	for _, row := range m.rows {
		m.close(row)
		m.powerful.addAll(row)
	}
	m.close(m.powerful)
	m.judgeBaseline()
}

func (m *Model) give(s int32, rows uint32) {
	for ; rows != 0; rows &= rows - 1 {
		m.rows[bits.TrailingZeros32(rows)].add(s)
	}
}

// spread finds everything from which power is reached. Power in the whole cluster makes a namespace
// powerful in which a ServiceAccount has it; everything in one namespace is power as well, but
// makes no other namespace powerful.
func (m *Model) spread(g *graph) *reached {
	r := g.newReached()
	r.add(g.known)
	r.add(g.masters)
	r.add(m.masters)
	// The accounts of the controllers, which the API server's own bindings make powerful, live
	// there, also where a manifest leaves these bindings out.
	r.space(controllerNamespace)
	for _, row := range m.rows {
		for s := range row.all() {
			r.add(s)
		}
	}
	r.spread()
	r.spaces = false
	for i := range m.bindings[m.clusterEnd:] {
		b := &m.bindings[int(m.clusterEnd)+i]
		if b.role >= 0 && m.roles[b.role].everything {
			for _, s := range m.subjectsOf(b) {
				r.add(s)
			}
		}
	}
	r.spread()
	m.powerful = newSet(len(m.subjects))
	copy(m.powerful, r.nodes[:len(m.powerful)])
	// The nodes after the subjects share the last word.
	if rest := len(m.subjects) % 64; rest > 0 {
		m.powerful[len(m.powerful)-1] &= 1<<rest - 1
	}
	return r
}

// record keeps the rows that the steps towards power are.
func (m *Model) record(g *graph, r *reached) {
	m.acting = make(map[*model.Binding]bool)
	for i := range g.steps {
		t := &g.steps[i]
		switch {
		case !r.nodes.has(t.to) || t.row == noRow:
		case t.binding >= 0:
			m.acting[m.bindings[t.binding].source] = true
		case t.from >= g.roles:
			m.roles[t.from-g.roles].rows |= 1 << t.row
		case t.from < g.spaces:
			m.rows[t.row].add(t.from)
			if t.custom {
				m.escalates.add(t.from)
			}
		}
	}
}

// Powerful says whether the subject, by itself or through the groups that Kubernetes adds, has
// anything on the escalation list, or everything in some namespace. No binding need name it.
func (m *Model) Powerful(s model.Subject) bool { return m.knows(m.powerful, s) }

// Privileged says whether the binding, for itself, makes a subject as powerful as cluster-admin, in
// the cluster or in its namespace, or grants one something on the escalation list. A binding
// without subjects grants nothing.
func (m *Model) Privileged(b *model.Binding) bool {
	r := m.grantedRole(b)
	return r != nil && (r.everything || m.escalations(b, r) != 0)
}

// Everything says whether the binding, for itself, gives a subject every verb on every resource
// within its reach.
func (m *Model) Everything(b *model.Binding) bool {
	r := m.grantedRole(b)
	return r != nil && r.everything
}

// Escalations returns the names of what the binding grants from the escalation list for itself, in
// the list's order. A RoleBinding grants nothing cluster-wide: it can make its subjects act as a
// powerful ServiceAccount of its namespace.
func (m *Model) Escalations(b *model.Binding) (names []string) {
	r := m.grantedRole(b)
	if r == nil {
		return nil
	}
	for rows := m.escalations(b, r); rows != 0; rows &= rows - 1 {
		names = append(names, m.list.rows[bits.TrailingZeros32(rows)].Name)
	}
	return names
}

func (m *Model) escalations(b *model.Binding, r *role) uint32 {
	switch {
	case b.Namespace() == "":
		return r.rows
	case m.acting[b]:
		return 1 << m.list.row(ActAsPowerful)
	}
	return 0
}

// Escalates reports whether a binding that is no default of the API server gives the subject, for
// itself or together with others, something on the escalation list.
func (m *Model) Escalates(s model.Subject) bool {
	i, ok := m.index[s]
	return ok && m.escalates.has(i)
}

// AccessCount is how many subjects have an access of the escalation list.
type AccessCount struct {
	Name     string
	Subjects int
}

// AccessCounts returns how many subjects of the population have each access of the escalation list,
// in the order of the list.
func (m *Model) AccessCounts() []AccessCount {
	out := make([]AccessCount, len(m.rows))
	for i, row := range m.rows {
		out[i] = AccessCount{m.list.rows[i].Name, row.count()}
	}
	return out
}

// WithAccess returns the subjects of the population that have an access of the escalation list,
// sorted by kind, namespace and name.
func (m *Model) WithAccess(name string) (out []model.Subject) {
	if i := m.list.row(name); i >= 0 {
		for s := range m.rows[i].all() {
			out = append(out, m.subjects[s])
		}
	}
	return out
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
