package rbac

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Input is all there is to build a Model from, in any order. It must not change afterwards.
type Input struct {
	// Roles are the Roles, and the ClusterRoles, which have no namespace.
	Roles []*model.Role
	// Bindings are the RoleBindings, and the ClusterRoleBindings, which have no namespace.
	Bindings []*model.Binding
	// Platform is the version of the API server, by which it allows more or less, and which
	// bindings the cluster can have by default.
	Platform Platform
}

// Model knows every identity that a binding names, its population, and what each is granted. It is
// immutable and safe for concurrent use; it answers from what Build has been given and from nothing
// else.
//
// Power outside the RBAC of one cluster is not in it: other authorizers (the cloud's own, webhooks,
// the Node authorizer), and membership of groups but those that Kubernetes adds.
type Model struct {
	// subjects are the population by kind, namespace and name; index is the place of each.
	subjects []model.Subject
	index    map[model.Subject]int32
	// kindEnds are where the subjects of each kind end.
	kindEnds [model.SubjectKindCount]int32
	// groups are the places of the groups that Kubernetes adds, -1 where nothing names them.
	masters, serviceAccounts, authenticated, unauthenticated int32
	ofNamespace                                              map[string]int32
	// chains are for each subject the places of the groups it is in by itself.
	chains [][3]int32
	// added are the groups that stand in some chain.
	added set

	// bindings are sorted: those of the cluster, then each namespace's.
	bindings   []binding
	clusterEnd int32
	namespaces []namespace
	byName     map[string]int32
	// named are the subjects of the bindings; heldBy are the bindings of the subjects, those of
	// subject i from heldStart[i].
	named     []int32
	heldBy    []int32
	heldStart []int32

	// roles start with those that ClusterRoleBindings refer to, of which there are clusterRoles.
	roles        []role
	clusterRoles int32
	compiled     map[*model.Role]int32
	byKey        map[roleKey]*model.Role
	rules        []rule
	wides        []wide

	platform Platform
	// widened are the default bindings whose role grants more power than by default.
	widened map[roleKey]bool

	list list
	// rows are the subjects that have each row of the escalation list; escalates those to which a
	// binding that is neither the API server's nor the provider's gives one.
	rows      []set
	escalates set
	powerful  set
	// acting are the RoleBindings that let their subjects act as a powerful ServiceAccount.
	acting map[*model.Binding]bool
	// admins are cluster-admin in effect, united those of them that are by several rules together.
	admins, united set
	// beyond are the subjects with a grant that not every authenticated user has; beyondDefaults
	// those of them whose grant is not the API server's own gift to every ServiceAccount.
	beyond, beyondDefaults set
}

// binding is a binding with what its names refer to. A role of -1 does not exist.
type binding struct {
	source     *model.Binding
	role       int32
	first, end int32
}

// namespace is the bindings of a namespace, and the subjects they name.
type namespace struct {
	name       string
	first, end int32
	members    []member
}

// member is a subject of a namespace's bindings; admin says that these give it everything there.
type member struct {
	subject int32
	admin   bool
}

type roleKey struct{ namespace, name string }

// role is a role with its rules from first to end.
type role struct {
	source     *model.Role
	first, end int32
	// everything reports whether it allows everything: see rule.everything and wide.
	everything bool
	// given reports whether a binding gives it to a subject.
	given bool
	// gives is what it gives of the escalation list; rows are the rows of that when it is bound
	// cluster-wide.
	gives power
	rows  uint32
	// wide is the position in Model.wides of what it allows on every resource, -1 for nothing.
	wide int32
}

// Subjects returns the population, sorted by kind, namespace and name: every subject that a binding
// names, once. It must not be changed.
func (m *Model) Subjects() []model.Subject { return m.subjects }

// Population returns how many subjects of each kind the bindings name.
func (m *Model) Population() (count [model.SubjectKindCount]int) {
	start := int32(0)
	for kind, end := range m.kindEnds {
		count[kind] = int(end - start)
		start = end
	}
	return count
}

// RoleOf returns the role that the binding refers to, nil when there is none: then it grants
// nothing. A role that could not be decoded is returned and grants nothing that is known.
func (m *Model) RoleOf(b *model.Binding) *model.Role {
	switch {
	case b.RoleKind == "ClusterRole":
		return m.byKey[roleKey{name: b.RoleName}]
	case b.RoleKind == "Role" && b.Namespace() != "":
		return m.byKey[roleKey{b.Namespace(), b.RoleName}]
	default:
		// The authorizer looks for the Role of a ClusterRoleBinding in the namespace "", where no
		// Role is.
		return nil
	}
}

// allows says whether a role allows a request.
func (m *Model) allows(role int32, q *request) bool {
	r := &m.roles[role]
	for i := r.first; i < r.end; i++ {
		if rule := &m.rules[i]; rule.may(q) && rule.allows(q) {
			return true
		}
	}
	return false
}

// reach returns the bindings besides the cluster's that may grant the request: those of its
// namespace.
func (m *Model) reach(a *Attributes) (first, end int32) {
	if a.Namespace == "" || a.NonResourceURL != "" {
		return 0, 0
	}
	i, ok := m.byName[a.Namespace]
	if !ok {
		return 0, 0
	}
	return m.namespaces[i].first, m.namespaces[i].end
}

// subjectsOf returns the subjects that a binding names, each once.
func (m *Model) subjectsOf(b *binding) []int32 { return m.named[b.first:b.end] }

// held returns the bindings that name a subject.
func (m *Model) held(subject int32) []int32 {
	return m.heldBy[m.heldStart[subject]:m.heldStart[subject+1]]
}

// chain returns the places of the groups that Kubernetes adds to a subject, the narrowest first, -1
// where no binding names them.
func (m *Model) chain(s model.Subject) [3]int32 {
	c := [3]int32{-1, -1, -1}
	in := membershipOf(s)
	if in.namespace != "" {
		if i, ok := m.ofNamespace[in.namespace]; ok {
			c[0] = i
		}
	}
	if in.serviceAccounts {
		c[1] = m.serviceAccounts
	}
	switch in.everybody {
	case authenticatedGroup:
		c[2] = m.authenticated
	case unauthenticatedGroup:
		c[2] = m.unauthenticated
	}
	return c
}

// standIn returns a subject of the population that has exactly the access of s. One that no binding
// names has that of the narrowest group it is in, because that group is itself in all the wider
// ones; false means that nothing is granted to s.
func (m *Model) standIn(s model.Subject) (int32, bool) {
	s = canonical(s)
	if i, ok := m.index[s]; ok {
		return i, true
	}
	for _, i := range m.chain(s) {
		if i >= 0 {
			return i, true
		}
	}
	return 0, false
}

// knows says whether the subject's stand-in is in a set; system:masters is in every one.
func (m *Model) knows(in set, s model.Subject) bool {
	if s.Kind == model.Group && s.Name == mastersGroup {
		return true
	}
	i, ok := m.standIn(s)
	return ok && in.has(i)
}

// close adds to the directly granted those who are granted the same through a group that Kubernetes
// adds, and system:masters.
func (m *Model) close(granted set) {
	if granted.meets(m.added) {
		for i := range m.chains {
			for _, g := range m.chains[i] {
				if granted.has(g) {
					granted.add(int32(i))
					break
				}
			}
		}
	}
	if m.masters >= 0 {
		granted.add(m.masters)
	}
}
