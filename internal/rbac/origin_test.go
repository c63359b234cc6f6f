package rbac

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// of is the role and the default binding of a controller, with the given rules.
func of(name string, rules ...model.Rule) []any {
	return []any{clusterRole(name, rules...), bootstrap(clusterBind(name, name, account("kube-system", name[len(controllerPrefix):])))}
}

// TestDefaultsByVersion: what the API server of a version cannot have made is no default.
func TestDefaultsByVersion(t *testing.T) {
	for _, tc := range []struct {
		name   string
		minor  int
		origin model.Origin
	}{
		{"system:controller:job-controller", 27, model.BuiltInOrigin},
		{"system:controller:selinux-warning-controller", 31, model.CustomOrigin},
		{"system:controller:selinux-warning-controller", 32, model.BuiltInOrigin},
		{"system:controller:selinux-warning-controller", 0, model.BuiltInOrigin},
		{"system:controller:podcertificaterequestcleaner", 33, model.CustomOrigin},
		{"system:controller:podcertificaterequestcleaner", 37, model.BuiltInOrigin},
		{"system:controller:podcertificaterequestcleaner", 52, model.BuiltInOrigin},
		{"system:controller:backdoor", 37, model.CustomOrigin},
		{"system:controller:backdoor", 0, model.CustomOrigin},
	} {
		objects := append(of(tc.name, ruleOf("get", "core", "pods")), Platform{Minor: tc.minor})
		b := objects[1].(*model.Binding)
		m := build(objects...)
		if got := m.Origin(b); got != tc.origin {
			t.Errorf("%s with 1.%d: Origin %s, want %s", tc.name, tc.minor, got, tc.origin)
		}
		if got := m.OriginOf(b, b.Subjects[0]); got != tc.origin {
			t.Errorf("%s with 1.%d: OriginOf %s, want %s", tc.name, tc.minor, got, tc.origin)
		}
	}
}

// TestWidened: a default role that was given more power hides nothing.
func TestWidened(t *testing.T) {
	discovery := func(rules ...model.Rule) []any {
		return []any{clusterRole("system:discovery", append(rules, urlRule("get", "/api,/apis"))...),
			bootstrap(clusterBind("system:discovery", "system:discovery", group(authenticatedGroup)))}
	}
	collector := "system:controller:generic-garbage-collector"
	signer := "system:controller:bootstrap-signer"
	for _, tc := range []struct {
		what    string
		objects []any
		want    bool
	}{
		{"as made", discovery(), false},
		{"a harmless rule more", discovery(ruleOf("get", "core", "nodes")), false},
		{"an access more", discovery(ruleOf("list", "core", "secrets")), true},
		{"everything", discovery(ruleOf("*", "*", "*")), true},
		{"an access by name only", discovery(ruleOf("get", "core", "secrets", "one")), false},
		{"a controller as made", of(collector, ruleOf("get,list,watch,patch,update,delete", "*", "*")), false},
		{"a controller with an access more", of(collector, ruleOf("get,list,watch,patch,update,delete,create", "*", "*")), true},
		{"the role cluster-admin", []any{adminRole(), bootstrap(clusterBind("cluster-admin", "cluster-admin", group(mastersGroup)))}, false},
		{"the same role by another binding", []any{clusterRole("system:discovery", ruleOf("*", "*", "*")),
			clusterBind("mine", "system:discovery", user("eve"))}, false},
		{"a default Role as made", []any{roleIn("kube-system", signer, ruleOf("get,list,watch", "core", "secrets")),
			bootstrap(bind("kube-system", signer, "Role", signer, account("kube-system", "bootstrap-signer")))}, false},
		{"a default Role with everything", []any{roleIn("kube-system", signer, ruleOf("*", "*", "*")),
			bootstrap(bind("kube-system", signer, "Role", signer, account("kube-system", "bootstrap-signer")))}, true},
		{"a missing role", []any{bootstrap(clusterBind("system:discovery", "system:discovery", group(authenticatedGroup)))}, false},
	} {
		t.Run(tc.what, func(t *testing.T) {
			m := build(tc.objects...)
			b := tc.objects[len(tc.objects)-1].(*model.Binding)
			if got := m.Widened(b); got != tc.want {
				t.Fatalf("Widened = %t, want %t", got, tc.want)
			}
			if tc.want && (m.Origin(b) != model.CustomOrigin || m.OriginOf(b, b.Subjects[0]) != model.CustomOrigin) {
				t.Error("its origin is not custom")
			}
			if tc.want && !m.BuiltInBinding(b) {
				t.Error("it is no longer known as a default, which must not be deleted")
			}
		})
	}
}

