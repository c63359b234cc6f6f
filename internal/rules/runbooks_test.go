package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kube-posture/kube-posture-exporter/internal/app"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
)

var fence = regexp.MustCompile("(?ms)^ *```(\\w+)\n(.*?)^ *```$")

// fences are the code blocks of a document in a language, without the indent that they have in a list.
func fences(content, language string) []string {
	var list []string
	for _, m := range fence.FindAllStringSubmatch(content, -1) {
		if m[1] != language {
			continue
		}
		indent := len(m[2]) - len(strings.TrimLeft(m[2], " "))
		list = append(list, regexp.MustCompile(`(?m)^ {`+string(rune('0'+indent))+`}`).ReplaceAllString(m[2], ""))
	}
	return list
}

// runbooks are the documents by the name of their alert.
func runbooks(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "docs/runbooks/*.md"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no runbooks: %v", err)
	}
	documents := map[string]string{}
	for _, path := range paths {
		name := filepath.Base(path)
		documents[strings.TrimSuffix(name, ".md")] = read(t, "docs/runbooks/"+name)
	}
	return documents
}

func TestEveryAlertHasARunbook(t *testing.T) {
	documents := runbooks(t)
	file := read(t, "alerts/kube-posture-alerts.yaml")
	for _, a := range made(t).Alerts {
		content, ok := documents[a.Name]
		delete(documents, a.Name)
		if !ok {
			t.Errorf("%s is missing", a.Runbook())
			continue
		}
		at := 0
		for _, heading := range []string{"# " + a.Name + "\n", "\n## Meaning\n", "\n## Impact\n", "\n## Diagnosis\n", "\n## Mitigation\n"} {
			next := strings.Index(content[at:], heading)
			if next < 0 {
				t.Errorf("%s has no %q after what comes before it", a.Runbook(), strings.TrimSpace(heading))
				break
			}
			at += next
		}
		if len(fences(content, "promql")) == 0 {
			t.Errorf("%s has no query", a.Runbook())
		}
		if url := `runbook_url: "` + Defaults().RunbookURL + a.Name + `.md"`; strings.Count(file, url) != len(a.Variants) {
			t.Errorf("not every rule of %s has %s", a.Name, url)
		}
	}
	for name := range documents {
		t.Errorf("docs/runbooks/%s.md has no alert", name)
	}
}

func TestRunbookQueriesNameOnlyWhatIsExported(t *testing.T) {
	r := made(t)
	v := vocabulary(t, r)
	v.Metrics["kube_posture_namespace_info"] = append([]string{"exported_namespace"}, v.Metrics["kube_posture_namespace_info"]...)
	for name, content := range runbooks(t) {
		for _, query := range fences(content, "promql") {
			for _, p := range v.Problems(query) {
				t.Errorf("%s: %s, in %s", name, p, query)
			}
		}
	}
}

// TestRunbookQueriesParse asks the real parser.
func TestRunbookQueriesParse(t *testing.T) {
	tool := promtool(t)
	for name, content := range runbooks(t) {
		for _, query := range fences(content, "promql") {
			if out, err := exec.CommandContext(t.Context(), tool, "--experimental", "promql", "format", query).CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s, in %s", name, err, out, query)
			}
		}
	}
}

// TestRunbookManifests: what a runbook says to apply must be what the API server, or the exporter, reads.
func TestRunbookManifests(t *testing.T) {
	known := app.Known(catalog(t))
	strict := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	settings := regexp.MustCompile(`^(exemptions|checks|findings|network|rbac):`)
	for name, content := range runbooks(t) {
		for _, text := range fences(content, "yaml") {
			var err error
			switch {
			case strings.HasPrefix(text, "apiVersion:"):
				_, _, err = strict.Decode([]byte(text), nil, nil)
			case settings.MatchString(text):
				_, err = config.Parse("exporter.yaml", []byte(text), known)
			default:
				var anything map[string]any
				err = yaml.Unmarshal([]byte(text), &anything)
			}
			if err != nil {
				t.Errorf("%s: %v, in\n%s", name, err, text)
			}
		}
	}
}

// TestRunbookCommandsParse: a command that is copied must be one that a shell accepts.
func TestRunbookCommandsParse(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	for name, content := range runbooks(t) {
		for _, text := range fences(content, "sh") {
			cmd := exec.CommandContext(t.Context(), shell, "-n")
			cmd.Stdin = strings.NewReader(text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s, in\n%s", name, err, out, text)
			}
		}
	}
}

// TestAlertmanagerExample asks the real tool, and compares the table of receivers with it.
func TestAlertmanagerExample(t *testing.T) {
	const example = "alerts/alertmanager-example.yaml"
	v := vocabulary(t, made(t))
	content := read(t, example)
	for _, name := range regexp.MustCompile(`KubePosture\w+\b`).FindAllString(content, -1) {
		if !strings.Contains(strings.Join(v.Values["alertname"], " ")+" ", name) {
			t.Errorf("%s names %s, which is no alert", example, name)
		}
	}
	for _, m := range regexp.MustCompile(`check="(\w+)"`).FindAllStringSubmatch(content, -1) {
		if catalog(t).Entry(m[1]) == nil {
			t.Errorf("%s names %s, which is no check", example, m[1])
		}
	}
	rows := regexp.MustCompile("(?m)^\\| `(alertname=[^`]+)` \\| ([\\w-]+) \\|$").FindAllStringSubmatch(read(t, "alerts/README.md"), -1)
	if len(rows) < 10 {
		t.Fatalf("alerts/README.md has %d rows of receivers", len(rows))
	}
	tool := os.Getenv("AMTOOL")
	if tool == "" {
		t.Skip("AMTOOL does not name the tool")
	}
	path := filepath.Join(root, example)
	if out, err := exec.CommandContext(t.Context(), tool, "check-config", path).CombinedOutput(); err != nil {
		t.Errorf("amtool check-config: %v\n%s", err, out)
	}
	for _, row := range rows {
		args := append([]string{"config", "routes", "test", "--config.file=" + path, "--verify.receivers=" + row[2]}, strings.Fields(row[1])...)
		if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
			t.Errorf("%s should go to %s: %v\n%s", row[1], row[2], err, out)
		}
	}
}
