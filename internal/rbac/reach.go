package rbac

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// graph is what a subject can become. Its nodes are the subjects, then "some ServiceAccount of a
// namespace" for each namespace with RoleBindings, then the roles, bound cluster-wide, then the two
// constants. A step leads from a node to one that it can become, or give itself.
type graph struct {
	m     *Model
	steps []step
	// spaces, roles, known and masters are where the nodes after the subjects begin.
	spaces, roles, known, masters int32
	expanded                      set
	// direct is what each subject's own ClusterRoleBindings give it, full that of its groups with
	// it.
	direct, full []power
	// custom are the subjects to which a ClusterRoleBinding of neither Kubernetes nor the provider
	// gives any of it.
	custom set
	// byName are the Roles of all namespaces by name, made when first asked for.
	byName map[string][]int32
	// wanted are the steps to ServiceAccounts of whichever namespace, by their name.
	wanted map[string][]step
}

// step leads from a node to a node; row is the row of the escalation list that it is.
type step struct {
	from, to int32
	row      int8
	// custom reports whether a binding of neither Kubernetes nor the provider gives it.
	custom bool
	// impersonates reports whether it is an impersonation.
	impersonates bool
	// binding is the RoleBinding that gives it alone, -1 for none: from is then not a node.
	binding int32
}

// noRow is the row of a step that is none by itself.
const noRow = -1

func newGraph(m *Model) *graph {
	g := &graph{m: m, spaces: int32(len(m.subjects)), custom: newSet(len(m.subjects)), expanded: newSet(len(m.roles)), wanted: make(map[string][]step)}
	g.roles = g.spaces + int32(len(m.namespaces))
	g.known = g.roles + int32(len(m.roles))
	g.masters = g.known + 1
	return g
}

// clusterPower unites what the ClusterRoleBindings give each subject, by itself and with the groups
// that Kubernetes adds.
func (g *graph) clusterPower() {
	m := g.m
	g.direct = make([]power, len(m.subjects))
	for i := range m.bindings[:m.clusterEnd] {
		b := &m.bindings[i]
		if b.role < 0 || m.roles[b.role].gives.empty() {
			continue
		}
		for _, s := range m.subjectsOf(b) {
			g.direct[s].add(&m.roles[b.role].gives)
			if m.OriginOf(b.source, m.subjects[s]) == model.CustomOrigin {
				g.custom.add(s)
			}
		}
	}
	g.full = slices.Clone(g.direct)
	for s, chain := range m.chains {
		for _, of := range chain {
			if of >= 0 {
				g.full[s].add(&g.direct[of])
			}
		}
	}
}

// byCluster adds the steps of the rights to single objects by name that hold in the whole cluster.
func (g *graph) byCluster() {
	for s := range g.full {
		if p := &g.full[s]; len(p.names) > 0 {
			g.namedSteps(p, step{from: int32(s), binding: -1, custom: g.custom.has(int32(s))})
		}
	}
	for r := range g.m.clusterRoles {
		g.expand(r)
	}
	if len(g.wanted) == 0 {
		return
	}
	for s := g.m.kindEnds[model.Group]; s < g.m.kindEnds[model.ServiceAccountSubject]; s++ {
		for _, from := range g.wanted[g.m.subjects[s].Name] {
			g.to(from, s)
		}
	}
}

// expand adds the steps of a role as if it were bound cluster-wide.
func (g *graph) expand(r int32) {
	if g.expanded.has(r) {
		return
	}
	g.expanded.add(r)
	role := &g.m.roles[r]
	from := step{from: g.roles + r, row: noRow, binding: -1}
	if role.everything || g.m.list.satisfied(&role.gives) != 0 {
		from.to = g.known
		g.steps = append(g.steps, from)
	}
	if len(role.gives.names) > 0 {
		g.namedSteps(&role.gives, from)
	}
}

// namedSteps adds a step for each object that is named. Ways that are held for every object are
// left out: they are on the escalation list already.
func (g *graph) namedSteps(p *power, from step) {
	l := &g.m.list
	acting := int8(l.row(ActAsPowerful))
	for w := range l.ways {
		if l.ways[w].Names == NoNames || l.satisfied(p)&(1<<w) != 0 {
			continue
		}
		for _, name := range g.inFull(p, w, g.m.bindings[:g.m.clusterEnd]) {
			from.row, from.impersonates = int8(l.ways[w].row), l.ways[w].Any[0].Verb == "impersonate"
			if l.ways[w].Names == AccountNames {
				from.row = acting
			}
			g.toNamed(from, w, name, p)
		}
	}
}

