package review

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	for _, tt := range []struct {
		namespace, name string
		want            Commands
	}{
		{"", "admins", Commands{
			Keep:   "kubectl annotate clusterrolebinding admins kube-posture/reviewed-at=2027-03-01 --overwrite",
			Delete: "kubectl delete clusterrolebinding admins",
		}},
		{"shop", "system:x@y.z", Commands{
			Keep:   "kubectl annotate rolebinding system:x@y.z --namespace=shop kube-posture/reviewed-at=2027-03-01 --overwrite",
			Delete: "kubectl delete rolebinding system:x@y.z --namespace=shop",
		}},
		{"shop", "it's $HOME", Commands{
			Keep:   `kubectl annotate rolebinding 'it'\''s $HOME' --namespace=shop kube-posture/reviewed-at=2027-03-01 --overwrite`,
			Delete: `kubectl delete rolebinding 'it'\''s $HOME' --namespace=shop`,
		}},
		{"", "a\nb", Commands{
			Keep:   `kubectl annotate clusterrolebinding $'a\012b' kube-posture/reviewed-at=2027-03-01 --overwrite`,
			Delete: `kubectl delete clusterrolebinding $'a\012b'`,
		}},
		{"shop", "--all", Commands{
			Keep:   "kubectl annotate rolebinding --overwrite --namespace=shop -- --all kube-posture/reviewed-at=2027-03-01",
			Delete: "kubectl delete rolebinding --namespace=shop -- --all",
		}},
		{"", "a=b", Commands{
			Keep:   `kubectl patch clusterrolebinding a=b --type=merge '--patch={"metadata":{"annotations":{"kube-posture/reviewed-at":"2027-03-01"}}}'`,
			Delete: "kubectl delete clusterrolebinding a=b",
		}},
		{"", "=b-", Commands{
			Keep:   `kubectl patch clusterrolebinding '=b-' --type=merge '--patch={"metadata":{"annotations":{"kube-posture/reviewed-at":"2027-03-01"}}}'`,
			Delete: "kubectl delete clusterrolebinding '=b-'",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Build(input(roles(), binding(tt.namespace, tt.name, "all", user("ann")))).Privileged[0].Commands
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// TestEditIsOfferedForSomeOfMany: a binding of which only some subjects are gone need not be deleted.
func TestEditIsOfferedForSomeOfMany(t *testing.T) {
	in := input(roles(),
		binding("shop", "some", "nothing", account("shop", "web"), account("shop", "old")),
		binding("shop", "all", "nothing", account("shop", "old"), account("ci", "old")),
	)
	stale := Build(in).Stale
	if stale[0].Name != "all" || stale[0].Commands != (Commands{Delete: "kubectl delete rolebinding all --namespace=shop"}) {
		t.Errorf("all are gone: %+v", stale[0].Commands)
	}
	want := Commands{Delete: "kubectl delete rolebinding some --namespace=shop", Edit: "kubectl edit rolebinding some --namespace=shop"}
	if stale[1].Commands != want {
		t.Errorf("some are gone: %+v", stale[1].Commands)
	}
	if text := markdown(t, Build(in)); !strings.Contains(text, "# or remove only the subjects that are gone, in an editor\nkubectl edit rolebinding some --namespace=shop\n") {
		t.Errorf("the report does not say so:\n%s", text)
	}
}

// words are what bash makes of a command line.
func words(t *testing.T, line string) []string {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash to ask")
	}
	cmd := exec.Command(bash, "--norc", "--noprofile", "-c", "printf '%s\\0' "+line)
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// TestQuoteIsOneWord asks a shell.
func TestQuoteIsOneWord(t *testing.T) {
	for _, text := range hostile {
		checkQuote(t, text)
	}
}

func checkQuote(t *testing.T, text string) {
	t.Helper()
	quoted := quote(text)
	if got := words(t, quoted); len(got) != 1 || got[0] != text {
		t.Errorf("%q became %s, which is %q", text, quoted, got)
	}
	if strings.ContainsFunc(quoted, invisible) {
		t.Errorf("%q: something of %q cannot be seen", text, quoted)
	}
}

func FuzzQuote(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "\x00") || len(text) > 10_000 {
			return // no argument of a program can hold it
		}
		checkQuote(t, text)
	})
}

// FuzzText: whatever a text holds, it is one line that Markdown shows as it is.
func FuzzText(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range []string{text(s), code(s)} {
			if got == "" || strings.ContainsFunc(got, invisible) || bytes.ContainsAny([]byte(withoutCode(got)), "<>|`*_[]{}\\~$@^\n") ||
				strings.Contains(withoutCode(got), "://") || strings.Count(got, "`")%2 != 0 {
				t.Errorf("%q became %q", s, got)
			}
		}
	})
}
