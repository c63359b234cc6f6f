package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestWhoCan: the answer, and nothing else, is on standard output.
func TestWhoCan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stdout, stderr, code := execute(t, dir, "who-can", "delete", "po", "-n", "staging", "--demo")
	if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "18 subjects can delete pods in the namespace \"staging\":\n\nKIND ") {
		t.Errorf("exit code %d, standard error %q, standard output\n%s", code, stderr, stdout)
	}
	if !strings.Contains(stdout, "\nOnly RBAC is visible here: ") {
		t.Errorf("it does not say what it cannot see:\n%s", stdout)
	}
	stdout, stderr, code = execute(t, dir, "who-can", "create", "pods", "--subresource=exec", "--api-group=", "--output=json", "--demo")
	var answer struct {
		Query    struct{ Resource, Subresource string }
		Subjects []struct{ Kind, Name string }
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil || code != 0 || stderr != "" || answer.Query.Subresource != "exec" || len(answer.Subjects) != 4 {
		t.Errorf("exit code %d, %v, %+v, standard error %q", code, err, answer, stderr)
	}
	stdout, stderr, code = execute(t, dir, "who-can", "get", "/healthz", "--demo")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "can get /healthz:") {
		t.Errorf("exit code %d, standard error %q, standard output\n%s", code, stderr, stdout)
	}
}

// TestWhoCanNobody: one sentence, and it is no failure.
func TestWhoCanNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "rbac.yaml", `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: User, name: ann}]
`)
	stdout, stderr, code := execute(t, dir, "who-can", "delete", "pods", "--snapshot=rbac.yaml")
	want := "Nobody can delete pods cluster-wide: no RBAC binding allows it, and what else may allow it (system:masters, other authorizers) is not visible here.\n"
	if code != 0 || stderr != "" || stdout != want {
		t.Errorf("exit code %d, standard error %q, standard output\n%s", code, stderr, stdout)
	}
}

// TestReviewReport: the program writes the golden file.
func TestReviewReport(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("../../internal/review/testdata/demo.md")
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := execute(t, t.TempDir(), "report", "rbac-review", "--demo", "--date=2027-03-01")
	if code != 0 || stderr != "" || stdout != string(want) {
		t.Errorf("exit code %d, standard error %q, standard output\n%s", code, stderr, stdout)
	}
	stdout, stderr, code = execute(t, t.TempDir(), "report", "-o", "csv", "--cluster=blue", "rbac-review", "--demo")
	if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "cluster,date,section,") || !strings.Contains(stdout, "\nblue,20") {
		t.Errorf("exit code %d, standard error %q, standard output\n%s", code, stderr, stdout)
	}
}

func TestExplainNetwork(t *testing.T) {
	t.Parallel()
	stdout, stderr, code := execute(t, t.TempDir(), "explain", "network", "production/db-0", "--demo")
	for _, want := range []string{
		"Pod production/db-0\n\nIngress: isolated\n  because NetworkPolicy production/db-from-web isolates the pod, and no policy allows everyone\n",
		"      allows from pods of 1 kind in production, on some ports\n", "\nEgress: isolated\n", "\nWhether anybody enforces policies is unknown.\n",
	} {
		if code != 0 || stderr != "" || !strings.Contains(stdout, want) {
			t.Errorf("want %q; exit code %d, standard error %q, standard output\n%s", want, code, stderr, stdout)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/c.yaml", []byte("network: {enforcer: none}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, _, _ = execute(t, dir, "explain", "network", "production/db-0", "--demo", "--config.file=c.yaml")
	if !strings.Contains(stdout, "\nNobody enforces policies in this cluster: none of this has any effect.\n") {
		t.Errorf("what the configuration states is not said in\n%s", stdout)
	}
}

func TestCommandsHelp(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		whoCan:  "usage: kube-posture-exporter who-can VERB RESOURCE[/SUBRESOURCE] [<flags>]\n",
		report:  "usage: kube-posture-exporter report rbac-review [<flags>]\n",
		explain: "usage: kube-posture-exporter explain network NAMESPACE/POD [<flags>]\n",
	} {
		for _, flag := range []string{"--help", "-h"} {
			stdout, stderr, code := execute(t, t.TempDir(), command, flag)
			if code != 0 || stderr != "" || !strings.HasPrefix(stdout, want) || strings.Contains(stdout, "[no-]") || strings.Contains(stdout, "help-man") {
				t.Errorf("%s %s: exit code %d, standard error %q, standard output\n%s", command, flag, code, stderr, stdout)
			}
		}
	}
	stdout, _, _ := execute(t, t.TempDir(), "--help")
	for _, want := range []string{"kube-posture-exporter who-can VERB RESOURCE", "kube-posture-exporter report rbac-review", "kube-posture-exporter explain network NAMESPACE/POD"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in\n%s", want, stdout)
		}
	}
}

