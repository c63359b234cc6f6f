package rbac

import (
	"math/bits"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// WhoCan returns the subjects of the population to whom the request is allowed, by themselves or through the groups that Kubernetes
// adds, sorted by kind, namespace and name.
func (m *Model) WhoCan(a Attributes) []model.Subject {
	return m.Holders(Query{Any: []Attributes{a}})
}

// Holders returns the subjects of the population that satisfy the query, sorted by kind, namespace and name.
func (m *Model) Holders(q Query) []model.Subject {
	var out []model.Subject
	for i := range m.satisfying(q).all() {
		out = append(out, m.subjects[i])
	}
	return out
}

// Count returns how many subjects of each kind in the population satisfy the query. It is meant for every scrape: it asks each role
// once, and touches only the bindings in reach of the query.
func (m *Model) Count(q Query) (count [model.SubjectKindCount]int) {
	for i, w := range m.satisfying(q) {
		at, rest := int32(i*64), w
		for kind, end := range m.kindEnds {
			if rest == 0 {
				break
			}
			below := ^uint64(0)
			if end < at+64 {
				below = 1<<max(end-at, 0) - 1
			}
			count[kind] += bits.OnesCount64(rest & below)
			rest &^= below
		}
	}
	return count
}

// Satisfies says whether the subject, with further groups if any, satisfies the query.
func (m *Model) Satisfies(s model.Subject, extraGroups []string, q Query) bool {
	allowed := func(a Attributes) bool { return m.Allowed(s, extraGroups, a) }
	return slices.ContainsFunc(q.Any, allowed) && (len(q.And) == 0 || slices.ContainsFunc(q.And, allowed))
}

func (m *Model) satisfying(q Query) set {
	granted := m.granted(q.Any)
	if len(q.And) > 0 {
		granted.retain(m.granted(q.And))
	}
	return granted
}

// granted returns the subjects to whom any of the requests is allowed.
func (m *Model) granted(list []Attributes) set {
	out := newSet(len(m.subjects))
	if len(list) == 0 {
		return out
	}
	requests := newRequests(list)
	m.grantedByCluster(requests, out)
	var memo []int8
	for i := range requests {
		first, end := m.reach(&requests[i].Attributes)
		if first == end {
			continue
		}
		if memo == nil {
			memo = make([]int8, len(m.roles))
		}
		clear(memo)
		m.grantedByNamespace(&requests[i], m.bindings[first:end], memo, out)
	}
	m.close(out)
	return out
}

// grantedByCluster asks every role that a ClusterRoleBinding refers to: these grant whatever the namespace of a request is.
func (m *Model) grantedByCluster(requests []request, out set) {
	allowing := newSet(int(m.clusterRoles))
	for r := range m.clusterRoles {
		for i := range requests {
			if m.allows(r, &requests[i]) {
				allowing.add(r)
				break
			}
		}
	}
	for i := range m.bindings[:m.clusterEnd] {
		if b := &m.bindings[i]; allowing.has(b.role) {
			for _, s := range m.subjectsOf(b) {
				out.add(s)
			}
		}
	}
}

// grantedByNamespace asks the roles of a namespace's bindings, each once: memo keeps the answers, 0 where there is none yet.
func (m *Model) grantedByNamespace(q *request, bindings []binding, memo []int8, out set) {
	for i := range bindings {
		b := &bindings[i]
		if b.role < 0 {
			continue
		}
		if memo[b.role] == 0 {
			memo[b.role] = -1
			if m.allows(b.role, q) {
				memo[b.role] = 1
			}
		}
		if memo[b.role] > 0 {
			for _, s := range m.subjectsOf(b) {
				out.add(s)
			}
		}
	}
}
