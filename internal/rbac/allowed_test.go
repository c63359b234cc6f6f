package rbac

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func asking(resource, subresource, name string) Attributes {
	return Attributes{Verb: "get", Resource: resource, Subresource: subresource, Name: name}
}

func path(url string) Attributes { return Attributes{Verb: "get", NonResourceURL: url} }

// ruleCases are the rules that tools get wrong, one rule and one request each.
var ruleCases = []struct {
	what string
	rule model.Rule
	ask  Attributes
	want bool
}{
	{"a resource", ruleOf("get", "core", "pods"), asking("pods", "", ""), true},
	{"another verb", ruleOf("list", "core", "pods"), asking("pods", "", ""), false},
	{"another group", ruleOf("get", "apps", "pods"), asking("pods", "", ""), false},
	{"every verb", ruleOf("*", "core", "pods"), asking("pods", "", ""), true},
	{"every group", ruleOf("get", "*", "pods"), asking("pods", "", ""), true},
	{"a star asked for is a word", ruleOf("get", "core", "pods"), Attributes{Verb: "*", Resource: "pods"}, false},
	{"a star answers for a star", ruleOf("*", "core", "pods"), Attributes{Verb: "*", Resource: "pods"}, true},
	{"a resource has not its subresources", ruleOf("get", "core", "pods"), asking("pods", "exec", ""), false},
	{"a subresource has not its resource", ruleOf("get", "core", "pods/exec"), asking("pods", "", ""), false},
	{"* has subresources", ruleOf("get", "core", "*"), asking("pods", "exec", ""), true},
	{"*/exec is the exec of anything", ruleOf("get", "core", "*/exec"), asking("pods", "exec", ""), true},
	{"*/exec is no resource", ruleOf("get", "core", "*/exec"), asking("pods", "", ""), false},
	{"*/exec is not another subresource", ruleOf("get", "core", "*/exec"), asking("pods", "log", ""), false},
	{"*/exec is not the end of one", ruleOf("get", "core", "*/exec"), asking("pods", "anexec", ""), false},
	{"pods/* is nothing special", ruleOf("get", "core", "pods/*"), asking("pods", "exec", ""), false},
	{"pods/* is no pod", ruleOf("get", "core", "pods/*"), asking("pods", "", ""), false},
	{"*/* is nothing special", ruleOf("get", "core", "*/*"), asking("pods", "exec", ""), false},
	{"*/* is no resource", ruleOf("get", "core", "*/*"), asking("pods", "", ""), false},
	{"a name", ruleOf("get", "core", "pods", "one"), asking("pods", "", "one"), true},
	{"another name", ruleOf("get", "core", "pods", "one"), asking("pods", "", "two"), false},
	{"a name is not every name", ruleOf("get", "core", "pods", "one"), asking("pods", "", ""), false},
	{"resourceNames on create", ruleOf("create", "core", "pods", "one"), Attributes{Verb: "create", Resource: "pods"}, false},
	{"resourceNames on list", ruleOf("list", "core", "pods", "one"), Attributes{Verb: "list", Resource: "pods"}, false},
	{"resourceNames on deletecollection", ruleOf("deletecollection", "core", "pods", "one"),
		Attributes{Verb: "deletecollection", Resource: "pods"}, false},
	{"resourceNames under three stars", ruleOf("*", "*", "*", "one"), asking("pods", "", ""), false},
	{"the empty name is compared like others", ruleOf("list", "core", "pods", ""), Attributes{Verb: "list", Resource: "pods"}, true},
	{"no verbs", model.Rule{APIGroups: []string{"*"}, Resources: []string{"*"}}, asking("pods", "", ""), false},
	{"no groups", model.Rule{Verbs: []string{"*"}, Resources: []string{"*"}}, asking("pods", "", ""), false},
	{"a path", urlRule("get", "/metrics"), path("/metrics"), true},
	{"below a path", urlRule("get", "/metrics"), path("/metrics/cadvisor"), false},
	{"/metrics*", urlRule("get", "/metrics*"), path("/metrics"), true},
	{"below /metrics*", urlRule("get", "/metrics*"), path("/metrics/cadvisor"), true},
	{"/metrics* is a prefix of names too", urlRule("get", "/metrics*"), path("/metricsandmore"), true},
	{"/metrics/* is not /metrics", urlRule("get", "/metrics/*"), path("/metrics"), false},
	{"several stars at the end are one", urlRule("get", "/m**"), path("/metrics"), true},
	{"a star inside is a letter", urlRule("get", "/*/x"), path("/metrics/x"), false},
	{"every path", urlRule("get", "*"), path("/metrics"), true},
	{"every path, another verb", urlRule("post", "*"), path("/metrics"), false},
	{"paths are not resources", urlRule("*", "*"), asking("pods", "", ""), false},
	{"resources are not paths", ruleOf("*", "*", "*"), path("/metrics"), false},
}