// TestEveryCommandIsNamed: the usage text and the hint of an unknown command name every command
// that runs, and every one of them answers.
func TestEveryCommandIsNamed(t *testing.T) {
	t.Parallel()
	usage, _, _ := execute(t, t.TempDir(), "--help")
	_, hint, _ := execute(t, t.TempDir(), "sevre")
	for _, c := range commands() {
		if !strings.Contains(usage, "\n  "+strings.TrimSpace("kube-posture-exporter "+c.name+" "+c.arguments)) {
			t.Errorf("the usage text does not name %s:\n%s", c.name, usage)
		}
		if !strings.Contains(hint, " "+c.name) {
			t.Errorf("the hint does not name %s: %s", c.name, hint)
		}
		stdout, stderr, code := execute(t, t.TempDir(), "help", c.name)
		if want := "usage: kube-posture-exporter"; code != 0 || stderr != "" || !strings.HasPrefix(stdout, want) {
			t.Errorf("help %s: exit code %d, standard error %q, standard output\n%s", c.name, code, stderr, stdout)
		}
		_, stderr, code = execute(t, t.TempDir(), "--demo", c.name)
		want := "write " + c.name + " before its flags; see kube-posture-exporter " + c.name + " --help\n"
		if code != 2 || !strings.HasSuffix(stderr, want) {
			t.Errorf("--demo %s: exit code %d, standard error %q, want %q", c.name, code, stderr, want)
		}
	}
	for _, args := range [][]string{{"help"}, {"help", "serve"}, {"help", "--help"}} {
		if stdout, stderr, code := execute(t, t.TempDir(), args...); stdout != usage || stderr != "" || code != 0 {
			t.Errorf("%q: exit code %d, standard error %q, standard output\n%s", args, code, stderr, stdout)
		}
	}
	version, _, _ := execute(t, t.TempDir(), "--version")
	if got, stderr, code := execute(t, t.TempDir(), "version"); got != version || stderr != "" || code != 0 {
		t.Errorf("version: exit code %d, standard error %q, standard output %q", code, stderr, got)
	}
}

