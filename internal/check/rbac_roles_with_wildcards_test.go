package check

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

func TestRBACRolesWithWildcards(t *testing.T) {
	check := &rbacRolesWithWildcards
	yes := []string{check.ID}
	role := func(rules ...model.Rule) *model.Role { return &model.Role{Rules: rules} }
	pods := model.Rule{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}
	verbs := func(list ...string) model.Rule {
		return model.Rule{Verbs: list, APIGroups: []string{""}, Resources: []string{"pods"}}
	}
	groups := func(list ...string) model.Rule {
		return model.Rule{Verbs: []string{"get"}, APIGroups: list, Resources: []string{"pods"}}
	}
	resources := func(list ...string) model.Rule {
		return model.Rule{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: list}
	}
	urls := func(list ...string) model.Rule { return model.Rule{Verbs: []string{"get"}, NonResourceURLs: list} }
	broken := role(verbs("*"))
	broken.Broken = true
	builtIn := role(verbs("*"))
	builtIn.Bootstrap = true
	testFacts(t, check, check.Judge.(RoleJudge), []factsCase[*model.Role]{
		{name: "no rules", facts: role()},
		{name: "no wildcard", facts: role(pods)},
		{name: "verbs", facts: role(verbs("*")), fails: yes},
		{name: "verbs among others", facts: role(verbs("get", "*")), fails: yes},
		{name: "API groups", facts: role(groups("*")), fails: yes},
		{name: "API groups among others", facts: role(groups("", "*")), fails: yes},
		{name: "resources", facts: role(resources("*")), fails: yes},
		{name: "*/exec", facts: role(resources("*/exec")), fails: yes},
		{name: "*/scale among others", facts: role(resources("pods", "*/scale")), fails: yes},
		{name: "pods/*", facts: role(resources("pods/*"))},
		{name: "*/*", facts: role(resources("*/*"))},
		{name: "*/ without a subresource", facts: role(resources("*/"))},
		{name: "resource with an asterisk in it", facts: role(resources("pod*"))},
		{name: "verb with an asterisk in it", facts: role(verbs("get*"))},
		{name: "API group with an asterisk in it", facts: role(groups("*.example.com"))},
		{name: "nonResourceURLs *", facts: role(urls("*")), fails: yes},
		{name: "nonResourceURLs /*", facts: role(urls("/*")), fails: yes},
		{name: "nonResourceURLs /metrics*", facts: role(urls("/metrics*"))},
		{name: "nonResourceURLs /api/*", facts: role(urls("/api/*", "/"))},
		{name: "resourceNames are literal", facts: role(model.Rule{
			Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}, ResourceNames: []string{"*"},
		})},
		{name: "second rule", facts: role(pods, verbs("*")), fails: yes},
		{name: "built-in role", facts: builtIn, fails: yes},
		{name: "role that could not be decoded", facts: broken, unknowns: yes},
	})
}

// TestWildcardsAreExplainedByRule: every rule with a wildcard is named once.
func TestWildcardsAreExplainedByRule(t *testing.T) {
	r := Explaining()
	judgeWildcards(&model.Role{Rules: []model.Rule{
		{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
		{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}},
		{Verbs: []string{"get"}, NonResourceURLs: []string{"*"}},
	}}, r)
	if got := len(r.Violations()); got != 2 {
		t.Errorf("%d violations, want one for each of the two rules with wildcards: %+v", got, r.Violations())
	}
}