func TestRules(t *testing.T) {
	for _, tc := range ruleCases {
		t.Run(tc.what, func(t *testing.T) {
			m := build(clusterRole("r", tc.rule), clusterBind("b", "r", user("alice")))
			if got := m.Allowed(user("alice"), nil, tc.ask); got != tc.want {
				t.Errorf("Allowed = %t, want %t", got, tc.want)
			}
			if got := len(m.WhoCan(tc.ask)) == 1; got != tc.want {
				t.Errorf("WhoCan = %t, want %t", got, tc.want)
			}
		})
	}
}

// TestScope holds who is reached by a binding, and where.
func TestScope(t *testing.T) {
	pods := ruleOf("get", "core", "pods")
	in := func(namespace string) Attributes {
		return Attributes{Verb: "get", Resource: "pods", Namespace: namespace}
	}
	sa := account("a", "x")
	for _, tc := range []struct {
		what string
		m    *Model
		who  model.Subject
		ask  Attributes
		want bool
	}{
		{"a ClusterRoleBinding reaches a namespace", build(clusterRole("r", pods), clusterBind("b", "r", sa)), sa, in("z"), true},
		{"a ClusterRoleBinding reaches the cluster", build(clusterRole("r", pods), clusterBind("b", "r", sa)), sa, in(""), true},
		{"a RoleBinding reaches its namespace", build(clusterRole("r", pods), bind("a", "b", "ClusterRole", "r", sa)), sa, in("a"), true},
		{"a RoleBinding reaches no other", build(clusterRole("r", pods), bind("a", "b", "ClusterRole", "r", sa)), sa, in("b"), false},
		{"a RoleBinding does not reach the cluster", build(clusterRole("r", pods), bind("a", "b", "ClusterRole", "r", sa)), sa, in(""), false},
		{"a Role", build(roleIn("a", "r", pods), bind("a", "b", "Role", "r", sa)), sa, in("a"), true},
		{"the Role of another namespace", build(roleIn("b", "r", pods), bind("a", "b", "Role", "r", sa)), sa, in("a"), false},
		{"a Role is no ClusterRole", build(roleIn("a", "r", pods), bind("a", "b", "ClusterRole", "r", sa)), sa, in("a"), false},
		{"a ClusterRole is no Role", build(clusterRole("r", pods), bind("a", "b", "Role", "r", sa)), sa, in("a"), false},
		{"a ClusterRoleBinding has no Role", build(clusterRole("r", pods), bind("", "b", "Role", "r", sa)), sa, in(""), false},
		{"a missing role", build(clusterBind("b", "gone", sa)), sa, in("a"), false},
		{"paths through a RoleBinding", build(clusterRole("r", urlRule("*", "*")), bind("a", "b", "ClusterRole", "r", sa)), sa,
			Attributes{Verb: "get", NonResourceURL: "/metrics", Namespace: "a"}, false},
		{"the group of a namespace's ServiceAccounts", build(clusterRole("r", pods), clusterBind("b", "r", group("system:serviceaccounts:a"))),
			sa, in(""), true},
		{"the group of another namespace's", build(clusterRole("r", pods), clusterBind("b", "r", group("system:serviceaccounts:b"))),
			sa, in(""), false},
		{"the group of all ServiceAccounts", build(clusterRole("r", pods), clusterBind("b", "r", group("system:serviceaccounts"))),
			sa, in(""), true},
		{"everybody", build(clusterRole("r", pods), clusterBind("b", "r", group("system:authenticated"))), sa, in(""), true},
		{"a group's members are somebody", build(clusterRole("r", pods), clusterBind("b", "r", group("system:authenticated"))),
			group("devs"), in(""), true},
		{"the anonymous are not everybody", build(clusterRole("r", pods), clusterBind("b", "r", group("system:authenticated"))),
			user("system:anonymous"), in(""), false},
		{"the unauthenticated are not everybody", build(clusterRole("r", pods), clusterBind("b", "r", group("system:authenticated"))),
			group("system:unauthenticated"), in(""), false},
		{"the unauthenticated", build(clusterRole("r", pods), clusterBind("b", "r", group("system:unauthenticated"))),
			user("system:anonymous"), in(""), true},
		{"masters without a binding", build(), group("system:masters"), in("a"), true},
		{"a user asked for as a ServiceAccount", build(clusterRole("r", pods), clusterBind("b", "r", sa)),
			user("system:serviceaccount:a:x"), in(""), true},
		{"the aggregated role as it is filled", build(clusterRole("view", ruleOf("get", "core", "services"), pods),
			clusterBind("b", "view", sa)), sa, in(""), true},
	} {
		t.Run(tc.what, func(t *testing.T) {
			if got := tc.m.Allowed(tc.who, nil, tc.ask); got != tc.want {
				t.Errorf("Allowed = %t, want %t", got, tc.want)
			}
		})
	}
}