// TestEveryDefaultHasRules: a default without a row would be widened by the rules that it is made
// with.
func TestEveryDefaultHasRules(t *testing.T) {
	rules := parseDefaultRules(defaultRules)
	for name := range defaultClusterRoleBindings {
		if len(rules[roleKey{name: name}]) == 0 {
			t.Errorf("no rules of the ClusterRole %s", name)
		}
		delete(rules, roleKey{name: name})
	}
	for key, d := range defaultRoleBindings {
		ns := key[:len("kube-system")]
		if len(parseDefaultRules(defaultRules)[roleKey{ns, d.role}]) == 0 {
			t.Errorf("no rules of the Role %s in %s", d.role, ns)
		}
		delete(rules, roleKey{ns, d.role})
	}
	for key := range rules {
		t.Errorf("rules of %v, which no default binding refers to", key)
	}
}

func TestEmptyByDesign(t *testing.T) {
	for b, want := range map[*model.Binding]bool{
		bootstrap(clusterBind("system:node", "system:node")):             true,
		bootstrap(clusterBind("system:basic-user", "system:basic-user")): false,
		clusterBind("system:node", "system:node"):                        false,
		clusterBind("mine", "view"):                                      false,
	} {
		if got := build(b).EmptyByDesign(b); got != want {
			t.Errorf("%s: %t, want %t", b.Name(), got, want)
		}
	}
}

func TestPlatformOf(t *testing.T) {
	node := func(name, version string) *model.Node {
		return &model.Node{Namespaced: meta("", name), Version: version}
	}
	for _, tc := range []struct {
		what, version string
		groups        []string
		nodes         []*model.Node
		want          Platform
	}{
		{"a file of roles and bindings", "", []string{}, nil, Platform{0, anyProvider}},
		{"a file with nodes of K3s", "", nil, []*model.Node{node("a", "v1.31.4+k3s1")}, Platform{0, k3s}},
		{"a file with nodes of nobody", "", nil, []*model.Node{node("a", "v1.31.4")}, Platform{0, 0}},
		{"kubeadm", "v1.31.4", []string{"apps"}, []*model.Node{node("a", "v1.31.4")}, Platform{31, 0}},
		{"EKS", "v1.30.4-eks-a737599", nil, nil, Platform{30, eks}},
		{"GKE", "v1.30.5-gke.1443001", nil, nil, Platform{30, gke}},
		{"K3s", "v1.31.4+k3s1", nil, nil, Platform{31, k3s}},
		{"RKE2", "v1.31.4+rke2r1", nil, nil, Platform{31, rke2}},
		{"AKS", "v1.31.4", nil, []*model.Node{node("aks-nodepool1-12345678-vmss000000", "v1.31.4")}, Platform{31, aks}},
		{"OpenShift by its commit", "v1.29.6+aba1e8d", nil, nil, Platform{29, openShift}},
		{"OpenShift by its groups", "v1.31.5", []string{"config.openshift.io"}, nil, Platform{31, openShift}},
		{"a CRD of OpenShift's elsewhere", "v1.31.5", []string{"console.openshift.io"}, nil, Platform{31, 0}},
		{"a version of its own", "v1.31.4+custom", nil, nil, Platform{31, 0}},
		{"a version that is none", "unknown", nil, nil, Platform{0, 0}},
	} {
		if got := PlatformOf(tc.version, tc.groups, tc.nodes); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.what, got, tc.want)
		}
	}
}

