package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// known is a small catalog for the tests.
func known() Known {
	return Known{
		Checks: map[string][]string{
			"pods_running_as_root":           {"observed", "declared", "possible"},
			"pods_privileged":                nil,
			"pods_mounting_host_path":        nil,
			"pods_using_host_namespaces":     {"network", "pid", "ipc"},
			"pods_with_secret_env":           nil,
			"pods_best_effort":               nil,
			"pods_with_api_token":            nil,
			"rbac_roles_with_wildcards":      nil,
			"rbac_bindings_unused":           nil,
			"containers_without_limit":       {"cpu", "memory"},
			"namespaces_without_limit_range": {"cpu", "memory"},
		},
		Severities: []string{"critical", "high", "medium", "low"},
		Kinds:      []string{"ClusterRole", "CronJob", "DaemonSet", "Deployment", "Job", "Pod", "Role", "StatefulSet", "User"},
	}
}

// badFile is a file that is wrong, and all that is to be said about it.
type badFile struct{ name, in, want string }

func TestBadFiles(t *testing.T) {
	for _, test := range slices.Concat(badShapes, badTypes, badChecks, badExemptions, badRBAC) {
		t.Run(test.name, func(t *testing.T) {
			c, err := Parse("c.yaml", []byte(test.in), known())
			if err == nil {
				t.Fatalf("no error, got %+v", c)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if c != nil {
				t.Errorf("a configuration came with the error: %+v", c)
			}
		})
	}
}

// badShapes are wrong as YAML, or in their keys.
var badShapes = []badFile{
	{"unknown key", "findngs: {}\n",
		`c.yaml:1: findngs: unknown key; did you mean "findings"?`},
	{"unknown nested key", "ownership:\n  namespace_lable: team\n",
		`c.yaml:2: ownership.namespace_lable: unknown key; did you mean "namespace_label"?`},
	{"camel case", "systemNamespaces: []\n",
		`c.yaml:1: systemNamespaces: unknown key; did you mean "system_namespaces"?`},
	{"hyphens", "rbac:\n  who-can: []\n",
		`c.yaml:2: rbac.who-can: unknown key; did you mean "who_can"?`},
	{"unknown key with blanks", "findings:\n  the limit: 1\n",
		`c.yaml:2: findings["the limit"]: unknown key; did you mean "limit"?`},
	{"unknown key with a line break", "findings:\n  \"li\\nmit\": 1\n",
		`c.yaml:2: findings["li\nmit"]: unknown key; did you mean "limit"?`},
	{"unknown key, very long", strings.Repeat("k", 300) + ": 1\n",
		`c.yaml:1: kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…: unknown key; use checks, exemptions, findings, network, ownership, rbac or system_namespaces`},
	{"number as key", "findings: {1: 2}\n",
		`c.yaml:1: findings.1: unknown key; use limit or min_severity`},
	{"complex key", "findings: {[a]: 2}\n",
		`c.yaml:1: findings: has a key that is no plain word; write the key out`},
	{"duplicate key", "findings:\n  limit: 1\n  min_severity: low\n  limit: 2\n",
		`c.yaml:4: findings.limit: is set twice, first on line 2; remove one`},
	{"duplicate section", "checks: {}\nfindings: {}\nchecks: {}\n",
		`c.yaml:3: checks: is set twice, first on line 1; remove one`},
	{"duplicate severity", "checks:\n  severity:\n    pods_privileged: low\n    pods_privileged: high\n",
		`c.yaml:4: checks.severity.pods_privileged: is set twice, first on line 3; remove one`},
	{"merge key", "checks: &a {disabled: []}\nfindings:\n  <<: *a\n",
		`c.yaml:3: findings.<<: merge keys are not supported; write the keys out; an alias may stand for one value`},
	{"two documents", "findings: {}\n---\nchecks: {}\n",
		`c.yaml:2: a second document begins here; keep one, and remove the "---"`},
	{"empty second document", "findings: {}\n---\n",
		`c.yaml:2: a second document begins here; keep one, and remove the "---"`},
	{"broken second document", "findings: {}\n---\na: b: c\n",
		`c.yaml:3: is not YAML: mapping values are not allowed in this context; look for a wrong indentation or a missing quote or bracket near this line`},
	{"list on top", "- findings\n",
		`c.yaml:1: the file is a list, must be a mapping; begin it with a key such as "findings:"`},
	{"text on top", "findings\n",
		`c.yaml:1: the file is text, must be a mapping; begin it with a key such as "findings:"`},
	{"not YAML", "findings:\n  limit: 1\n limit: 2\n",
		`c.yaml:2: is not YAML: did not find expected key; look for a wrong indentation or a missing quote or bracket near this line`},
	{"not YAML on the first line", "findings: {limit: 1\n",
		`c.yaml:1: is not YAML: did not find expected ',' or '}'; look for a wrong indentation or a missing quote or bracket near this line`},
	{"tab", "findings:\n\tlimit: 1\n",
		"c.yaml:2: is not YAML: found character that cannot start any token; indent with blanks, not with tabs, and put text that begins with @, % or ` in quotes"},
	{"star without quotes", "\nsystem_namespaces: [kube-system, *-system]\n",
		`c.yaml:2: is not YAML: unknown anchor '-system' referenced; put patterns that begin with a star in quotes, as "*-system"`},
	{"lone star", "system_namespaces: [kube-system,\n  * ]\n",
		`c.yaml:2: is not YAML: did not find expected alphabetic or numeric character; put patterns that begin with a star in quotes, as "*-system"`},
	{"through an alias", "system_namespaces: &n [a, 7]\nexemptions: *n\n",
		`c.yaml:1: system_namespaces[1]: is a number, must be text; write "7" in quotes` + "\n" +
			`c.yaml:1: exemptions[0]: is text, must be a mapping; write "key: value" lines below it` + "\n" +
			`c.yaml:1: exemptions[1]: is a number, must be a mapping; write "key: value" lines below it`},
	{"too large", "# " + strings.Repeat("x", maxBytes),
		`c.yaml: is larger than 1 MiB; check that this is the configuration file`},
	{"several at once, in the order of their lines", "findings:\n  limit: -1\n  min_severity: none\nchecks:\n  disabled: [nope]\nfoo: 1\nrbac:\n  review: {period: soon}\n",
		`c.yaml:2: findings.limit: -1 is negative; write a whole number such as 20000 without quotes, or 0 for none` + "\n" +
			`c.yaml:3: findings.min_severity: unknown severity "none"; use critical, high, medium or low` + "\n" +
			`c.yaml:5: checks.disabled[0]: unknown check "nope"; docs/checks.md lists the checks` + "\n" +
			`c.yaml:6: foo: unknown key; use checks, exemptions, findings, network, ownership, rbac or system_namespaces` + "\n" +
			`c.yaml:8: rbac.review.period: "soon" is no duration; write days as 90d or a duration as 2160h`},
}

// badTypes hold a value of another type than the key takes.
var badTypes = []badFile{
	{"unknown key, nothing near", "foo: {}\n",
		`c.yaml:1: foo: unknown key; use checks, exemptions, findings, network, ownership, rbac or system_namespaces`},
	{"text for a mapping", "findings: many\n",
		`c.yaml:1: findings: is text, must be a mapping; write "key: value" lines below it`},
	{"list for a mapping", "rbac:\n  review: [90d]\n",
		`c.yaml:2: rbac.review: is a list, must be a mapping; write "key: value" lines below it`},
	{"text for a list", "system_namespaces: kube-system\n",
		`c.yaml:1: system_namespaces: is text, must be a list; write ["kube-system"]`},
	{"mapping for a list", "exemptions: {name: a}\n",
		`c.yaml:1: exemptions: is a mapping, must be a list; write a list, one "- item" to a line`},
	{"number for text", "ownership: {namespace_label: 7}\n",
		`c.yaml:1: ownership.namespace_label: is a number, must be text; write "7" in quotes`},
	{"boolean for text", "system_namespaces: [true]\n",
		`c.yaml:1: system_namespaces[0]: is a boolean, must be text; write "true" in quotes`},
	{"mapping for text", "ownership: {namespace_label: {a: b}}\n",
		`c.yaml:1: ownership.namespace_label: is a mapping, must be text; write one value`},
	{"date for text", exempt("owner: 2027-01-01"),
		`c.yaml:4: exemptions[0].owner: is a date, must be text; write "2027-01-01" in quotes`},
	{"tagged text", "ownership: {namespace_label: !secret x}\n",
		`c.yaml:1: ownership.namespace_label: has the tag "!secret", must be text; write "x" in quotes`},
	{"nothing for text", "ownership:\n  namespace_label:\n",
		`c.yaml:2: ownership.namespace_label: is empty; give it a value or remove the key`},
	{"nothing for system namespaces", "system_namespaces:\n",
		`c.yaml:1: system_namespaces: is empty; write [] for none, or remove the key for the default`},
	{"nothing in a list", "system_namespaces:\n  - a\n  -\n",
		`c.yaml:3: system_namespaces[1]: is empty; remove the item or give it a value`},
}
