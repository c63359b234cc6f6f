package check

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

var rbacRolesWithWildcards = Check{
	ID:       "rbac_roles_with_wildcards",
	Gap:      RBAC,
	Severity: Low,
	Title: "Roles and ClusterRoles, built-in ones included, with a rule for all verbs, API groups, resources, one subresource of all " +
		"resources, or non-resource URLs. What RBAC takes literally, such as pods/*, and URLs below one path, are not counted.",
	Why: "A wildcard also grants what does not exist yet: the next resource, verb or subresource that an upgrade brings. The role grants " +
		"nothing until it is bound, and who may do too much is counted by subject: hygiene, low.",
	Remediation: "List the verbs, API groups and resources that the program uses; the audit log shows them.",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.1.3"}},
	Needs:       []model.Kind{model.Roles, model.ClusterRoles},
	Judge:       RoleJudge(judgeWildcards),
}

const wildcard = "*"

// judgeWildcards: a wildcard is what RBAC's authorizer takes for one. A verb, group or resource is one when it is just the asterisk,
// and a subresource of every resource is written */name. Everything else with an asterisk in it is compared as it stands: pods/* and
// */* match nothing, and so do asterisks among resourceNames.
func judgeWildcards(role *model.Role, r *Report) {
	if role.Broken {
		r.Unknown(0)
		return
	}
	for i := range role.Rules {
		rule := &role.Rules[i]
		switch {
		case slices.Contains(rule.Verbs, wildcard):
			r.Fail(0, nil, "rules", "grants every verb")
		case slices.Contains(rule.APIGroups, wildcard):
			r.Fail(0, nil, "rules", "grants resources of every API group")
		case slices.ContainsFunc(rule.Resources, everyResource):
			r.Fail(0, nil, "rules", "grants every resource, or one subresource of every resource")
		case slices.ContainsFunc(rule.NonResourceURLs, everyURL):
			r.Fail(0, nil, "rules", "grants every non-resource URL")
		}
	}
}

func everyResource(resource string) bool {
	if resource == wildcard {
		return true
	}
	subresource, ok := strings.CutPrefix(resource, "*/")
	return ok && subresource != "" && subresource != wildcard
}

// everyURL: the authorizer cuts the asterisks off and compares the rest as a prefix, and every URL begins with a slash.
func everyURL(url string) bool {
	prefix := strings.TrimRight(url, wildcard)
	return prefix != url && (prefix == "" || prefix == "/")
}