// TestProviderBindings: the name, the role, the subject and the platform must all be the
// provider's.
func TestProviderBindings(t *testing.T) {
	admin := func(name string, subjects ...model.Subject) *model.Binding {
		return clusterBind(name, "cluster-admin", subjects...)
	}
	manager, traefik := user("eks:addon-manager"), account("kube-system", "helm-traefik")
	pullers := func(ns, of, role string) *model.Binding {
		return bind(ns, "system:image-pullers", "ClusterRole", role, group("system:serviceaccounts:"+of))
	}
	for _, tc := range []struct {
		what      string
		providers provider
		b         *model.Binding
		want      model.Origin
	}{
		{"EKS", eks, admin("eks:addon-cluster-admin", manager), model.ProviderOrigin},
		{"unknown platform", anyProvider, admin("eks:addon-cluster-admin", manager), model.ProviderOrigin},
		{"EKS's on K3s", k3s, admin("eks:addon-cluster-admin", manager), model.CustomOrigin},
		{"EKS's on a cluster of no provider", 0, admin("eks:addon-cluster-admin", manager), model.CustomOrigin},
		{"the name alone", eks, admin("eks:addon-cluster-admin", user("eve")), model.CustomOrigin},
		{"the subject alone", eks, admin("mine", manager), model.CustomOrigin},
		{"a group of the user's name", eks, admin("eks:addon-cluster-admin", group("eks:addon-manager")), model.CustomOrigin},
		{"another role", eks, clusterBind("eks:addon-cluster-admin", "mine", manager), model.CustomOrigin},
		{"one subject too many", eks, admin("eks:addon-cluster-admin", user("eve"), manager), model.CustomOrigin},
		{"nobody", eks, admin("eks:addon-cluster-admin"), model.CustomOrigin},
		{"the name in a namespace", eks, bind("a", "eks:addon-cluster-admin", "ClusterRole", "cluster-admin", manager), model.CustomOrigin},
		{"AKS", aks, admin("aks-cluster-admin-binding", user("clusterAdmin"), user("clusterUser")), model.ProviderOrigin},
		{"AKS, one of its two users", aks, admin("aks-cluster-admin-binding", user("clusterAdmin")), model.ProviderOrigin},
		{"AKS's own group of admins", aks, admin("aks-cluster-admin-binding-aad", group("8c0e")), model.CustomOrigin},
		{"GKE", gke, admin("storage-version-migration-migrator-v2", user("system:storageversionmigrator")), model.ProviderOrigin},
		{"a chart of K3s", k3s, admin("helm-kube-system-traefik", traefik), model.ProviderOrigin},
		{"a chart that K3s does not package", k3s, admin("helm-kube-system-mine", account("kube-system", "helm-mine")), model.CustomOrigin},
		{"its account in another namespace", k3s, admin("helm-kube-system-traefik", account("a", "helm-traefik")), model.CustomOrigin},
		{"a chart of RKE2", rke2, admin("helm-kube-system-rke2-canal", account("kube-system", "helm-rke2-canal")), model.ProviderOrigin},
		{"OpenShift", openShift, admin("cluster-version-operator-1", account("openshift-cluster-version", "cluster-version-operator")),
			model.ProviderOrigin},
		{"a project's image pullers", openShift, pullers("shop", "shop", "system:image-puller"), model.ProviderOrigin},
		{"image pullers of another project", openShift, pullers("shop", "other", "system:image-puller"), model.CustomOrigin},
		{"image pullers with another role", openShift, pullers("shop", "shop", "admin"), model.CustomOrigin},
		{"a project's builders", openShift, bind("shop", "system:image-builders", "ClusterRole", "system:image-builder",
			account("shop", "builder")), model.ProviderOrigin},
		{"a project's deployers", openShift, bind("shop", "system:deployers", "ClusterRole", "system:deployer",
			account("shop", "deployer")), model.ProviderOrigin},
	} {
		if got := build(tc.b, Platform{31, tc.providers}).Origin(tc.b); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.what, got, tc.want)
		}
	}
	b := admin("eks:addon-cluster-admin", user("eve"), manager)
	m := build(adminRole(), b, Platform{31, eks})
	if got := m.OriginOf(b, manager); got != model.ProviderOrigin {
		t.Errorf("the provider's subject beside another: %s", got)
	}
	if got := m.OriginOf(b, user("eve")); got != model.CustomOrigin {
		t.Errorf("a subject added to the provider's binding: %s", got)
	}
}

