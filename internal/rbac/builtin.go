package rbac

import (
	"maps"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

const (
	clusterAdminRole    = "cluster-admin"
	controllerNamespace = "kube-system"
)

// adminBaseline are the grants of full power that a cluster comes with, each by the name of its
// ClusterRoleBinding.
//
// kubeadm, since v1.29, gives the group of admin.conf its power by a binding of its own, without a
// label.
var adminBaseline = map[string]struct {
	group     string
	bootstrap bool
}{
	"cluster-admin":          {group: mastersGroup, bootstrap: true},
	"kubeadm:cluster-admins": {group: "kubeadm:cluster-admins"},
}

// baselineAdmin reports whether the grant is one that Kubernetes or kubeadm makes by default: by
// label, name, role and subject. A subject that was added to a default binding is not part of the
// default.
func baselineAdmin(b *model.Binding, via model.Subject) bool {
	want, ok := adminBaseline[b.Name()]
	return ok && b.Namespace() == "" && b.RoleKind == "ClusterRole" && b.RoleName == clusterAdminRole &&
		(b.Bootstrap || !want.bootstrap) && via == model.Subject{Kind: model.Group, Name: want.group}
}

// defaultBinding is a binding that the API server creates at its start, and restores when it is
// missing.
type defaultBinding struct {
	// role is a ClusterRole for a binding of the cluster, and a Role of its namespace for the
	// others.
	role     string
	subjects []model.Subject
	// since is the oldest minor version of Kubernetes whose API server makes it, perhaps behind a
	// feature gate; 0 is every supported version. byDefault is the oldest that makes it without a
	// feature gate being switched on; it is no less than since, and neverByDefault where no
	// version does.
	since, byDefault int
}

const neverByDefault = 1 << 30

func group(name string) model.Subject { return model.Subject{Kind: model.Group, Name: name} }

func user(name string) model.Subject { return model.Subject{Kind: model.User, Name: name} }

func serviceAccount(namespace, name string) model.Subject {
	return model.Subject{Kind: model.ServiceAccountSubject, Namespace: namespace, Name: name}
}

func controller(name string) model.Subject { return serviceAccount(controllerNamespace, name) }

// controllerPrefix starts the names of the bindings, and of the roles, of the controllers.
const controllerPrefix = "system:controller:"

// defaultOf returns the default that has the name and the role of the binding. What the API server
// of that minor version cannot have made is no default; with an unknown version, 0, what any
// supported version makes is one.
func defaultOf(b *model.Binding, minor int) (defaultBinding, bool) {
	if ns := b.Namespace(); ns != "" {
		d, ok := defaultRoleBindings[ns+"/"+b.Name()]
		return d, ok && b.RoleKind == "Role" && b.RoleName == d.role
	}
	d, ok := defaultClusterRoleBindings[b.Name()]
	if !ok {
		return defaultBinding{}, false
	}
	d.role = b.Name()
	return d, b.RoleKind == "ClusterRole" && b.RoleName == d.role && (minor == 0 || minor >= d.since)
}

// DefaultBindings returns the bindings that an API server of a minor version makes with the feature
// gates of that version as they are by default, as NAMESPACE/NAME, those of the cluster with an
// empty namespace. A later version than those the list was made from is taken for the last of them.
func DefaultBindings(minor int) []string {
	var names []string
	for name, d := range defaultClusterRoleBindings {
		if minor >= d.byDefault {
			names = append(names, "/"+name)
		}
	}
	names = slices.AppendSeq(names, maps.Keys(defaultRoleBindings))
	slices.Sort(names)
	return names
}

// BuiltInBinding reports whether the binding is one of the API server's own defaults: it has their
// label, and the name and the role of one that an API server of this version makes. The label
// alone proves nothing, since every client may set it, nor does a known name on another role.
func (m *Model) BuiltInBinding(b *model.Binding) bool {
	_, ok := defaultOf(b, m.platform.Minor)
	return ok && b.Bootstrap
}

// BuiltInSubject reports whether the binding is a default of the API server and names the subject
// by default. The API server adds to its defaults what is missing and takes nothing away, so that
// other subjects may have been added.
func (m *Model) BuiltInSubject(b *model.Binding, s model.Subject) bool {
	d, ok := defaultOf(b, m.platform.Minor)
	return ok && b.Bootstrap && slices.Contains(d.subjects, s)
}

// EmptyByDesign reports whether the binding is a default of the API server that has no subject by
// default.
func (m *Model) EmptyByDesign(b *model.Binding) bool {
	d, ok := defaultOf(b, m.platform.Minor)
	return ok && b.Bootstrap && len(d.subjects) == 0
}

// Origin returns where the binding as a whole comes from. A default of the API server stays one
// when subjects were added to it: OriginOf tells for each. A default whose role was widened is
// custom: see Widened.
func (m *Model) Origin(b *model.Binding) model.Origin {
	switch {
	case m.BuiltInBinding(b):
		if m.Widened(b) {
			return model.CustomOrigin
		}
		return model.BuiltInOrigin
	case m.platform.provides(b):
		return model.ProviderOrigin
	}
	return model.CustomOrigin
}

// OriginOf returns where the binding's grant to one of its subjects comes from.
func (m *Model) OriginOf(b *model.Binding, s model.Subject) model.Origin {
	switch {
	case m.BuiltInSubject(b, s) && !m.Widened(b):
		return model.BuiltInOrigin
	case m.platform.providesTo(b, s):
		return model.ProviderOrigin
	}
	return model.CustomOrigin
}

// AdminOrigin returns where a grant of full power comes from; kubeadm's counts as built in.
func (m *Model) AdminOrigin(g Grant) model.Origin {
	if baselineAdmin(g.Binding, g.Via) {
		return model.BuiltInOrigin
	}
	return m.OriginOf(g.Binding, g.Via)
}
