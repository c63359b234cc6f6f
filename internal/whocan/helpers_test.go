package whocan

import (
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

func meta(namespace, name string) model.Namespaced {
	return model.Namespaced{Meta: model.NewMeta(namespace, name)}
}

func role(namespace, name string, rules ...model.Rule) *model.Role {
	return &model.Role{Namespaced: meta(namespace, name), Rules: rules}
}

// rule is a rule for resources: verbs, groups and resources, each separated by nothing but their own slice.
func rule(verbs, groups, resources []string, names ...string) model.Rule {
	return model.Rule{Verbs: verbs, APIGroups: groups, Resources: resources, ResourceNames: names}
}

func binding(namespace, name, roleKind, roleName string, subjects ...model.Subject) *model.Binding {
	return &model.Binding{
		Namespaced: meta(namespace, name), RoleKind: roleKind, RoleName: roleName, Subjects: subjects, Created: time.Unix(0, 0),
	}
}

func namespaceNamed(name string) *model.Namespace {
	return &model.Namespace{Namespaced: meta("", name), Self: model.Intern(name)}
}

func user(name string) model.Subject { return model.Subject{Kind: model.User, Name: name} }

func group(name string) model.Subject { return model.Subject{Kind: model.Group, Name: name} }

func serviceAccount(namespace, name string) model.Subject {
	return model.Subject{Kind: model.ServiceAccountSubject, Namespace: namespace, Name: name}
}

func list(words ...string) []string { return words }

// world is a small cluster: a custom resource with a verb of its own, one in two groups, one whose group nobody names, odd names,
// and grants of every kind.
func world() (rbac.Input, *Known) {
	in := rbac.Input{
		Roles: []*model.Role{
			role("", "cluster-admin", rule(list("*"), list("*"), list("*")), model.Rule{Verbs: list("*"), NonResourceURLs: list("*")}),
			role("", "reader", rule(list("get", "list"), list(""), list("secrets", "nodes", "namespaces"))),
			role("", "one-secret", rule(list("get", "create", "deletecollection"), list(""), list("secrets"), "db")),
			role("", "scaler", rule(list("update"), list("*"), list("*/scale"))),
			role("", "operator",
				rule(list("renew", "get"), list("cert-manager.example"), list("certificates", "certificates/status", "certificates/approval/deep")),
				rule(list("get"), list("a.example", "b.example"), list("widgets")),
				rule(list("get"), list("*"), list("gadgets", "pods/magic")),
				rule(list("get"), list("bad group\n", "ok.example"), list("Odd", "-", "pods/*", "*/*")),
				model.Rule{Verbs: list("probe"), NonResourceURLs: list("/metrics")},
			),
			role("shop", "debugger", rule(list("create", "get"), list(""), list("pods/exec", "pods"))),
		},
		Bindings: []*model.Binding{
			binding("", "cluster-admin", "ClusterRole", "cluster-admin", group("system:masters")),
			binding("", "readers", "ClusterRole", "reader", serviceAccount("shop", "web"), user("ann")),
			binding("", "db", "ClusterRole", "one-secret", user("bob")),
			binding("", "all-accounts", "ClusterRole", "operator", group("system:serviceaccounts")),
			binding("shop", "debuggers", "Role", "debugger", group("system:serviceaccounts:shop"), user("ann")),
			binding("shop", "node-readers", "ClusterRole", "reader", user("carl")),
		},
	}
	return in, NewKnown(in.Roles, []*model.Namespace{namespaceNamed("shop"), namespaceNamed("production"), namespaceNamed("default")})
}
