package rbac

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// The naive oracle of power: each step by a request, closed over by asking everybody again until
// nothing changes.

// powers is what the oracle knows of a world so far.
type powers struct {
	*world
	// everybody are all identities that may come: the population, the askers, and those that rules
	// name.
	everybody []model.Subject
	// strong has power in the whole cluster; local has everything in some namespace, or becomes who
	// has.
	strong, local map[model.Subject]bool
	// strongRoles give such power when they are bound cluster-wide.
	strongRoles, localRoles map[string]bool
	// names are what the rules name, and a name that none does.
	names []string
	// held and direct are asked for again and again: the bindings of a subject, and whether they
	// are power without any name.
	held   map[model.Subject][]rawBinding
	direct map[string]bool
}

func newPowers(w *world) *powers {
	p := &powers{world: w, strong: map[model.Subject]bool{}, local: map[model.Subject]bool{}, strongRoles: map[string]bool{}, localRoles: map[string]bool{},
		names: []string{"unnamed"}, held: map[model.Subject][]rawBinding{}, direct: map[string]bool{}}
	for _, r := range w.in.Roles {
		for _, rule := range r.Rules {
			p.names = append(p.names, rule.ResourceNames...)
		}
	}
	slices.Sort(p.names)
	p.names = slices.Compact(p.names)
	p.everybody = append(slices.Clone(worldAskers), w.population()...)
	for _, name := range p.names {
		p.everybody = append(p.everybody, user(name), group(name))
		for _, ns := range worldNamespaces {
			p.everybody = append(p.everybody, account(ns, name))
		}
	}
	slices.SortFunc(p.everybody, compareSubjects)
	p.everybody = slices.Compact(p.everybody)
	for _, s := range p.everybody {
		p.held[s] = w.bindingsOf(s, nil)
	}
	// First power in the whole cluster, then what follows from everything in one namespace.
	p.close(p.strong, p.strongRoles)
	for s := range p.strong {
		p.local[s] = true
	}
	for r := range p.strongRoles {
		p.localRoles[r] = true
	}
	for _, s := range p.everybody {
		if slices.ContainsFunc(worldNamespaces, func(ns string) bool { return w.grantedByAny(p.held[s], everything(ns)) }) {
			p.local[s] = true
		}
	}
	p.close(p.local, p.localRoles)
	return p
}

// close adds to those that have power every identity that can take one step to it.
func (p *powers) close(have map[model.Subject]bool, roles map[string]bool) {
	have[group(mastersGroup)] = true
	for changed := true; changed; {
		changed = false
		for _, s := range p.everybody {
			if !have[s] && p.hasPower(s.Kind.String()+s.Namespace+"/"+s.Name, p.held[s], have, roles) {
				have[s], changed = true, true
			}
		}
		for _, r := range p.in.Roles {
			if r.Namespace() == "" && !roles[r.Name()] && p.hasPower("role "+r.Name(), p.alone("", r), have, roles) {
				roles[r.Name()], changed = true, true
			}
		}
	}
}

// alone are a role's rights, held in the cluster or a namespace by a binding and nothing else.
func (p *powers) alone(namespace string, r *model.Role) []rawBinding {
	kind := "Role"
	if r.Namespace() == "" {
		kind = "ClusterRole"
	}
	return []rawBinding{{Binding: bind(namespace, "alone", kind, r.Name(), user("alice"))}}
}

// may asks as the API server does: a request in a namespace, or for the whole cluster, by name.
func (p *powers) may(held []rawBinding, verb, namespace, name string, a Attributes) bool {
	a.Verb, a.Namespace, a.Name = verb, namespace, name
	return p.grantedByAny(held, a)
}

// writes: some object of that name, or a new one, can be written.
func (p *powers) writes(held []rawBinding, namespace, name string, a Attributes) bool {
	return p.may(held, "create", namespace, "", a) || p.may(held, "update", namespace, name, a) || p.may(held, "patch", namespace, name, a)
}

