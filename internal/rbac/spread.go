package rbac

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// local is what RoleBindings of one namespace give, by subject. It is emptied after each namespace.
type local struct {
	power   []power
	touched []int32
	custom  set
}

// byNamespace adds the steps from the subjects that may act as the ServiceAccounts of a namespace.
func (g *graph) byNamespace() {
	m := g.m
	here := &local{power: make([]power, len(m.subjects)), custom: newSet(len(m.subjects))}
	for n := range m.namespaces {
		ns := &m.namespaces[n]
		for i := ns.first; i < ns.end; i++ {
			b := &m.bindings[i]
			if b.role < 0 || m.roles[b.role].gives.empty() {
				continue
			}
			for _, s := range m.subjectsOf(b) {
				if here.power[s].empty() {
					here.touched = append(here.touched, s)
				}
				here.power[s].add(&m.roles[b.role].gives)
				if m.OriginOf(b.source, m.subjects[s]) == model.CustomOrigin {
					here.custom.add(s)
				}
			}
			g.byBinding(i, int32(n))
		}
		for _, s := range here.touched {
			g.localSteps(here, s, int32(n))
		}
		for _, s := range here.touched {
			here.power[s] = power{}
			here.custom.remove(s)
		}
		here.touched = here.touched[:0]
	}
}

// localSteps adds the steps of one subject in a namespace, where what it may do in the whole
// cluster counts too. What that alone gives is on the escalation list as such.
func (g *graph) localSteps(here *local, s, n int32) {
	l := &g.m.list
	p := here.power[s]
	for _, of := range g.m.chains[s] {
		if of >= 0 {
			p.add(&here.power[of])
		}
	}
	p.add(&g.full[s])
	from := step{from: s, row: int8(l.row(ActAsPowerful)), binding: -1, custom: here.custom.has(s)}
	if l.satisfied(&p)&^l.satisfied(&g.full[s])&l.acts != 0 {
		g.to(from, g.spaces+n)
	}
	if len(p.names) > len(g.full[s].names) {
		g.localNames(&p, from, n)
	}
}

// byBinding adds what a RoleBinding gives by itself.
func (g *graph) byBinding(i, n int32) {
	role := &g.m.roles[g.m.bindings[i].role]
	from := step{from: -1, row: int8(g.m.list.row(ActAsPowerful)), binding: i}
	if g.m.acts(role) {
		g.to(from, g.spaces+n)
	}
	if len(role.gives.names) > 0 {
		g.localNames(&role.gives, from, n)
	}
}

// localNames adds a step for each object of the namespace that is named.
func (g *graph) localNames(p *power, from step, n int32) {
	m := g.m
	ns := &m.namespaces[n]
	for w := range m.list.ways {
		way := &m.list.ways[w]
		if !way.Acts || way.Names == NoNames || m.list.satisfied(p)&(1<<w) != 0 {
			continue
		}
		for _, name := range g.inFull(p, w, m.bindings[ns.first:ns.end]) {
			if way.Names == AccountNames {
				g.to(from, g.account(ns.name, name))
				continue
			}
			key := roleKey{name: name}
			if roleKind(way) == "Role" {
				key.namespace = ns.name
			}
			r, ok := m.compiled[m.byKey[key]]
			acts := ok && m.acts(&m.roles[r]) || !ok && key.namespace == "" && slices.Contains(defaultPowers[:], name)
			if way.Names == BoundNames && acts || way.Names == WrittenNames && ok && m.roles[r].given {
				g.to(from, g.spaces+n)
			}
		}
	}
}

// account is the node of a ServiceAccount, -1 if nothing is granted to it.
func (g *graph) account(namespace, name string) int32 {
	if i, ok := g.m.standIn(model.Subject{Kind: model.ServiceAccountSubject, Namespace: namespace, Name: name}); ok {
		return i
	}
	return -1
}

// reached are the nodes from which power is reached.
type reached struct {
	g *graph
	// into are the steps by the node they lead to: those of node n from start[n].
	into, start []int32
	nodes       set
	queue       []int32
	// spaces reports whether a powerful ServiceAccount makes its namespace powerful.
	spaces bool
}

func (g *graph) newReached() *reached {
	r := &reached{g: g, start: make([]int32, g.masters+2), into: make([]int32, len(g.steps)), nodes: newSet(int(g.masters) + 1), spaces: true}
	for i := range g.steps {
		r.start[g.steps[i].to+1]++
	}
	for i := range g.masters + 1 {
		r.start[i+1] += r.start[i]
	}
	next := slices.Clone(r.start)
	for i := range g.steps {
		to := g.steps[i].to
		r.into[next[to]] = int32(i)
		next[to]++
	}
	return r
}

func (r *reached) add(node int32) {
	if node >= 0 && !r.nodes.has(node) {
		r.nodes.add(node)
		r.queue = append(r.queue, node)
	}
}

// spread follows the steps backwards: each node and each step is looked at once.
func (r *reached) spread() {
	for len(r.queue) > 0 {
		node := r.queue[len(r.queue)-1]
		r.queue = r.queue[:len(r.queue)-1]
		for _, i := range r.into[r.start[node]:r.start[node+1]] {
			r.add(r.g.steps[i].from)
		}
		if node < r.g.spaces {
			r.spreadFrom(node)
		}
	}
}

// spreadFrom: what a group has, its members have, and what a ServiceAccount has, its namespace
// gives.
func (r *reached) spreadFrom(s int32) {
	m := r.g.m
	subject := m.subjects[s]
	switch {
	case subject.Kind == model.ServiceAccountSubject:
		r.space(subject.Namespace)
		return
	case !m.added.has(s):
	case s == m.serviceAccounts || s == m.authenticated || s == m.unauthenticated:
		for i := range m.chains {
			if slices.Contains(m.chains[i][:], s) {
				r.add(int32(i))
			}
		}
	default:
		for _, i := range m.accountsOf(strings.TrimPrefix(subject.Name, serviceAccountsPrefix)) {
			r.add(i)
		}
	}
	if ns, ok := namespaceOfGroup(subject.Name); ok {
		r.space(ns)
	} else if s == m.serviceAccounts || s == m.authenticated {
		for n := range m.namespaces {
			r.space(m.namespaces[n].name)
		}
	}
}

func (r *reached) space(name string) {
	if n, ok := r.g.m.byName[name]; ok && r.spaces {
		r.add(r.g.spaces + n)
	}
}

// accountsOf returns the ServiceAccounts of a namespace in the population.
func (m *Model) accountsOf(namespace string) (all []int32) {
	first, end := m.kindEnds[model.Group], m.kindEnds[model.ServiceAccountSubject]
	at, _ := slices.BinarySearchFunc(m.subjects[first:end], namespace, func(s model.Subject, ns string) int { return strings.Compare(s.Namespace, ns) })
	for i := first + int32(at); i < end && m.subjects[i].Namespace == namespace; i++ {
		all = append(all, i)
	}
	return all
}
