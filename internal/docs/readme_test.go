package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

// handbooks are the documents whose commands people type.
var handbooks = []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/configuration.md", "docs/architecture.md"}

// TestCommandsExist reads every command that the documents tell people to type: make's targets are in the Makefile, the exporter's
// flags in its help, and kubectl is asked for exactly the kinds that the exporter reads. A command it does not know fails, so that
// nobody adds one that nothing checks.
func TestCommandsExist(t *testing.T) {
	help := helpText(t)
	for _, path := range handbooks {
		for _, f := range fencesOf(t, path, "sh") {
			for line := range strings.Lines(f.text) {
				words := strings.Fields(line)
				switch words[0] {
				case "make":
					checkTargets(t, path, words[1:])
				case "./bin/kube-posture-exporter":
					checkFlags(t, path, help, words[1:])
				case "kubectl":
					checkKinds(t, path, words[1:])
				case "helm": // test/deploy renders the chart, with what docs/install.md says
					checkFolders(t, path, words[1:])
				case "curl", "kill", "docker":
					checkDefaults(t, path, help, line)
				default:
					t.Errorf("%s tells to run %q, and no test knows such a command", path, strings.TrimSpace(line))
				}
			}
		}
	}
}

// checkFolders looks for the folders of the repository that a command names.
func checkFolders(t *testing.T, path string, words []string) {
	t.Helper()
	found := false
	for _, w := range words {
		if strings.HasPrefix(w, "deploy/") {
			found = true
			if _, err := os.Stat(filepath.Join(root, w)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if !found {
		t.Errorf("%s: a command names no folder of the repository: %q", path, words)
	}
}

// helpText is what --help says.
func helpText(t *testing.T) string {
	t.Helper()
	return goCommand(t, root, slices.Concat([]string{"run"}, raceFlags, []string{"./cmd/kube-posture-exporter", "--help"})...)
}

func checkTargets(t *testing.T, path string, words []string) {
	t.Helper()
	makefile := document(t, "Makefile")
	for _, w := range words {
		if !strings.Contains(w, "=") && !regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(w)+`:.*## `).MatchString(makefile) {
			t.Errorf("%s: the Makefile has no target %s with a description", path, w)
		}
	}
}

func checkFlags(t *testing.T, path, help string, words []string) {
	t.Helper()
	if len(words) > 0 && (words[0] == "who-can" || words[0] == "report" || words[0] == "explain") {
		// These have arguments of their own; CI runs them as they stand.
		if !strings.Contains(help, words[0]) {
			t.Errorf("%s: --help does not know the command %s", path, words[0])
		}
		return
	}
	for _, w := range words {
		flag, _, _ := strings.Cut(w, "=")
		name, isFlag := strings.CutPrefix(flag, "--")
		switch {
		case !isFlag && w != "serve":
			t.Errorf("%s: %q is neither a flag in the form --name=value nor a command", path, w)
		case isFlag && !regexp.MustCompile(`--(\[no-\])?`+regexp.QuoteMeta(name)+`\b`).MatchString(help):
			t.Errorf("%s: --help does not know --%s", path, name)
		}
	}
}

func checkKinds(t *testing.T, path string, words []string) {
	t.Helper()
	if words[0] != "get" {
		return
	}
	var want, got []string
	for _, k := range informers.Table() {
		if !k.Optional { // kubectl refuses to get what is not served
			want = append(want, k.String())
		}
	}
	for _, w := range words[1:] {
		if strings.Contains(w, ",") {
			for name := range strings.SplitSeq(w, ",") {
				plural, _, _ := strings.Cut(name, ".")
				got = append(got, plural)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: kinds that kubectl is asked for (-read by the exporter +asked for):\n%s", path, diff)
	}
}

// checkDefaults holds addresses against the defaults of the flags.
func checkDefaults(t *testing.T, path, help, line string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`http://localhost:(\d+)(/\S*)?`).FindAllStringSubmatch(line, -1) {
		known := []string{"", "/", "/metrics", "/-/ready", "/-/healthy", "/-/reload"}
		if !strings.Contains(help, "--web.listen-address=:"+m[1]) || !slices.Contains(known, m[2]) {
			t.Errorf("%s: nothing answers at %s", path, m[0])
		}
	}
}

// TestREADMENamesTheAddress: the address that the README and the Makefile promise is the default.
func TestREADMENamesTheAddress(t *testing.T) {
	for _, path := range []string{"README.md", "Makefile"} {
		if !strings.Contains(document(t, path), "http://localhost:9911") {
			t.Errorf("%s does not name http://localhost:9911", path)
		}
	}
	if help := helpText(t); !strings.Contains(help, "--web.listen-address=:9911") || !strings.Contains(help, "--web.telemetry-path=/metrics") {
		t.Errorf("the defaults have changed, and with them README.md:\n%s", help)
	}
}