// TestProviderTable: no row gives power to a subject that a tenant could be.
func TestProviderTable(t *testing.T) {
	for name, row := range providerBindings {
		if row.of == 0 || row.role == "" || len(row.subjects) == 0 {
			t.Errorf("%s is not whole", name)
		}
		for _, s := range row.subjects {
			system := s.Namespace == "kube-system" || len(s.Namespace) > len("openshift-") && s.Namespace[:len("openshift-")] == "openshift-"
			if s.Kind == model.Group || s.Kind == model.ServiceAccountSubject && !system {
				t.Errorf("%s: a tenant can be %s %s/%s", name, s.Kind, s.Namespace, s.Name)
			}
		}
		if _, ok := defaultClusterRoleBindings[name]; ok {
			t.Errorf("%s is a default of the API server", name)
		}
	}
}

// TestImagePullers: what OpenShift gives the ServiceAccounts of each project was not given to one
// of them on purpose.
func TestImagePullers(t *testing.T) {
	sa := account("shop", "default")
	pull := ruleOf("get", "core,image.openshift.io", "imagestreams/layers")
	pullers := bind("shop", "system:image-pullers", "ClusterRole", "system:image-puller", group("system:serviceaccounts:shop"))
	for _, tc := range []struct {
		what    string
		objects []any
		want    bool
	}{
		{"the platform's binding", []any{clusterRole("system:image-puller", pull), pullers, Platform{29, openShift}}, false},
		{"on a cluster that is not OpenShift", []any{clusterRole("system:image-puller", pull), pullers, Platform{31, 0}}, true},
		{"a role that was widened", []any{clusterRole("system:image-puller", pull, ruleOf("get", "core", "secrets")), pullers,
			Platform{29, openShift}}, true},
		{"one more binding", []any{clusterRole("system:image-puller", pull), pullers, Platform{29, openShift},
			bind("shop", "mine", "ClusterRole", "system:image-puller", sa)}, true},
		{"the pullers of another project", []any{clusterRole("system:image-puller", pull), Platform{29, openShift},
			bind("other", "system:image-pullers", "ClusterRole", "system:image-puller", group("system:serviceaccounts:shop"))}, true},
	} {
		m := build(tc.objects...)
		if got := m.GrantedBeyondDefaults(sa); got != tc.want {
			t.Errorf("%s: GrantedBeyondDefaults = %t, want %t", tc.what, got, tc.want)
		}
		if !m.GrantedBeyondAuthenticated(sa) {
			t.Errorf("%s: to the letter it is granted something", tc.what)
		}
	}
}

// TestAdminOrigins: a subject is custom by any custom grant, and each grant keeps its own origin.
func TestAdminOrigins(t *testing.T) {
	masters := group(mastersGroup)
	b := bootstrap(clusterBind("cluster-admin", "cluster-admin", masters))
	m := build(adminRole(), b, clusterBind("more", "cluster-admin", masters))
	a := m.ClusterAdmins()[0]
	if a.Origin != model.CustomOrigin || len(a.Grants) != 2 {
		t.Fatalf("got %+v, want two grants and a custom origin", a)
	}
	for _, g := range a.Grants {
		want := model.CustomOrigin
		if g.Binding == b {
			want = model.BuiltInOrigin
		}
		if got := m.AdminOrigin(g); got != want {
			t.Errorf("%s: %s, want %s", g.Binding.Name(), got, want)
		}
	}
}
