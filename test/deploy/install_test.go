package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var fence = regexp.MustCompile("(?s)```(yaml|sh)\n(.*?)```")

// TestInstallGuide: what docs/install.md tells to write is what the chart and Prometheus take, and what it tells to run names what is there.
func TestInstallGuide(t *testing.T) {
	guide := string(must[[]byte](t)(os.ReadFile(root + "/docs/install.md")))
	seen := map[string]int{}
	for _, m := range fence.FindAllStringSubmatch(guide, -1) {
		language, text := m[1], m[2]
		kind, body, _ := strings.Cut(text, "\n")
		switch {
		case language == "sh":
			seen["sh"]++
			expectCommands(t, text)
		case kind == "# values":
			seen[kind]++
			if _, err := standard.render(t, parse(t, body)); err != nil {
				t.Errorf("the chart refuses these values: %v\n%s", err, body)
				continue
			}
			decode(t, standard.manifest(t, parse(t, body)))
		case kind == "# prometheus":
			seen[kind]++
			expectPrometheus(t, body)
		case kind == "# web-config": // test/e2e serves with it
			seen[kind]++
		default:
			t.Errorf("docs/install.md: the first line of a block must say what it is: %s", kind)
		}
	}
	for _, kind := range []string{"sh", "# values", "# prometheus", "# web-config"} {
		if seen[kind] == 0 {
			t.Errorf("docs/install.md has no block of %s: the test reads it wrongly", kind)
		}
	}
}

// expectCommands looks for the folders and make targets that commands name.
func expectCommands(t *testing.T, text string) {
	t.Helper()
	makefile := string(must[[]byte](t)(os.ReadFile(root + "/Makefile")))
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if words[0] == "make" && !strings.Contains(makefile, "\n"+words[1]+": ") {
			t.Errorf("there is no target %s", words[1])
		}
		for _, w := range words {
			if !strings.HasPrefix(w, "deploy/") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, w)); err != nil && !strings.HasPrefix(w, "deployment/") {
				t.Errorf("%s: %v", strings.TrimSpace(line), err)
			}
		}
	}
}

func expectPrometheus(t *testing.T, text string) {
	t.Helper()
	promtool := os.Getenv("PROMTOOL")
	if promtool == "" {
		t.Log("PROMTOOL does not name promtool: what Prometheus is told is not checked")
		return
	}
	path := filepath.Join(t.TempDir(), "prometheus.yml")
	noError(t, os.WriteFile(path, []byte(text), 0o600))
	if output, err := exec.Command(promtool, "check", "config", "--syntax-only", path).CombinedOutput(); err != nil {
		t.Errorf("Prometheus refuses this: %v\n%s\n%s", err, output, text)
	}
}
