package config

import "strings"

// exempt returns a valid exemption with some of its lines replaced or added, by key.
func exempt(lines ...string) string {
	keys := []string{"name", "checks", "owner", "reason", "expires"}
	text := map[string]string{
		"name": "name: a", "checks": "checks: [pods_privileged]", "owner": "owner: sre", "reason": "reason: because", "expires": "expires: 2027-03-31",
	}
	for _, line := range lines {
		key, _, _ := strings.Cut(line, ":")
		if _, ok := text[key]; !ok {
			keys = append(keys, key)
		}
		text[key] = line
	}
	for i, key := range keys {
		keys[i] = text[key]
	}
	return "exemptions:\n  - " + strings.Join(keys, "\n    ") + "\n"
}

// badExemptions are wrong in an exemption.
var badExemptions = []badFile{
	{"exemption: empty", "exemptions:\n  - {}\n",
		`c.yaml:2: exemptions[0].name: is required; give it a name that no other exemption has` + "\n" +
			`c.yaml:2: exemptions[0].checks: is required; name at least one check, or write ["*"] for all` + "\n" +
			`c.yaml:2: exemptions[0].owner: is required; name the team that answers for it` + "\n" +
			`c.yaml:2: exemptions[0].reason: is required; say why the checks may fail` + "\n" +
			`c.yaml:2: exemptions[0].expires: is required; write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z`},
	{"exemption: only a name", "exemptions:\n  - name: a\n",
		`c.yaml:2: exemptions[0].checks: is required; name at least one check, or write ["*"] for all` + "\n" +
			`c.yaml:2: exemptions[0].owner: is required; name the team that answers for it` + "\n" +
			`c.yaml:2: exemptions[0].reason: is required; say why the checks may fail` + "\n" +
			`c.yaml:2: exemptions[0].expires: is required; write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z`},
	{"exemption: text", "exemptions: [pods_privileged]\n",
		`c.yaml:1: exemptions[0]: is text, must be a mapping; write "key: value" lines below it`},
	{"exemption: unknown key", exempt("namespace: shop"),
		`c.yaml:7: exemptions[0].namespace: unknown key; did you mean "namespaces"?`},
	{"exemption: blank owner", exempt("owner: ' '"),
		`c.yaml:4: exemptions[0].owner: is blank; say it in a word or two`},
	{"exemption: empty name", exempt("name: ''"),
		`c.yaml:2: exemptions[0].name: is blank; say it in a word or two`},
	{"exemption: reserved name", exempt("name: system-namespaces"),
		`c.yaml:2: exemptions[0].name: "system-namespaces" is the name of the built-in exemption; choose another`},
	{"exemption: name twice", exempt() + strings.TrimPrefix(exempt(), "exemptions:\n"),
		`c.yaml:7: exemptions[1].name: "a" is the name of exemptions[0] already; choose another`},
	{"exemption: no checks", exempt("checks: []"),
		`c.yaml:3: exemptions[0].checks: is empty; name at least one check, or write ["*"] for all`},
	{"exemption: empty checks", exempt("checks:"),
		`c.yaml:3: exemptions[0].checks: is empty; name at least one check, or write ["*"] for all`},
	{"exemption: unknown check", exempt("checks: [pods_privileged, host_path]"),
		`c.yaml:3: exemptions[0].checks[1]: unknown check "host_path"; did you mean "pods_mounting_host_path"?`},
	{"exemption: unknown value", exempt("checks: [pods_using_host_namespaces/net]"),
		`c.yaml:3: exemptions[0].checks[0]: check "pods_using_host_namespaces" has no value "net"; use network, pid or ipc`},
	{"exemption: kind in lower case", exempt("kinds: [daemonset]"),
		`c.yaml:7: exemptions[0].kinds[0]: "daemonset" matches no kind; kinds begin with a capital letter, as DaemonSet`},
	{"exemption: misspelled kind", exempt("kinds: [DeamonSet]"),
		`c.yaml:7: exemptions[0].kinds[0]: unknown kind "DeamonSet"; did you mean "DaemonSet"?`},
	{"exemption: kind without its group", exempt("kinds: [Job, Rollout]"),
		`c.yaml:7: exemptions[0].kinds[1]: unknown kind "Rollout"; write a kind that is not built in with its API group, as Rollout.argoproj.io`},
	{"exemption: built-in kind with its group", exempt("kinds: [DaemonSet.apps]"),
		`c.yaml:7: exemptions[0].kinds[0]: "DaemonSet.apps" matches no kind; built-in kinds stand alone: write "DaemonSet"`},
	{"exemption: kind and no group", exempt("kinds: [Job.]"),
		`c.yaml:7: exemptions[0].kinds[0]: "Job." is no kind and group; write a kind that is not built in with its API group, as Rollout.argoproj.io`},
	{"exemption: kind and version", exempt("kinds: [Job.batch/v1]"),
		`c.yaml:7: exemptions[0].kinds[0]: "Job.batch/v1" is no kind and group; write a kind that is not built in with its API group, as Rollout.argoproj.io`},
	{"exemption: pattern of no kind", exempt("kinds: ['Rollou*']"),
		`c.yaml:7: exemptions[0].kinds[0]: "Rollou*" matches no kind that is built in; write a kind that is not built in with its API group, as Rollout.argoproj.io`},
	{"network: a pattern of namespaces", "network: {enforcer_namespaces: [kube-system, 'kube-*']}\n",
		`c.yaml:1: network.enforcer_namespaces[1]: "kube-*" is not a valid namespace; write the name of a namespace such as calico-system; patterns are not allowed here`},
	{"network: no namespaces", "network: {enforcer_namespaces: }\n",
		`c.yaml:1: network.enforcer_namespaces: is empty; write [] for none, or remove the key for the default`},
	{"exemption: bad glob", exempt("names: ['a[']"),
		`c.yaml:7: exemptions[0].names[0]: "a[" is not a valid pattern; close every "[" and do not end in "\"`},
	{"exemption: German date", exempt("expires: 31.03.2027"),
		`c.yaml:6: exemptions[0].expires: "31.03.2027" is no date; write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z`},
	{"exemption: no such day", exempt("expires: 2027-02-30"),
		`c.yaml:6: exemptions[0].expires: "2027-02-30" is no date; write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z`},
	{"exemption: number", exempt("expires: 20270331"),
		`c.yaml:6: exemptions[0].expires: "20270331" is no date; write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z`},
	{"exemption: never", exempt("expires: never"),
		`c.yaml:6: exemptions[0].expires: "never" is no date; write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z`},
	{"exemption: year with two digits", exempt("expires: 0027-03-31"),
		`c.yaml:6: exemptions[0].expires: the year of "0027-03-31" cannot be meant; write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z`},
	{"exemption: expires empty", exempt("expires:"),
		`c.yaml:6: exemptions[0].expires: is empty; write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z`},
	{"exemption: expires list", exempt("expires: [2027-03-31]"),
		`c.yaml:6: exemptions[0].expires: is a list, must be one value; write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z`},
}
