package rbac

import (
	"fmt"
	"slices"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// TestActAsPowerful: a right in a namespace gives what its ServiceAccounts may do.
func TestActAsPowerful(t *testing.T) {
	eve := user("eve")
	strong := clusterBind("strong", "reads-secrets", account("ops", "controller"))
	secrets := clusterRole("reads-secrets", ruleOf("get", "core", "secrets"))
	may := func(namespace, name string, rules ...model.Rule) []any {
		return []any{roleIn(namespace, name, rules...), bind(namespace, name, "Role", name, eve)}
	}
	for _, tc := range []struct {
		what    string
		objects []any
		want    bool
	}{
		{"pods of the namespace", may("ops", "r", ruleOf("create", "core", "pods")), true},
		{"workloads of the namespace", may("ops", "r", ruleOf("patch", "apps", "deployments")), true},
		{"secrets of the namespace", may("ops", "r", ruleOf("list", "core", "secrets")), true},
		{"pods of another namespace", may("web", "r", ruleOf("create", "core", "pods")), false},
		{"logs of the namespace", may("ops", "r", ruleOf("get", "core", "pods,pods/log,services")), false},
		{"pods of kube-system, whatever lives there", may("kube-system", "r", ruleOf("create", "core", "pods")), true},
		{"configmaps of kube-system", may("kube-system", "r", ruleOf("*", "core", "configmaps")), false},
		{"users are in no namespace", may("kube-system", "r", ruleOf("impersonate", "core", "users,groups")), false},
		{"ClusterRoleBindings are in no namespace", may("ops", "r", ruleOf("bind", rbacGroup, "clusterroles"), ruleOf("create", rbacGroup, "clusterrolebindings")), false},
		{"a token of the account", may("ops", "r", ruleOf("create", "core", "serviceaccounts/token", "controller")), true},
		{"a token of another", may("ops", "r", ruleOf("create", "core", "serviceaccounts/token", "worker")), false},
		{"the account itself", may("ops", "r", ruleOf("impersonate", "core", "serviceaccounts", "controller")), true},
		{"a role that acts, by name", append(may("ops", "r", ruleOf("bind", rbacGroup, "clusterroles", "edits"), ruleOf("create", rbacGroup, "rolebindings")),
			clusterRole("edits", ruleOf("create", "core", "pods"))), true},
		{"a role that does not", append(may("ops", "r", ruleOf("bind", rbacGroup, "clusterroles", "views"), ruleOf("create", rbacGroup, "rolebindings")),
			clusterRole("views", ruleOf("get", "core", "pods"))), false},
		{"a Role of the namespace, by name", append(may("ops", "r", ruleOf("bind", rbacGroup, "roles", "edits"), ruleOf("create", rbacGroup, "rolebindings")),
			roleIn("ops", "edits", ruleOf("create", "core", "pods"))), true},
		{"its own Role", may("ops", "r", ruleOf("escalate,patch", rbacGroup, "roles", "r")), true},
		{"a Role that nothing gives", append(may("ops", "r", ruleOf("escalate,patch", rbacGroup, "roles", "free")), roleIn("ops", "free")), false},
		{"a binding of the namespace, by name", append(may("ops", "r", ruleOf("bind", rbacGroup, "clusterroles"), ruleOf("patch", rbacGroup, "rolebindings", "editors")),
			clusterRole("edits", ruleOf("create", "core", "pods")), bind("ops", "editors", "ClusterRole", "edits", user("bob"))), true},
		{"halves from the cluster and the namespace", append(may("ops", "r", ruleOf("create", rbacGroup, "rolebindings")),
			clusterRole("binds", ruleOf("bind", rbacGroup, "clusterroles")), clusterBind("binds", "binds", eve)), true},
		{"halves from two RoleBindings", append(may("ops", "r", ruleOf("create", rbacGroup, "rolebindings")), may("ops", "s", ruleOf("bind", rbacGroup, "clusterroles"))...), true},
		{"halves from two namespaces", append(may("ops", "r", ruleOf("create", rbacGroup, "rolebindings")), may("web", "s", ruleOf("bind", rbacGroup, "clusterroles"))...), false},
		{"everything in the namespace of an account that has everything in its own", append(may("web", "r", ruleOf("create", "core", "pods")),
			roleIn("web", "all", ruleOf("*", "*", "*")), bind("web", "all", "Role", "all", account("web", "ci"))), false},
		{"by way of two namespaces", append(may("web", "r", ruleOf("create", "core", "pods")),
			roleIn("ops", "r", ruleOf("create", "core", "pods")), bind("ops", "r", "Role", "r", account("web", "ci"))), true},
		{"every account of the namespace is powerful", append(may("lab", "r", ruleOf("create", "core", "pods")),
			clusterBind("group", "reads-secrets", group("system:serviceaccounts:lab"))), true},
		{"every account is powerful", append(may("lab", "r", ruleOf("create", "core", "pods")), clusterBind("group", "reads-secrets", group("system:serviceaccounts"))), true},
		{"a role of the cluster that only this names", []any{clusterRole("all", ruleOf("*", "*", "*")), clusterRole("r", ruleOf("bind", rbacGroup, "clusterroles", "all"),
			ruleOf("create", rbacGroup, "clusterrolebindings")), clusterBind("r", "r", eve)}, true},
		{"cluster-admin, which a manifest need not have", []any{clusterRole("r", ruleOf("bind", rbacGroup, "clusterroles", "cluster-admin"),
			ruleOf("create", rbacGroup, "clusterrolebindings")), clusterBind("r", "r", eve)}, true},
		{"edit, which a manifest need not have", may("ops", "r", ruleOf("bind", rbacGroup, "clusterroles", "edit"), ruleOf("create", rbacGroup, "rolebindings")), true},
		{"view, which a manifest need not have", may("ops", "r", ruleOf("bind", rbacGroup, "clusterroles", "view"), ruleOf("create", rbacGroup, "rolebindings")), false},
		{"a chain of roles that only these name", []any{clusterRole("all", ruleOf("*", "*", "*")),
			clusterRole("q", ruleOf("bind", rbacGroup, "clusterroles", "all"), ruleOf("create", rbacGroup, "clusterrolebindings")),
			clusterRole("r", ruleOf("bind", rbacGroup, "clusterroles", "q"), ruleOf("create", rbacGroup, "clusterrolebindings")), clusterBind("r", "r", eve)}, true},
	} {
		m := build(append(tc.objects, secrets, strong)...)
		if got := m.Powerful(eve); got != tc.want || m.Escalates(eve) != tc.want {
			t.Errorf("%s: powerful %t, escalates %t, want %t", tc.what, got, m.Escalates(eve), tc.want)
		}
	}
}

// TestActingBinding: the RoleBinding that lets its subjects act as a powerful account is
// privileged, and says so.
func TestActingBinding(t *testing.T) {
	b := bind("kube-system", "tokens", "Role", "tokens", account("tools", "backup"))
	other := bind("web", "tokens", "ClusterRole", "tokens", account("tools", "backup"))
	rules := ruleOf("create", "core", "serviceaccounts/token")
	m := build(roleIn("kube-system", "tokens", rules), clusterRole("tokens", rules), b, other)
	if got := m.Escalations(b); !slices.Equal(got, []string{ActAsPowerful}) || !m.Privileged(b) {
		t.Errorf("in kube-system: %v", got)
	}
	if got := m.Escalations(other); got != nil || m.Privileged(other) {
		t.Errorf("in web: %v", got)
	}
	if got := m.WithAccess(ActAsPowerful); !slices.Equal(got, []model.Subject{account("tools", "backup")}) {
		t.Errorf("%s: %v", ActAsPowerful, got)
	}
}

// TestDefaultsDoNotEscalate: what the API server's own bindings give its own subjects counts and is
// no finding; what they give others is.
func TestDefaultsDoNotEscalate(t *testing.T) {
	cleaner := account("kube-system", "token-cleaner")
	b := bootstrap(bind("kube-system", "system:controller:token-cleaner", "Role", "system:controller:token-cleaner", cleaner, user("eve")))
	jobs := bootstrap(clusterBind("system:controller:job-controller", "system:controller:job-controller", account("kube-system", "job-controller")))
	m := build(roleIn("kube-system", "system:controller:token-cleaner", ruleOf("get,list,delete", "core", "secrets")),
		clusterRole("system:controller:job-controller", ruleOf("create", "core", "pods")), b, jobs)
	for s, want := range map[model.Subject]bool{cleaner: false, user("eve"): true, account("kube-system", "job-controller"): false} {
		if !m.Powerful(s) || m.Escalates(s) != want {
			t.Errorf("%v: powerful %t, escalates %t, want %t", s, m.Powerful(s), m.Escalates(s), want)
		}
	}
}

// TestAdminsInEffect: the lists that mean everything without a star, and the impersonation of those
// who may do everything.
func TestAdminsInEffect(t *testing.T) {
	const listed = "get,list,watch,create,update,patch,delete,deletecollection"
	const groups = "core,apps,batch,rbac.authorization.k8s.io,certificates.k8s.io,admissionregistration.k8s.io,apiregistration.k8s.io"
	me := ruleOf("impersonate", "core", "users", "me")
	for _, tc := range []struct {
		what  string
		rules []model.Rule
		want  bool
	}{
		{"every verb, listed", []model.Rule{ruleOf(listed, "*", "*")}, true},
		{"every group of the list, listed", []model.Rule{ruleOf("*", groups, "*")}, true},
		{"both, in several rules", []model.Rule{ruleOf("get,list,watch", "*", "*"), ruleOf("create,update,patch", groups, "*"), ruleOf("delete,deletecollection", groups, "*")}, true},
		{"one verb less", []model.Rule{ruleOf("get,list,watch,create,update,patch,delete", "*", "*")}, false},
		{"one group less", []model.Rule{ruleOf(listed, "core,apps,batch,certificates.k8s.io,admissionregistration.k8s.io,apiregistration.k8s.io", "*")}, false},
		{"reads everything", []model.Rule{ruleOf("get,list,watch", "*", "*")}, false},
		{"every resource by name", []model.Rule{ruleOf(listed, "*", "*", "one")}, false},
		{"everything of RBAC is one binding away", []model.Rule{ruleOf("*", rbacGroup, "*")}, false},
		{"any user, where one is admin", []model.Rule{ruleOf("impersonate", "core", "users")}, true},
		{"any account, where none is", []model.Rule{ruleOf("impersonate", "core", "serviceaccounts")}, false},
		{"any group", []model.Rule{ruleOf("impersonate", "core", "groups"), me}, true},
		{"any group, and no user to come as", []model.Rule{ruleOf("impersonate", "core", "groups")}, false},
		{"system:masters", []model.Rule{ruleOf("impersonate", "core", "groups", "system:masters"), me}, true},
		{"another group", []model.Rule{ruleOf("impersonate", "core", "groups", "devs"), me}, false},
		{"a group that is admin", []model.Rule{ruleOf("impersonate", "core", "groups", "admins"), me}, true},
		{"an admin by name", []model.Rule{ruleOf("impersonate", "core", "users", "root")}, true},
		{"one who may impersonate an admin", []model.Rule{ruleOf("impersonate", "core", "users", "deputy")}, true},
		{"one who may do little", []model.Rule{ruleOf("impersonate", "core", "users", "bob")}, false},
	} {
		m := build(adminRole(), clusterRole("r", tc.rules...), clusterBind("r", "r", user("eve")), clusterBind("root", "cluster-admin", user("root"), group("admins")),
			clusterRole("deputy", ruleOf("impersonate", "core", "users", "root")), clusterBind("deputy", "deputy", user("deputy")))
		var found *Admin
		for _, a := range m.ClusterAdmins() {
			if a.Subject == user("eve") {
				found = &a
			}
		}
		if (found != nil) != tc.want {
			t.Errorf("%s: admin %t, want %t", tc.what, found != nil, tc.want)
		}
		if found != nil && (found.Origin != model.CustomOrigin || len(found.Grants) != 1 || found.Grants[0].Binding.Name() != "r") {
			t.Errorf("%s: %+v", tc.what, found)
		}
	}
}

// TestAdminsGrants: a binding that does not make the subject an admin is not said to.
func TestAdminsGrants(t *testing.T) {
	m := build(adminRole(), clusterRole("reader", ruleOf("get,list,watch", "*", "*")), clusterRole("deputy", ruleOf("impersonate", "core", "users", "root")),
		clusterBind("root", "cluster-admin", user("root")), clusterBind("reads", "reader", user("root"), user("eve")), clusterBind("deputy", "deputy", user("eve"), user("root")))
	if got, want := fmt.Sprint(admins(m)), "[User eve custom deputy/deputy via eve User root custom root/cluster-admin via root]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