// hasPower asks for the ways without names once for each key.
func (p *powers) hasPower(key string, held []rawBinding, have map[model.Subject]bool, roles map[string]bool) bool {
	direct, ok := p.direct[key]
	if !ok {
		direct = slices.ContainsFunc(EscalationList(), func(a Access) bool {
			return slices.ContainsFunc(a.Ways, func(w Way) bool { return p.way(held, "", w) })
		})
		p.direct[key] = direct
	}
	if direct {
		return true
	}
	for _, name := range p.names {
		if p.byName(held, name, have, roles) {
			return true
		}
	}
	return slices.ContainsFunc(worldNamespaces, func(ns string) bool { return p.strongAccount(ns) && p.actsIn(held, ns) })
}

// way asks for a way for every object: by a name that nothing has, where the request carries one.
func (p *powers) way(held []rawBinding, namespace string, w Way) bool {
	allowed := func(a Attributes) bool {
		name := a.Name
		if nameless := a.Verb == "list" || a.Verb == "watch" || a.Verb == "deletecollection" || a.Verb == "create" && a.Subresource == ""; !nameless && name == "" {
			name = "a-fresh-name"
		}
		return p.may(held, a.Verb, namespace, name, a)
	}
	and := len(w.And) == 0 || slices.ContainsFunc(w.And, allowed)
	if w.Names == GroupNames {
		and = p.someUser(held)
	}
	return slices.ContainsFunc(w.Any, allowed) && and
}

func (p *powers) someUser(held []rawBinding) bool {
	return slices.ContainsFunc(append(slices.Clone(p.names), "a-fresh-name"), func(name string) bool {
		return p.may(held, "impersonate", "", name, core("users")) || p.may(held, "impersonate", "", name, core("serviceaccounts"))
	})
}

// byName takes the steps to one object by name, with rights in the whole cluster or, to a
// ServiceAccount, in its namespace.
func (p *powers) byName(held []rawBinding, name string, have map[model.Subject]bool, strongRoles map[string]bool) bool {
	if p.may(held, "impersonate", "", name, core("users")) && have[user(name)] && canonical(user(name)) == user(name) {
		return true
	}
	if p.may(held, "impersonate", "", name, core("groups")) && have[group(name)] && p.someUser(held) {
		return true
	}
	for _, ns := range append(slices.Clone(worldNamespaces), "c") {
		if (p.may(held, "impersonate", ns, name, core("serviceaccounts")) || p.may(held, "create", ns, name, sub("serviceaccounts", "token"))) && have[account(ns, name)] {
			return true
		}
	}
	if p.may(held, "escalate", "", name, roles("clusterroles")) && p.bound("", "ClusterRole", name) &&
		(p.may(held, "update", "", name, roles("clusterroles")) || p.may(held, "patch", "", name, roles("clusterroles")) || p.may(held, "create", "", "", roles("clusterroles"))) {
		return true
	}
	if p.may(held, "bind", "", name, roles("clusterroles")) && strongRoles[name] &&
		(p.may(held, "create", "", "", roles("clusterrolebindings")) || p.binds(held, "", "ClusterRole", name, "clusterrolebindings") ||
			p.writes(held, "", "a-fresh-name", roles("rolebindings")) || p.writes(held, "", "a-fresh-name", roles("clusterrolebindings"))) {
		return true
	}
	// A Role of that name in whichever namespace.
	return slices.ContainsFunc(worldNamespaces, func(ns string) bool {
		return p.strongAccount(ns) && (p.may(held, "bind", "", name, roles("roles")) && p.writes(held, "", "a-fresh-name", roles("rolebindings")) && p.roleActs(ns, "Role", name) ||
			p.may(held, "escalate", "", name, roles("roles")) && p.bound(ns, "Role", name) && p.writes(held, "", name, roles("roles")))
	})
}

// binds: some binding to the role can be changed by name.
func (p *powers) binds(held []rawBinding, namespace, kind, role, resource string) bool {
	return slices.ContainsFunc(p.bindings, func(b rawBinding) bool {
		return b.Namespace() == namespace && b.RoleKind == kind && b.RoleName == role &&
			(p.may(held, "update", namespace, b.Name(), roles(resource)) || p.may(held, "patch", namespace, b.Name(), roles(resource)))
	})
}

