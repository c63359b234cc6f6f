package rbac

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// admins renders ClusterAdmins as "<kind> <name> <origin> <binding/role via name>...".
func admins(m *Model) (out []string) {
	for _, a := range m.ClusterAdmins() {
		line := a.Subject.Kind.String() + " " + a.Subject.Name + " " + a.Origin.String()
		for _, g := range a.Grants {
			line += fmt.Sprintf(" %s/%s via %s", g.Binding.Name(), g.Role.Name(), g.Via.Name)
		}
		out = append(out, line)
	}
	return out
}

func TestClusterAdmins(t *testing.T) {
	masters, kubeadm := group("system:masters"), group("kubeadm:cluster-admins")
	sa := account("a", "x")
	for _, tc := range []struct {
		what    string
		objects []any
		want    []string
	}{
		{"nobody", []any{adminRole()}, nil},
		{"kubeadm's baseline", []any{adminRole(), bootstrap(clusterBind("cluster-admin", "cluster-admin", masters)),
			clusterBind("kubeadm:cluster-admins", "cluster-admin", kubeadm)},
			[]string{"Group kubeadm:cluster-admins builtin kubeadm:cluster-admins/cluster-admin via kubeadm:cluster-admins",
				"Group system:masters builtin cluster-admin/cluster-admin via system:masters"}},
		{"a user added to a default", []any{adminRole(), bootstrap(clusterBind("cluster-admin", "cluster-admin", masters, user("eve")))},
			[]string{"User eve custom cluster-admin/cluster-admin via eve",
				"Group system:masters builtin cluster-admin/cluster-admin via system:masters"}},
		{"the name without the label", []any{adminRole(), clusterBind("cluster-admin", "cluster-admin", masters)},
			[]string{"Group system:masters custom cluster-admin/cluster-admin via system:masters"}},
		{"the label without the name", []any{adminRole(), bootstrap(clusterBind("mine", "cluster-admin", user("eve")))},
			[]string{"User eve custom mine/cluster-admin via eve"}},
		{"a default and another", []any{adminRole(), bootstrap(clusterBind("cluster-admin", "cluster-admin", masters)),
			clusterBind("more", "cluster-admin", masters)},
			[]string{"Group system:masters custom cluster-admin/cluster-admin via system:masters more/cluster-admin via system:masters"}},
		{"the default name on another role", []any{clusterRole("all", ruleOf("*", "*", "*")),
			bootstrap(clusterBind("cluster-admin", "all", masters))},
			[]string{"Group system:masters custom cluster-admin/all via system:masters"}},
		{"masters need no binding to be it", []any{clusterRole("view"), bind("a", "b", "ClusterRole", "view", masters)},
			[]string{"Group system:masters builtin"}},
		{"another name, the same effect", []any{clusterRole("helper", ruleOf("get", "core", "pods"), ruleOf("list,*", "apps,*", "*,pods")),
			clusterBind("b", "helper", sa)}, []string{"ServiceAccount x custom b/helper via x"}},
		{"through the group of the namespace", []any{adminRole(), clusterBind("b", "cluster-admin", group("system:serviceaccounts:a")),
			bind("z", "names-it", "Role", "gone", sa)},
			[]string{"Group system:serviceaccounts:a custom b/cluster-admin via system:serviceaccounts:a",
				"ServiceAccount x custom b/cluster-admin via system:serviceaccounts:a"}},
		{"twice bound, once counted", []any{adminRole(), clusterBind("b1", "cluster-admin", sa, sa), clusterBind("b2", "cluster-admin", sa)},
			[]string{"ServiceAccount x custom b1/cluster-admin via x b2/cluster-admin via x"}},
		{"a union of less than everything", []any{clusterRole("r1", ruleOf("*", "*", "pods"), ruleOf("*", "apps,batch", "*")),
			clusterRole("r2", ruleOf("get,list,watch,create,update,patch,delete", "*", "*")),
			clusterBind("b1", "r1", sa), clusterBind("b2", "r2", sa)}, nil},
		{"a union with one", []any{clusterRole("r1", ruleOf("get", "core", "pods")), clusterRole("r2", ruleOf("*", "*", "*")),
			clusterBind("b1", "r1", sa), clusterBind("b2", "r2", sa)}, []string{"ServiceAccount x custom b2/r2 via x"}},
		{"resourceNames", []any{clusterRole("r", ruleOf("*", "*", "*", "one", "")), clusterBind("b", "r", sa)}, nil},
		{"paths only", []any{clusterRole("r", urlRule("*", "*")), clusterBind("b", "r", sa)}, nil},
		{"a RoleBinding to cluster-admin", []any{adminRole(), bind("a", "b", "ClusterRole", "cluster-admin", sa)}, nil},
		{"no subjects", []any{adminRole(), clusterBind("b", "cluster-admin")}, nil},
		{"a missing role", []any{clusterBind("b", "cluster-admin", sa)}, nil},
	} {
		t.Run(tc.what, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, admins(build(tc.objects...))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNamespaceAdmins(t *testing.T) {
	owner, other := user("owner"), user("other")
	m := build(adminRole(), roleIn("b", "all", ruleOf("*", "*", "*")), clusterRole("view", ruleOf("get", "*", "*")),
		bind("a", "owner", "ClusterRole", "cluster-admin", owner, owner), bind("a", "viewer", "ClusterRole", "view", other, owner),
		bind("b", "accounts", "Role", "all", group("system:serviceaccounts:a")),
		bind("b", "named", "Role", "gone", account("a", "x"), account("b", "x")),
		bind("c", "empty", "ClusterRole", "cluster-admin"),
		bind("d", "cluster-wide-does-not-count", "ClusterRole", "view", user("root")), clusterBind("root", "cluster-admin", user("root")))
	var got []string
	m.NamespaceAdmins(func(ns string, s model.Subject, admin bool) {
		got = append(got, fmt.Sprintf("%s %s %s/%s %t", ns, s.Kind, s.Namespace, s.Name, admin))
	})
	want := []string{"a User /other false", "a User /owner true", "b Group /system:serviceaccounts:a true", "b ServiceAccount a/x true",
		"b ServiceAccount b/x false", "d User /root false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPowerful: everything in one namespace is power, in whoever's name it comes.
func TestPowerful(t *testing.T) {
	m := build(adminRole(), clusterRole("view", ruleOf("get", "core", "pods")), clusterRole("secrets", ruleOf("list", "core", "secrets")),
		bind("z", "owner", "ClusterRole", "cluster-admin", user("owner"), group("system:serviceaccounts:a")),
		bind("z", "reader", "ClusterRole", "secrets", user("reader")),
		clusterBind("view", "view", account("a", "named"), account("b", "named")), clusterBind("secrets", "secrets", account("b", "strong")))
	for s, want := range map[model.Subject]bool{
		user("owner"):                   true,
		account("a", "named"):           true,
		account("a", "unnamed"):         true,
		account("b", "named"):           false,
		account("b", "unnamed"):         false,
		account("b", "strong"):          true,
		user("reader"):                  false,
		user("unnamed"):                 false,
		group("system:serviceaccounts"): false,
		group("system:masters"):         true,
	} {
		if got := m.Powerful(s); got != want {
			t.Errorf("Powerful(%v) = %t, want %t", s, got, want)
		}
	}
}

func TestPrivileged(t *testing.T) {
	alice := user("alice")
	roles := []any{adminRole(), clusterRole("secrets", ruleOf("get", "core", "secrets")), clusterRole("view", ruleOf("get", "core", "pods")),
		clusterRole("half", ruleOf("update", "certificates.k8s.io", "certificatesigningrequests/approval"))}
	for _, tc := range []struct {
		what string
		b    *model.Binding
		want bool
	}{
		{"cluster-admin", clusterBind("b", "cluster-admin", alice), true},
		{"a default too", bootstrap(clusterBind("cluster-admin", "cluster-admin", group("system:masters"))), true},
		{"cluster-admin in a namespace", bind("a", "b", "ClusterRole", "cluster-admin", alice), true},
		{"secrets of the cluster", clusterBind("b", "secrets", alice), true},
		{"secrets of a namespace", bind("a", "b", "ClusterRole", "secrets", alice), false},
		{"view", clusterBind("b", "view", alice), false},
		{"half of an approval", clusterBind("b", "half", alice), false},
		{"no subjects", clusterBind("b", "cluster-admin"), false},
		{"missing role", clusterBind("b", "gone", alice), false},
	} {
		t.Run(tc.what, func(t *testing.T) {
			m := build(append([]any{tc.b}, roles...)...)
			if got := m.Privileged(tc.b); got != tc.want {
				t.Errorf("got %t, want %t", got, tc.want)
			}
		})
	}
}