func TestBadCommands(t *testing.T) {
	const whoCanHelp, reportHelp = "; see kube-posture-exporter who-can --help", "; see kube-posture-exporter report --help"
	for _, in := range []input{
		{"resource", []string{"who-can", "get", "podz", "--demo"}, 2, []string{`unknown resource "podz"; did you mean "pods"?`}},
		{"verb", []string{"who-can", "gett", "pods", "--demo"}, 2, []string{`unknown verb "gett"; did you mean "get"?`}},
		{"subresource", []string{"who-can", "get", "po/lgo", "--demo"}, 2, []string{`pods has no subresource "lgo"; did you mean "log"?`}},
		{"no question", []string{"who-can", "--demo"}, 2, []string{"a verb and a resource are needed, as in kube-posture-exporter who-can get secrets" + whoCanHelp}},
		{"half a question", []string{"who-can", "get", "--demo"}, 2, []string{"a verb and a resource are needed, as in kube-posture-exporter who-can get secrets" + whoCanHelp}},
		{"too much", []string{"who-can", "get", "pods", "web", "--demo"}, 2, []string{"unexpected web" + whoCanHelp}},
		{"unknown flag", []string{"who-can", "get", "pods", "--web.listen-address=:1"}, 2, []string{"unknown long flag '--web.listen-address'" + whoCanHelp}},
		{"missing value at the end", []string{"who-can", "get", "pods", "--snapshot"}, 2, []string{"expected argument for flag '--snapshot'" + whoCanHelp}},
		{"output", []string{"who-can", "get", "pods", "--demo", "-o", "yaml"}, 2, []string{"--output=yaml: it must be json or table"}},
		{"two sources", []string{"who-can", "get", "pods", "--demo", "--snapshot=x"}, 2, []string{
			"--snapshot and --demo: the objects can come from one of them only; leave the others out",
		}},
		{"after flags", []string{"--demo", "who-can", "get", "pods"}, 2, []string{"write who-can before its flags" + whoCanHelp}},
		{"report after flags", []string{"--demo", "report"}, 2, []string{"write report before its flags" + reportHelp}},
		{"no report", []string{"report"}, 2, []string{`"" is not a report; rbac-review is the only one` + reportHelp}},
		{"unknown report", []string{"report", "rbac"}, 2, []string{`"rbac" is not a report; rbac-review is the only one` + reportHelp}},
		{"nothing to explain", []string{"explain"}, 2, []string{`"" is not explained; network is the only thing that is; see kube-posture-exporter explain --help`}},
		{"explain after flags", []string{"--demo", "explain"}, 2, []string{"write explain before its flags; see kube-posture-exporter explain --help"}},
		{"no pod", []string{"explain", "network", "--demo"}, 2, []string{`"" is not a pod: write NAMESPACE/POD, as in shop/web-0`}},
		{"half a pod", []string{"explain", "network", "production/", "--demo"}, 2, []string{`"production/" is not a pod: write NAMESPACE/POD, as in shop/web-0`}},
		{"unknown pod", []string{"explain", "network", "production/db", "--demo"}, 1, []string{
			"the built-in recording of a real cluster: there is no pod production/db; did you mean db-0?",
		}},
		{"unknown namespace", []string{"explain", "network", "prod/db", "--demo"}, 1, []string{
			"the built-in recording of a real cluster: there is no pod prod/db: there is no pod in the namespace at all",
		}},
		{"help about nothing", []string{"help", "sevre"}, 2, []string{
			`"sevre" is not a command; serve, who-can, explain, report, help and version are; see kube-posture-exporter --help`,
		}},
		{"date", []string{"report", "rbac-review", "--demo", "--date=tomorrow"}, 2, []string{"--date=tomorrow: it must be a day as 2027-03-31"}},
		{"no source", []string{"who-can", "get", "pods"}, 1, []string{
			"not running in a cluster; name one with --kubeconfig=FILE, manifests with --snapshot=PATH, or see the built-in recording with --demo",
		}},
		{"snapshot", []string{"report", "rbac-review", "--snapshot=none"}, 1, []string{"--snapshot=none: no such file or directory; name an existing file or folder"}},
		{"kubeconfig", []string{"who-can", "get", "pods", "--kubeconfig=none"}, 1, []string{"--kubeconfig=none: no such file or directory; name a kubeconfig that works with kubectl"}},
		{"config", []string{"report", "rbac-review", "--demo", "--config.file=none"}, 1, []string{
			"--config.file: open none: no such file or directory; name a readable file, or leave the flag out for the defaults",
		}},
	} {
		t.Run(in.name, func(t *testing.T) {
			t.Parallel()
			in.check(t, t.TempDir())
		})
	}
}