// inFull returns the names for which both halves of the way are held. Bindings are those that an
// And may name.
func (g *graph) inFull(p *power, w int, bindings []binding) []string {
	any, and := p.named(w, false), p.named(w, true)
	hasAny, hasAnd := p.any&(1<<w) != 0, (p.and|g.m.list.noAnd)&(1<<w) != 0
	switch {
	case hasAnd:
		return any
	case g.m.list.ways[w].Names == BoundNames:
		// What is written by name is a binding: its role counts, if it may be bound.
		kind := roleKind(&g.m.list.ways[w])
		var out []string
		for _, name := range and {
			i, ok := slices.BinarySearchFunc(bindings, name, func(b binding, name string) int { return strings.Compare(b.source.Name(), name) })
			if ok && bindings[i].source.RoleKind == kind && (hasAny || slices.Contains(any, bindings[i].source.RoleName)) {
				out = append(out, bindings[i].source.RoleName)
			}
		}
		return out
	case hasAny:
		return and
	}
	return slices.DeleteFunc(any, func(name string) bool { return !slices.Contains(and, name) })
}

// roleKind returns the kind of the roles that a way is about.
func roleKind(w *way) string {
	if w.Any[0].Resource == "clusterroles" {
		return "ClusterRole"
	}
	return "Role"
}

// toNamed adds the steps to what has the name, in whichever namespace.
func (g *graph) toNamed(from step, w int, name string, p *power) {
	m := g.m
	switch way := &m.list.ways[w]; {
	case way.Names == UserNames:
		g.to(from, g.identity(model.Subject{Kind: model.User, Name: name}))
	case way.Names == GroupNames && name == nodesGroup && g.someNode(p):
		g.to(from, g.known)
	case way.Names == GroupNames:
		g.to(from, g.identity(group(name)))
	case way.Names == AccountNames:
		g.toAccounts(from, name)
	case roleKind(way) == "Role":
		for _, r := range g.rolesNamed(name) {
			g.toRole(from, way, r)
		}
	case way.Names == BoundNames:
		if r, ok := m.compiled[m.byKey[roleKey{name: name}]]; ok {
			g.expand(r)
			g.to(from, g.roles+r)
		} else if slices.Contains(defaultPowers[:], name) {
			g.to(from, g.known)
		}
	default:
		if r, ok := m.compiled[m.byKey[roleKey{name: name}]]; ok && m.roles[r].given {
			g.to(from, g.known)
		}
	}
}

// toAccounts adds the steps to the ServiceAccounts of that name. One that no binding names has what
// the groups have that it is in.
func (g *graph) toAccounts(from step, name string) {
	g.wanted[name] = append(g.wanted[name], from)
	for _, s := range g.m.ofNamespace {
		g.to(from, s)
	}
	g.to(from, g.m.serviceAccounts)
	g.to(from, g.m.authenticated)
}

// toRole adds the step to the namespace of a Role that gives what its ServiceAccounts may do, or
// that can be made to.
func (g *graph) toRole(from step, w *way, r int32) {
	role := &g.m.roles[r]
	if acts := w.Names == BoundNames && g.m.acts(role); acts || w.Names == WrittenNames && role.given {
		if n, ok := g.m.byName[role.source.Namespace()]; ok {
			from.row = int8(g.m.list.row(ActAsPowerful))
			g.to(from, g.spaces+n)
		}
	}
}

// acts reports whether the role, in a namespace, gives what its ServiceAccounts may do.
func (m *Model) acts(r *role) bool {
	return r.everything || m.list.satisfied(&r.gives)&m.list.acts != 0
}

func (g *graph) to(from step, node int32) {
	if from.to = node; node >= 0 {
		g.steps = append(g.steps, from)
	}
}

// defaultPowers are the API server's own ClusterRoles that give power. They need not be in a
// manifest, and the API server puts back what is missing of them.
var defaultPowers = [...]string{clusterAdminRole, "admin", "edit"}

// nodesGroup is what the Node authorizer, which RBAC knows nothing of, takes for the nodes.
const (
	nodesGroup        = "system:nodes"
	nodePrefix        = "system:node:"
	controllerManager = "system:kube-controller-manager"
)

// someNode reports whether the user of some node can be impersonated.
func (g *graph) someNode(p *power) bool {
	for w := range g.m.list.ways {
		if g.m.list.ways[w].Names == UserNames && (p.any&(1<<w) != 0 ||
			slices.ContainsFunc(p.named(w, false), func(name string) bool { return strings.HasPrefix(name, nodePrefix) })) {
			return true
		}
	}
	return false
}

// identity is the node of the identity that comes under the name, -1 if nothing is granted to it. A
// ServiceAccount is not impersonated as a user.
func (g *graph) identity(s model.Subject) int32 {
	switch {
	case s == group(mastersGroup):
		return g.masters
	case s == user(controllerManager): // its binding need not be in a manifest
		return g.known
	case canonical(s) != s:
		return -1
	}
	if i, ok := g.m.standIn(s); ok {
		return i
	}
	return -1
}

func (g *graph) rolesNamed(name string) []int32 {
	if g.byName == nil {
		g.byName = make(map[string][]int32)
		for i := range g.m.roles {
			if r := g.m.roles[i].source; r.Namespace() != "" {
				g.byName[r.Name()] = append(g.byName[r.Name()], int32(i))
			}
		}
	}
	return g.byName[name]
}
