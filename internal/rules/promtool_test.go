package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// unitTests is a file for promtool test rules, as far as these tests read it.
type unitTests struct {
	Tests []struct {
		Name  string
		Exprs []struct {
			Expr    string
			Samples []struct{ Labels string } `yaml:"exp_samples"`
		} `yaml:"promql_expr_test"`
		Alerts []struct {
			Name     string `yaml:"alertname"`
			Expected []struct {
				Labels map[string]string `yaml:"exp_labels"`
			} `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	}
}

func unitTestsOf(t *testing.T, path string) unitTests {
	t.Helper()
	var u unitTests
	if err := yaml.Unmarshal([]byte(read(t, path)), &u); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return u
}

// names lists the tests of a file.
func (u *unitTests) names() []string {
	var list []string
	for _, c := range u.Tests {
		list = append(list, c.Name)
	}
	return list
}

// mustCover are the tests that an alert needs.
func (a *Alert) mustCover() []string {
	list := []string{"not yet", "now", "resolved"}
	if a.Name != "KubePostureExporterDown" { // that one is about single replicas
		list = append(list, "two replicas")
	}
	if a.Kind == Drift {
		list = append(list, "restart", "away an hour ago", "first install", "moved to another instance")
	}
	if a.Namespaced && a.Name != "KubePostureAnonymousBinding" {
		list = append(list, "young namespace")
	}
	return list
}

// TestEveryAlertHasUnitTests: each must be seen firing at each of its severities, with its annotations, and staying silent.
func TestEveryAlertHasUnitTests(t *testing.T) {
	r := made(t)
	for _, a := range r.Alerts {
		u := unitTestsOf(t, "alerts/tests/"+a.Name+".yaml")
		for _, name := range a.mustCover() {
			if !slices.Contains(u.names(), name) {
				t.Errorf("alerts/tests/%s.yaml has no test named %q", a.Name, name)
			}
		}
		fired, annotated := map[string]bool{}, false
		for _, c := range u.Tests {
			for _, e := range c.Exprs {
				for _, s := range e.Samples {
					for _, v := range a.Variants {
						fired[v.Severity] = fired[v.Severity] || strings.Contains(s.Labels, `alertname="`+a.Name+`"`) && strings.Contains(s.Labels, `severity="`+v.Severity+`"`)
					}
				}
			}
			for _, alert := range c.Alerts {
				annotated = annotated || alert.Name == a.Name && len(alert.Expected) > 0
			}
		}
		for _, v := range a.Variants {
			if !fired[v.Severity] {
				t.Errorf("alerts/tests/%s.yaml never sees it fire as %s", a.Name, v.Severity)
			}
		}
		if !annotated {
			t.Errorf("alerts/tests/%s.yaml does not compare the annotations", a.Name)
		}
	}
	tested := ""
	for _, f := range []string{"recording", "recording-trend"} {
		for _, c := range unitTestsOf(t, "alerts/tests/"+f+".yaml").Tests {
			for _, e := range c.Exprs {
				if len(e.Samples) > 0 {
					tested += " " + e.Expr
				}
			}
		}
	}
	for _, rec := range r.Records() {
		if !regexp.MustCompile(`[ (]` + regexp.QuoteMeta(rec.Record) + `\b`).MatchString(tested) {
			t.Errorf("no alerts/tests/recording*.yaml expects samples of %s", rec.Record)
		}
	}
}

// promtool is the tool, which make test builds.
func promtool(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs promtool")
	}
	path := os.Getenv("PROMTOOL")
	if path == "" {
		t.Skip("PROMTOOL does not name the tool: run make test, which builds it")
	}
	return path
}

func TestPromtoolChecksRules(t *testing.T) {
	tool := promtool(t)
	for _, f := range []string{"kube-posture-recording.yaml", "kube-posture-alerts.yaml"} {
		out, err := exec.CommandContext(t.Context(), tool, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join(root, "alerts", f)).CombinedOutput()
		if err != nil {
			t.Errorf("promtool check rules %s: %v\n%s", f, err, out)
		}
	}
}

func TestPromtoolTestsRules(t *testing.T) {
	tool := promtool(t)
	files, err := filepath.Glob(filepath.Join(root, "alerts/tests/*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no unit tests: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".yaml"), func(t *testing.T) {
			t.Parallel()
			if out, err := exec.CommandContext(t.Context(), tool, "test", "rules", f).CombinedOutput(); err != nil {
				t.Errorf("promtool test rules: %v\n%s", err, out)
			}
		})
	}
}

// TestParametersReachEveryRule: a test may run the same rules in seconds, and a chart may put references in their place.
func TestParametersReachEveryRule(t *testing.T) {
	p := Defaults()
	for _, tunable := range p.Tunables() {
		*tunable.Value = "<" + tunable.Key + ">"
	}
	p.Hour, p.Day, p.Week, p.Quarter = "<hour>", "<day>", "<week>", "<quarter>"
	p.Variants = map[string]Override{
		Key("KubePostureNewFinding", Warning):        {Disabled: true},
		Key("KubePostureNewClusterAdmin", Critical):  {Severity: "page", For: "7s"},
		Key("KubePostureExemptionExpiring", Warning): {For: "9s"},
	}
	r, err := Make(p, catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	text := string(r.RecordingFile()) + string(r.AlertFile(p))
	for _, tunable := range p.Tunables() {
		if !strings.Contains(text, *tunable.Value) {
			t.Errorf("no rule uses %s", tunable.Key)
		}
	}
	for _, fixed := range []string{"1h", "2h", "90d"} {
		if regexp.MustCompile(`(offset |\[)` + fixed).MatchString(text) {
			t.Errorf("an expression has a fixed %s", fixed)
		}
	}
	if n := strings.Count(text, "alert: KubePostureNewFinding\n"); n != 2 {
		t.Errorf("KubePostureNewFinding is there %d times, want 2 after one is disabled", n)
	}
	for _, want := range []string{"for: 7s", "severity: page", "for: 9s"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}