// bound: a binding gives the role to somebody.
func (p *powers) bound(namespace, kind, name string) bool {
	return slices.ContainsFunc(p.bindings, func(b rawBinding) bool {
		r := p.role(b.Binding)
		return r != nil && len(b.Subjects) > 0 && b.RoleKind == kind && r.Namespace() == namespace && r.Name() == name
	})
}

func (p *powers) strongAccount(ns string) bool {
	for s := range p.strong {
		if s.Kind == model.ServiceAccountSubject && s.Namespace == ns && p.strong[s] {
			return true
		}
	}
	return false
}

// actsIn: the rights give, in the namespace, what its ServiceAccounts may do.
func (p *powers) actsIn(held []rawBinding, ns string) bool {
	for _, a := range EscalationList() {
		for _, w := range a.Ways {
			if w.Acts && p.way(held, ns, w) {
				return true
			}
		}
	}
	return slices.ContainsFunc(p.names, func(name string) bool {
		return p.may(held, "escalate", ns, name, roles("roles")) && p.bound(ns, "Role", name) && p.writes(held, ns, name, roles("roles")) ||
			slices.ContainsFunc([]string{"Role", "ClusterRole"}, func(kind string) bool {
				return p.may(held, "bind", ns, name, roles(strings.ToLower(kind)+"s")) && p.roleActs(ns, kind, name) &&
					(p.writes(held, ns, "a-fresh-name", roles("rolebindings")) || p.binds(held, ns, kind, name, "rolebindings"))
			})
	})
}

// roleActs: a role, bound in the namespace, acts there by itself.
func (p *powers) roleActs(ns, kind, name string) bool {
	r := p.role(bind(ns, "x", kind, name))
	if r == nil {
		return false
	}
	held := p.alone(ns, r)
	return slices.ContainsFunc(EscalationList(), func(a Access) bool {
		return slices.ContainsFunc(a.Ways, func(w Way) bool { return w.Acts && p.way(held, ns, w) })
	})
}

// privileged asks for the rights of the binding alone.
func (p *powers) privileged(b *model.Binding) bool {
	r := p.role(b)
	if len(b.Subjects) == 0 || r == nil {
		return false
	}
	held := p.alone(b.Namespace(), r)
	if b.Namespace() == "" {
		return p.hasPower("role "+r.Name(), held, p.local, p.localRoles)
	}
	if p.grantedByAny(held, everything(b.Namespace())) || p.strongAccount(b.Namespace()) && p.actsIn(held, b.Namespace()) {
		return true
	}
	return slices.ContainsFunc(p.names, func(name string) bool {
		return p.local[account(b.Namespace(), name)] && (p.may(held, "impersonate", b.Namespace(), name, core("serviceaccounts")) ||
			p.may(held, "create", b.Namespace(), name, sub("serviceaccounts", "token")))
	})
}

// admins are cluster-admin in effect.
func (p *powers) admins() map[model.Subject]bool {
	admins := map[model.Subject]bool{group(mastersGroup): true}
	for _, s := range p.everybody {
		held := p.held[s]
		everyVerb := !slices.ContainsFunc(wideVerbs[:], func(v string) bool {
			return slices.ContainsFunc(wideGroups[:], func(g string) bool {
				return !p.may(held, v, "", "a-fresh-name", Attributes{APIGroup: g, Resource: "a-fresh-resource"})
			})
		})
		if everyVerb || p.grantedByAny(held, everything("")) {
			admins[s] = true
		}
	}
	for changed := true; changed; {
		changed = false
		for _, s := range p.everybody {
			if !admins[s] && p.impersonatesOneOf(p.held[s], admins) {
				admins[s], changed = true, true
			}
		}
	}
	return admins
}

func (p *powers) impersonatesOneOf(held []rawBinding, admins map[model.Subject]bool) bool {
	for s := range admins {
		name := s.Name
		switch {
		case s.Kind == model.User && canonical(s) == s && p.may(held, "impersonate", "", name, core("users")),
			s.Kind == model.Group && p.someUser(held) && p.may(held, "impersonate", "", name, core("groups")),
			s.Kind == model.ServiceAccountSubject && p.may(held, "impersonate", "", name, core("serviceaccounts")):
			return true
		}
	}
	return false
}