func TestExtraGroups(t *testing.T) {
	pods := Attributes{Verb: "get", Resource: "pods"}
	m := build(clusterRole("r", ruleOf("get", "core", "pods")), clusterBind("b", "r", group("devs")))
	for _, tc := range []struct {
		extra []string
		want  bool
	}{{nil, false}, {[]string{"devs"}, true}, {[]string{"ops"}, false}, {[]string{"ops", "system:masters"}, true}} {
		if got := m.Allowed(user("alice"), tc.extra, pods); got != tc.want {
			t.Errorf("with groups %v: %t, want %t", tc.extra, got, tc.want)
		}
	}
}

// TestWhy: every way is named, and each once, however often a binding names a subject.
func TestWhy(t *testing.T) {
	sa := account("a", "x")
	everyone := group("system:serviceaccounts:a")
	m := build(clusterRole("r", ruleOf("get", "core", "pods")), clusterRole("other", ruleOf("get", "core", "services")),
		bind("a", "local", "ClusterRole", "r", sa),
		clusterBind("wide", "r", everyone, sa, sa),
		bind("b", "elsewhere", "ClusterRole", "r", sa),
		clusterBind("beside", "other", sa), clusterBind("dangling", "gone", sa))
	var got []string
	for _, g := range m.Why(sa, nil, Attributes{Verb: "get", Resource: "pods", Namespace: "a"}) {
		got = append(got, g.Binding.Name()+" "+g.Role.Name()+" "+g.Via.Kind.String())
	}
	if diff := cmp.Diff([]string{"wide r Group", "wide r ServiceAccount", "local r ServiceAccount"}, got); diff != "" {
		t.Error(diff)
	}
	if grants := m.Why(group("system:masters"), nil, Attributes{Verb: "get", Resource: "pods"}); grants != nil {
		t.Errorf("masters: %v, want no grant", grants)
	}
}

// TestWhoCan: an identity counts once however many bindings and spellings name it, and every way of being granted counts.
func TestWhoCan(t *testing.T) {
	spelled, _ := Identity("User", "", "", "system:serviceaccount:a:x", "")
	local, _ := Identity("ServiceAccount", "", "", "x", "a")
	m := build(clusterRole("r", ruleOf("get", "core", "secrets")), clusterRole("none"),
		clusterBind("b1", "r", spelled, user("zoe")), clusterBind("b2", "r", account("a", "x")), bind("a", "b3", "ClusterRole", "r", local),
		clusterBind("b4", "r", group("system:serviceaccounts:c")), clusterBind("b5", "none", account("c", "y"), account("d", "y")),
		clusterBind("b6", "none", group("system:masters")), bind("a", "b7", "ClusterRole", "r", user("bob")))
	ask := Attributes{Verb: "get", Resource: "secrets"}
	wide := []model.Subject{user("zoe"), group("system:masters"), group("system:serviceaccounts:c"), account("a", "x"), account("c", "y")}
	if diff := cmp.Diff(wide, m.WhoCan(ask)); diff != "" {
		t.Errorf("cluster-wide: %s", diff)
	}
	if got := m.Count(Query{Any: []Attributes{ask}}); got != [model.SubjectKindCount]int{1, 2, 2} {
		t.Errorf("Count = %v", got)
	}
	ask.Namespace = "a"
	if diff := cmp.Diff(append([]model.Subject{user("bob")}, wide...), m.WhoCan(ask)); diff != "" {
		t.Errorf("in a namespace: %s", diff)
	}
	if got := m.Population(); got != [model.SubjectKindCount]int{2, 2, 3} {
		t.Errorf("Population = %v", got)
	}
	if got := m.Holders(Query{Name: "empty"}); got != nil {
		t.Errorf("a query for nothing is satisfied by %v", got)
	}
	if got := build().WhoCan(ask); got != nil {
		t.Errorf("in an empty cluster %v can", got)
	}
}
