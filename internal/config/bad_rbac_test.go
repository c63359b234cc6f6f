package config

import "strings"

// query returns a file with one who-can query, its name on line 3.
func query(lines ...string) string {
	return "rbac:\n  who_can:\n    - " + strings.Join(lines, "\n      ") + "\n"
}

// badRBAC are wrong in what is said of the network, in a review or a query.
var badRBAC = []badFile{
	{"network: name with a space", "network: {enforcer: our own}\n",
		`c.yaml:1: network.enforcer: "our own" is not a valid name; write a name such as cilium, or none when nobody enforces network policies`},
	{"network: nothing", "network: {enforcer: }\n", `c.yaml:1: network.enforcer: is empty; give it a value or remove the key`},
	{"network: no such key", "network: {enforcers: cilium}\n", `c.yaml:1: network.enforcers: unknown key; did you mean "enforcer"?`},
	{"review: no unit", "rbac: {review: {period: 90}}\n",
		`c.yaml:1: rbac.review.period: "90" is no duration; write days as 90d or a duration as 2160h`},
	{"review: zero", "rbac: {review: {period: 0d}}\n",
		`c.yaml:1: rbac.review.period: "0d" is not positive; write days as 90d or a duration as 2160h`},
	{"review: negative", "rbac: {review: {period: -90h}}\n",
		`c.yaml:1: rbac.review.period: "-90h" is not positive; write days as 90d or a duration as 2160h`},
	{"review: weeks", "rbac: {review: {period: 12w}}\n",
		`c.yaml:1: rbac.review.period: "12w" is no duration; write days as 90d or a duration as 2160h`},
	{"review: too long", "rbac: {review: {period: 200000d}}\n",
		`c.yaml:1: rbac.review.period: "200000d" is no duration; write days as 90d or a duration as 2160h`},
	{"review: bad annotation", "rbac: {review: {annotation: 'a/b/c'}}\n",
		`c.yaml:1: rbac.review.annotation: "a/b/c" is not a valid key; write a key such as team or example.com/team`},
	{"review: empty annotation", "rbac: {review: {annotation: ''}}\n",
		`c.yaml:1: rbac.review.annotation: is empty; write a key such as kube-posture/reviewed-at`},
	{"query: empty", query("{}"),
		`c.yaml:3: rbac.who_can[0].name: is required; give it a name that no other query has` + "\n" +
			`c.yaml:3: rbac.who_can[0].verb: is required; write a verb such as get or delete` + "\n" +
			`c.yaml:3: rbac.who_can[0]: asks for nothing; set resource or non_resource_url`},
	{"query: upper case name", query("name: Delete_Pods", "verb: delete", "resource: pods"),
		`c.yaml:3: rbac.who_can[0].name: "Delete_Pods" is not a valid name; use a to z, 0 to 9 and "-"`},
	{"query: built-in name", query("name: exec-pods", "verb: create", "resource: pods/exec"),
		`c.yaml:3: rbac.who_can[0].name: "exec-pods" is the name of a built-in query; choose another`},
	{"query: name twice", query("{name: a, verb: get, resource: pods}") + "    - {name: a, verb: get, resource: pods}\n",
		`c.yaml:4: rbac.who_can[1].name: "a" is the name of rbac.who_can[0] already; choose another`},
	{"query: no verb", query("name: a", "resource: pods"),
		`c.yaml:3: rbac.who_can[0].verb: is required; write a verb such as get or delete`},
	{"query: verb in upper case", query("name: a", "verb: DELETE", "resource: pods"),
		`c.yaml:4: rbac.who_can[0].verb: "DELETE" is not a verb; write "delete"`},
	{"query: two verbs", query("name: a", "verb: get list", "resource: pods"),
		`c.yaml:4: rbac.who_can[0].verb: "get list" is not a verb; write one verb such as get or delete`},
	{"query: resource and URL", query("name: a", "verb: get", "resource: pods", "non_resource_url: /metrics"),
		`c.yaml:5: rbac.who_can[0].resource: cannot stand beside non_resource_url; remove one of the two`},
	{"query: namespace and URL", query("name: a", "verb: get", "non_resource_url: /metrics", "namespace: shop"),
		`c.yaml:6: rbac.who_can[0].namespace: cannot stand beside non_resource_url; remove one of the two`},
	{"query: neither", query("name: a", "verb: get"),
		`c.yaml:3: rbac.who_can[0]: asks for nothing; set resource or non_resource_url`},
	{"query: URL without slash", query("name: a", "verb: get", "non_resource_url: metrics"),
		`c.yaml:5: rbac.who_can[0].non_resource_url: "metrics" is not a path; write a path such as /metrics`},
	{"query: kind for a resource", query("name: a", "verb: get", "resource: Pod"),
		`c.yaml:5: rbac.who_can[0].resource: "Pod" is not a resource; write the plural in lower case, as pods or pods/log`},
	{"query: resource with group", query("name: a", "verb: get", "resource: deployments.apps"),
		`c.yaml:5: rbac.who_can[0].resource: "deployments.apps" is not a resource; write "deployments" here, and api_group: "apps"`},
	{"query: subresource twice", query("name: a", "verb: get", "resource: pods/log", "subresource: log"),
		`c.yaml:5: rbac.who_can[0].resource: "pods/log" names a subresource, which is set beside it too; write "pods" here`},
	{"query: two slashes", query("name: a", "verb: get", "resource: pods/log/x"),
		`c.yaml:5: rbac.who_can[0].resource: "pods/log/x" is not a resource; write the plural in lower case, as pods or pods/log`},
	{"query: empty subresource", query("name: a", "verb: get", "resource: pods", "subresource: ''"),
		`c.yaml:6: rbac.who_can[0].subresource: "" is not a valid name; write one name, or remove the key`},
	{"query: group with version", query("name: a", "verb: get", "resource: pods", "api_group: apps/v1"),
		`c.yaml:6: rbac.who_can[0].api_group: "apps/v1" is not an API group; write a group without version, as apps, or "" for the core group`},
	{"query: namespace glob", query("name: a", "verb: get", "resource: pods", "namespace: prod-*"),
		`c.yaml:6: rbac.who_can[0].namespace: "prod-*" is not a namespace; write the name of one namespace, or remove the key to ask for all`},
	{"query: resource name with slash", query("name: a", "verb: get", "resource: pods", "resource_name: a/b"),
		`c.yaml:6: rbac.who_can[0].resource_name: "a/b" is not a valid name; write one name, or remove the key`},
}
