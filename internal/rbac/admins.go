package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Admin is a subject that is cluster-admin in effect.
type Admin struct {
	Subject model.Subject
	// Origin is custom when any grant that makes it so is, else the provider's when any is, else
	// built in.
	Origin model.Origin
	// Grants are the bindings that make it so, each for itself, sorted as Why sorts; none for
	// system:masters when no binding says what it may do anyway.
	Grants []Grant
}

// ClusterAdmins returns the subjects of the population that are cluster-admin in effect, sorted by
// kind, namespace and name: by their cluster-wide rules, and with no more than a header that
// impersonates,
//
//   - one rule allows every verb on every resource, or
//   - the rules together allow the eight verbs of the API on every resource of each API group that
//     the escalation list names, or
//   - they may impersonate the group system:masters, or a subject that is cluster-admin in effect.
//
// Non-resource URLs are not asked for. A subject that has to write something first, such as a
// binding, is on the escalation list instead.
func (m *Model) ClusterAdmins() []Admin {
	var out []Admin
	for s := range m.admins.all() {
		a := Admin{Subject: m.subjects[s], Grants: m.adminGrants(s), Origin: model.BuiltInOrigin}
		for _, g := range a.Grants {
			a.Origin = a.Origin.And(m.AdminOrigin(g))
		}
		out = append(out, a)
	}
	return out
}

// adminGrants returns the bindings that make a subject cluster-admin in effect: those that give
// everything, if there are any.
func (m *Model) adminGrants(s int32) []Grant {
	gives := func(role *role) bool { return role.everything }
	found := m.grantsOf(s, gives)
	if len(found) == 0 && m.united.has(s) {
		found = m.grantsOf(s, func(role *role) bool { return role.wide >= 0 })
	}
	if len(found) == 0 {
		found = m.grantsOf(s, func(role *role) bool { return m.list.impersonates(&role.gives) })
	}
	return m.grants(found)
}

// grantsOf returns the ClusterRoleBindings of a subject and its groups whose role is such.
func (m *Model) grantsOf(s int32, such func(*role) bool) (found []grantAt) {
	for _, via := range append([]int32{s}, m.chains[s][:]...) {
		if via < 0 {
			continue
		}
		for _, i := range m.held(via) {
			if b := &m.bindings[i]; i < m.clusterEnd && b.role >= 0 && such(&m.roles[b.role]) {
				found = append(found, grantAt{binding: i, via: via})
			}
		}
	}
	return found
}

// judgeAdmins closes the subjects that are allowed everything over the steps that are
// impersonations.
func (m *Model) judgeAdmins(g *graph) {
	all := newSet(len(m.subjects))
	for i := range m.bindings[:m.clusterEnd] {
		if b := &m.bindings[i]; b.role >= 0 && m.roles[b.role].everything {
			for _, s := range m.subjectsOf(b) {
				all.add(s)
			}
		}
	}
	m.unitedAdmins()
	all.addAll(m.united)
	m.close(all)
	for m.impersonators(g, all) {
		m.close(all)
	}
	m.admins = all
}

// impersonators adds the subjects that may impersonate one of the set, and reports whether there
// were any.
func (m *Model) impersonators(g *graph, all set) bool {
	before := all.count()
	var kinds [model.SubjectKindCount]bool
	for s := range all.all() {
		kinds[m.subjects[s].Kind] = true
	}
	var ways uint64
	for w := range m.list.ways {
		switch way := &m.list.ways[w]; {
		case way.Any[0].Verb != "impersonate":
		case way.Names == UserNames && kinds[model.User], way.Names == AccountNames && kinds[model.ServiceAccountSubject],
			way.Names == GroupNames: // system:masters is a group
			ways |= 1 << w
		}
	}
	for s := range g.full {
		if m.list.satisfied(&g.full[s])&ways != 0 {
			all.add(int32(s))
		}
	}
	for i := range g.steps {
		if t := &g.steps[i]; t.impersonates && t.from >= 0 && t.from < g.spaces && (t.to == g.masters || t.to < g.spaces && all.has(t.to)) {
			all.add(t.from)
		}
	}
	return all.count() > before
}

// impersonates reports whether the power is, or has a half of, an impersonation.
func (l *list) impersonates(p *power) bool {
	for w := range l.ways {
		if l.ways[w].Any[0].Verb == "impersonate" && ((p.any|p.and)&(1<<w) != 0 || p.named(w, false) != nil) {
			return true
		}
	}
	return false
}

// unitedAdmins finds the subjects whose cluster-wide rules together are full.
func (m *Model) unitedAdmins() {
	m.united = newSet(len(m.subjects))
	direct := make(map[int32]wide)
	for i := range m.bindings[:m.clusterEnd] {
		b := &m.bindings[i]
		if b.role < 0 || m.roles[b.role].wide < 0 {
			continue
		}
		for _, s := range m.subjectsOf(b) {
			w := direct[s]
			w.unite(&m.wides[m.roles[b.role].wide])
			direct[s] = w
		}
	}
	if len(direct) == 0 {
		return
	}
	for s := range m.chains {
		w := direct[int32(s)]
		for _, of := range m.chains[s] {
			o := direct[of]
			w.unite(&o)
		}
		if w.full() {
			m.united.add(int32(s))
		}
	}
}

// wide is what rules allow on every resource: for each verb of the API the API groups, as bits.
type wide [len(wideVerbs)]uint8

// wideVerbs are the verbs of the API's own requests. The special ones (bind, escalate, impersonate,
// approve, sign, attest) are asked for on top of these, and one that has all eight is a token away
// from them: it may make one for the API server's own controllers.
var wideVerbs = [...]string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}

// wideGroups are the API groups that the escalation list names.
var wideGroups = [...]string{coreGroup, appsGroup, batchGroup, rbacGroup, certificatesGroup, admissionGroup, aggregationGroup}

func (w *wide) add(r *rule) {
	if len(r.source.ResourceNames) > 0 || !slices.Contains(r.source.Resources, rbacv1.ResourceAll) {
		return
	}
	var groups uint8
	for i, g := range wideGroups {
		if matches(r.source.APIGroups, g) {
			groups |= 1 << i
		}
	}
	for i, v := range wideVerbs {
		if matches(r.source.Verbs, v) {
			w[i] |= groups
		}
	}
}

func (w *wide) unite(o *wide) {
	for i := range w {
		w[i] |= o[i]
	}
}

// full reports whether each verb is allowed on every resource of every group.
func (w *wide) full() bool {
	for _, groups := range w {
		if groups != 1<<len(wideGroups)-1 {
			return false
		}
	}
	return true
}

// NamespaceAdmins visits, namespace by namespace, every subject that its RoleBindings name, once,
// and says whether these RoleBindings, by its own name or through the groups that Kubernetes adds,
// allow it every verb on every resource there. What ClusterRoleBindings grant does not count.
func (m *Model) NamespaceAdmins(visit func(namespace string, s model.Subject, admin bool)) {
	for i := range m.namespaces {
		n := &m.namespaces[i]
		for _, s := range n.members {
			visit(n.name, m.subjects[s.subject], s.admin)
		}
	}
}

// addMembers finds the members of every namespace and those of them whom its bindings give
// everything there.
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
