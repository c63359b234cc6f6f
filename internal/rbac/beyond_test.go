package rbac

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// issuer is what the API server gives to every ServiceAccount.
var issuer = []any{
	clusterRole("system:service-account-issuer-discovery", urlRule("get", "/openid/v1/jwks")),
	bootstrap(clusterBind("system:service-account-issuer-discovery", "system:service-account-issuer-discovery",
		group("system:serviceaccounts"))),
}

func TestGrantedBeyondAuthenticated(t *testing.T) {
	sa := account("a", "x")
	everybody := []any{
		clusterRole("basic", ruleOf("create", "authorization.k8s.io", "selfsubjectaccessreviews"), ruleOf("get,list", "core", "pods,*/log"),
			urlRule("get", "/healthz*")),
		clusterBind("basic", "basic", group("system:authenticated")),
	}
	give := func(rules ...model.Rule) []any { return []any{clusterRole("r", rules...), clusterBind("b", "r", sa)} }
	giveTo := func(s model.Subject) []any {
		return []any{clusterRole("r", ruleOf("get", "core", "secrets")), clusterBind("b", "r", s)}
	}
	giveIn := func(namespace string, rules ...model.Rule) []any {
		return []any{clusterRole("r", rules...), bind(namespace, "b", "ClusterRole", "r", sa)}
	}
	for _, tc := range []struct {
		what          string
		objects       []any
		beyond, given bool
	}{
		{"nothing", nil, false, false},
		{"something", give(ruleOf("get", "core", "secrets")), true, true},
		{"what everybody has", give(ruleOf("get", "core", "pods")), false, false},
		{"what everybody has, by a wildcard subresource", give(ruleOf("get", "core", "pods/log")), false, false},
		{"what everybody has, by name", give(ruleOf("list", "core", "pods", "one")), false, false},
		{"a path everybody has", give(urlRule("get", "/healthz/ping")), false, false},
		{"more verbs", give(ruleOf("get,delete", "core", "pods")), true, true},
		{"what everybody has, in a namespace", giveIn("z", ruleOf("get", "core", "pods")), false, false},
		{"more, in a namespace", giveIn("z", ruleOf("get", "core", "secrets")), true, true},
		{"a path in a namespace is nothing", giveIn("z", urlRule("get", "/metrics")), false, false},
		{"a path", give(urlRule("get", "/metrics")), true, true},
		{"a role without rules", give(), false, false},
		{"a missing role", []any{clusterBind("b", "gone", sa)}, false, false},
		{"the group of its namespace", giveTo(group("system:serviceaccounts:a")), true, true},
		{"the group of another namespace", giveTo(group("system:serviceaccounts:b")), false, false},
		{"everybody has more in one namespace", []any{clusterRole("r", ruleOf("get", "core", "secrets")),
			bind("z", "all", "ClusterRole", "r", group("system:authenticated")), bind("z", "b", "ClusterRole", "r", sa)}, false, false},
		{"but not in another", []any{clusterRole("r", ruleOf("get", "core", "secrets")),
			bind("z", "all", "ClusterRole", "r", group("system:authenticated")), bind("y", "b", "ClusterRole", "r", sa)}, true, true},
		{"the API server's gift to every ServiceAccount", issuer, true, false},
		{"the same without its label", []any{issuer[0], clusterBind("system:service-account-issuer-discovery",
			"system:service-account-issuer-discovery", group("system:serviceaccounts"))}, true, true},
		{"the gift again, by name", append([]any{clusterBind("b", "system:service-account-issuer-discovery", sa)}, issuer...), true, false},
	} {
		t.Run(tc.what, func(t *testing.T) {
			m := build(append(tc.objects, everybody...)...)
			if got := m.GrantedBeyondAuthenticated(sa); got != tc.beyond {
				t.Errorf("GrantedBeyondAuthenticated = %t, want %t", got, tc.beyond)
			}
			if got := m.GrantedBeyondDefaults(sa); got != tc.given {
				t.Errorf("GrantedBeyondDefaults = %t, want %t", got, tc.given)
			}
			if m.GrantedBeyondAuthenticated(user("nobody")) {
				t.Error("a user that nothing names has more than every user")
			}
		})
	}
}
