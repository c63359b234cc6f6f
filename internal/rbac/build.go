package rbac

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Build joins roles and bindings. Its cost is that of sorting them; 20,000 bindings take some tens of milliseconds.
func Build(in Input) *Model {
	m := &Model{list: newList(in.Platform.Minor), platform: in.Platform}
	m.addRoles(in.Roles)
	m.addBindings(in.Bindings)
	m.compileRoles(in.Roles)
	m.addSubjects()
	m.addHolders()
	m.addMembers()
	m.judge()
	return m
}

func (m *Model) addRoles(roles []*model.Role) {
	m.byKey = make(map[roleKey]*model.Role, len(roles))
	for _, r := range roles {
		m.byKey[roleKey{r.Namespace(), r.Name()}] = r
	}
}

func (m *Model) addBindings(bindings []*model.Binding) {
	sorted := slices.Clone(bindings)
	slices.SortFunc(sorted, func(a, b *model.Binding) int {
		if a.NS != b.NS {
			if c := strings.Compare(a.Namespace(), b.Namespace()); c != 0 {
				return c
			}
		}
		return strings.Compare(a.Name(), b.Name())
	})
	m.bindings = make([]binding, len(sorted))
	m.byName = make(map[string]int32)
	for i, b := range sorted {
		m.bindings[i] = binding{source: b, role: -1}
		ns := b.Namespace()
		if ns == "" {
			m.clusterEnd = int32(i + 1)
			continue
		}
		if last := len(m.namespaces) - 1; last < 0 || m.namespaces[last].name != ns {
			m.byName[ns] = int32(len(m.namespaces))
			m.namespaces = append(m.namespaces, namespace{name: ns, first: int32(i)})
		}
		m.namespaces[len(m.namespaces)-1].end = int32(i + 1)
	}
}

// compileRoles numbers the roles in the order in which bindings refer to them, so that those of the cluster come first and those that
// nothing refers to last.
func (m *Model) compileRoles(all []*model.Role) {
	m.compiled = make(map[*model.Role]int32, len(m.byKey))
	for i := range m.bindings {
		b := &m.bindings[i]
		source := m.RoleOf(b.source)
		if source == nil {
			continue
		}
		n, ok := m.compiled[source]
		if !ok {
			n = int32(len(m.roles))
			m.compiled[source] = n
			m.compile(source)
		}
		b.role = n
		m.roles[n].given = m.roles[n].given || len(b.source.Subjects) > 0
		if int32(i) < m.clusterEnd {
			m.clusterRoles = int32(len(m.roles))
		}
	}
	for _, source := range all {
		if _, ok := m.compiled[source]; !ok {
			m.compiled[source] = int32(len(m.roles))
			m.compile(source)
		}
	}
}

func (m *Model) compile(source *model.Role) {
	r := role{source: source, first: int32(len(m.rules)), wide: -1}
	var w wide
	for i := range source.Rules {
		rule := newRule(&source.Rules[i])
		m.rules = append(m.rules, rule)
		r.everything = r.everything || rule.everything()
		w.add(&rule)
	}
	r.end = int32(len(m.rules))
	if w != (wide{}) {
		r.everything = r.everything || w.full()
		r.wide = int32(len(m.wides))
		m.wides = append(m.wides, w)
	}
	r.gives = m.list.weigh(m.rules[r.first:r.end])
	r.rows = m.list.rowsOf(m.list.satisfied(&r.gives))
	m.roles = append(m.roles, r)
}

// addSubjects gives every subject that a binding names its place in the sorted population.
func (m *Model) addSubjects() {
	m.index = make(map[model.Subject]int32)
	for i := range m.bindings {
		b := &m.bindings[i]
		b.first = int32(len(m.named))
		for _, s := range b.source.Subjects {
			n, ok := m.index[s]
			if !ok {
				n = int32(len(m.subjects))
				m.index[s] = n
				m.subjects = append(m.subjects, s)
			}
			m.named = append(m.named, n)
		}
		b.end = int32(len(m.named))
	}
	provisional := slices.Clone(m.subjects)
	slices.SortFunc(m.subjects, compareSubjects)
	for i, s := range m.subjects {
		m.index[s] = int32(i)
		m.kindEnds[s.Kind] = int32(i + 1)
	}
	for k := 1; k < len(m.kindEnds); k++ {
		m.kindEnds[k] = max(m.kindEnds[k], m.kindEnds[k-1])
	}
	place := make([]int32, len(provisional))
	for i, s := range provisional {
		place[i] = m.index[s]
	}
	for i, n := range m.named {
		m.named[i] = place[n]
	}
	for i := range m.bindings {
		// A binding that names a subject twice names it once.
		b := &m.bindings[i]
		list := m.named[b.first:b.end]
		slices.Sort(list)
		b.end = b.first + int32(len(slices.Compact(list)))
	}
}

// compareSubjects orders by kind, namespace and name. It compares no string that it need not.
func compareSubjects(a, b model.Subject) int {
	if a.Kind != b.Kind {
		return cmp.Compare(a.Kind, b.Kind)
	}
	if c := strings.Compare(a.Namespace, b.Namespace); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

// addHolders indexes the bindings of each subject, and the groups that Kubernetes adds it to.
func (m *Model) addHolders() {
	m.heldStart = make([]int32, len(m.subjects)+1)
	for i := range m.bindings {
		for _, s := range m.subjectsOf(&m.bindings[i]) {
			m.heldStart[s+1]++
		}
	}
	for i := range m.subjects {
		m.heldStart[i+1] += m.heldStart[i]
	}
	m.heldBy = make([]int32, m.heldStart[len(m.subjects)])
	next := slices.Clone(m.heldStart)
	for i := range m.bindings {
		for _, s := range m.subjectsOf(&m.bindings[i]) {
			m.heldBy[next[s]] = int32(i)
			next[s]++
		}
	}

	m.masters, m.serviceAccounts = m.groupAt(mastersGroup), m.groupAt(serviceAccountsGroup)
	m.authenticated, m.unauthenticated = m.groupAt(authenticatedGroup), m.groupAt(unauthenticatedGroup)
	m.ofNamespace = make(map[string]int32)
	for i := m.kindEnds[model.Group-1]; i < m.kindEnds[model.Group]; i++ {
		if ns, ok := namespaceOfGroup(m.subjects[i].Name); ok {
			m.ofNamespace[ns] = i
		}
	}
	m.chains = make([][3]int32, len(m.subjects))
	m.added = newSet(len(m.subjects))
	for i, s := range m.subjects {
		m.chains[i] = m.chain(s)
		for _, g := range m.chains[i] {
			if g >= 0 {
				m.added.add(g)
			}
		}
	}
}

func (m *Model) groupAt(name string) int32 {
	if i, ok := m.index[group(name)]; ok {
		return i
	}
	return -1
}
