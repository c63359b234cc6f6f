package rbac

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

const (
	clusterAdminRole    = "cluster-admin"
	controllerPrefix    = "system:controller:"
	controllerNamespace = "kube-system"
)

// adminBaseline are the grants of full power that a cluster comes with, each by the name of its ClusterRoleBinding.
//
// kubeadm, since v1.29, gives the group of admin.conf its power by a binding of its own, without a label.
var adminBaseline = map[string]struct {
	group     string
	bootstrap bool
}{
	"cluster-admin":          {group: mastersGroup, bootstrap: true},
	"kubeadm:cluster-admins": {group: "kubeadm:cluster-admins"},
}

// baselineAdmin says whether the grant is one that Kubernetes or kubeadm makes by default, by label, name, role and subject: a
// subject that somebody added to a default binding was given its power by somebody.
func baselineAdmin(b *model.Binding, via model.Subject) bool {
	want, ok := adminBaseline[b.Name()]
	return ok && b.Namespace() == "" && b.RoleKind == "ClusterRole" && b.RoleName == clusterAdminRole &&
		(b.Bootstrap || !want.bootstrap) && via == model.Subject{Kind: model.Group, Name: want.group}
}

// defaultBinding is what the API server creates at its start, and puts back if it is missing. That of the cluster is to a
// ClusterRole, that of a namespace to a Role there.
type defaultBinding struct {
	role     string
	subjects []model.Subject
}

func group(name string) model.Subject { return model.Subject{Kind: model.Group, Name: name} }

func user(name string) model.Subject { return model.Subject{Kind: model.User, Name: name} }

func controller(name string) model.Subject {
	return model.Subject{Kind: model.ServiceAccountSubject, Namespace: controllerNamespace, Name: name}
}

// defaultClusterRoleBindings are the API server's own, apart from those of its controllers, which follow a rule. Every one refers to
// the ClusterRole of its own name.
var defaultClusterRoleBindings = map[string][]model.Subject{
	"cluster-admin":                           {group(mastersGroup)},
	"system:basic-user":                       {group(authenticatedGroup)},
	"system:cluster-trust-bundle-discovery":   {group(serviceAccountsGroup)},
	"system:discovery":                        {group(authenticatedGroup)},
	"system:kube-controller-manager":          {user("system:kube-controller-manager")},
	"system:kube-dns":                         {controller("kube-dns")},
	"system:kube-scheduler":                   {user("system:kube-scheduler")},
	"system:monitoring":                       {group("system:monitoring")},
	"system:node":                             nil,
	"system:node-proxier":                     {user("system:kube-proxy")},
	"system:public-info-viewer":               {group(authenticatedGroup), group(unauthenticatedGroup)},
	"system:service-account-issuer-discovery": {group(serviceAccountsGroup)},
	"system:volume-scheduler":                 {user("system:kube-scheduler")},
}

// defaultRoleBindings are the API server's own, by namespace and name.
var defaultRoleBindings = map[string]defaultBinding{
	"kube-public/system:controller:bootstrap-signer": {"system:controller:bootstrap-signer",
		[]model.Subject{controller("bootstrap-signer")}},
	"kube-system/system:controller:bootstrap-signer": {"system:controller:bootstrap-signer",
		[]model.Subject{controller("bootstrap-signer")}},
	"kube-system/system:controller:cloud-provider": {"system:controller:cloud-provider",
		[]model.Subject{controller("cloud-provider")}},
	"kube-system/system:controller:token-cleaner": {"system:controller:token-cleaner",
		[]model.Subject{controller("token-cleaner")}},
	"kube-system/system::extension-apiserver-authentication-reader": {"extension-apiserver-authentication-reader",
		[]model.Subject{user("system:kube-controller-manager"), user("system:kube-scheduler")}},
	"kube-system/system::leader-locking-kube-controller-manager": {"system::leader-locking-kube-controller-manager",
		[]model.Subject{user("system:kube-controller-manager"), controller("kube-controller-manager"), controller("leader-election-controller")}},
	"kube-system/system::leader-locking-kube-scheduler": {"system::leader-locking-kube-scheduler",
		[]model.Subject{user("system:kube-scheduler"), controller("kube-scheduler")}},
}

// defaultOf returns the default that the binding has the name and the role of.
func defaultOf(b *model.Binding) (defaultBinding, bool) {
	if ns := b.Namespace(); ns != "" {
		d, ok := defaultRoleBindings[ns+"/"+b.Name()]
		return d, ok && b.RoleKind == "Role" && b.RoleName == d.role
	}
	d := defaultBinding{role: b.Name()}
	name, ok := strings.CutPrefix(b.Name(), controllerPrefix)
	if ok && name != "" {
		d.subjects = []model.Subject{controller(name)}
	} else if d.subjects, ok = defaultClusterRoleBindings[b.Name()]; !ok {
		return defaultBinding{}, false
	}
	return d, b.RoleKind == "ClusterRole" && b.RoleName == d.role
}

// BuiltInBinding says whether the binding is one of the API server's own defaults: it carries their label, and the name and the role
// of one of them. The label alone proves nothing, since everybody may set it, nor does a known name on another role.
func BuiltInBinding(b *model.Binding) bool {
	_, ok := defaultOf(b)
	return ok && b.Bootstrap
}

// BuiltInSubject says whether the binding is a default of the API server and names the subject by default. The API server adds to
// its defaults what is missing but takes nothing away, so that they may have been given to others too.
func BuiltInSubject(b *model.Binding, s model.Subject) bool {
	d, ok := defaultOf(b)
	return ok && b.Bootstrap && slices.Contains(d.subjects, s)
}
