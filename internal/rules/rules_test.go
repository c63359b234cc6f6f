package rules

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules/selectors"
)

// root is the repository's, seen from here.
const root = "../.."

func catalog(t *testing.T) *check.Set {
	t.Helper()
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func made(t *testing.T) *Rules {
	t.Helper()
	r, err := Make(Defaults(), catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// vocabulary is what Prometheus has when it scrapes the exporter and evaluates the rules.
func vocabulary(t *testing.T, r *Rules) *selectors.Vocabulary {
	t.Helper()
	set := catalog(t)
	v := &selectors.Vocabulary{
		Metrics:    map[string][]string{"up": nil, "ALERTS": {"alertname", "alertstate", "severity", "namespace", "team", "gap", "check"}},
		Everywhere: append([]string{"cluster", "namespace"}, Defaults().ScrapeLabels...),
		Values: map[string][]string{
			"result": {"pass", "fail", "exempt", "unknown"}, "severity": append(check.Severities(), Warning, Info), "check": nil, "alertname": nil,
			"system": {"true", "false"}, "alertstate": {"pending", "firing"}, "direction": {"ingress", "egress"},
		},
	}
	for _, m := range collector.Metrics(set) {
		v.Metrics[m.Name] = m.Labels
	}
	for _, rec := range r.Records() {
		v.Metrics[rec.Record] = rec.Labels
	}
	for _, e := range set.Entries() {
		v.Values["check"] = append(v.Values["check"], e.ID)
	}
	for _, a := range r.Alerts {
		v.Values["alertname"] = append(v.Values["alertname"], a.Name)
	}
	return v
}

func TestGeneratedFilesAreCommitted(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if diff := cmp.Diff(strings.Split(read(t, f.Path), "\n"), strings.Split(string(f.Content), "\n")); diff != "" {
			t.Errorf("%s is not what internal/rules says, run go run ./internal/rules/generate (-committed +generated):\n%s", f.Path, diff)
		}
	}
}

// TestRulesNameOnlyWhatIsExported: a renamed metric, label or check would silence a rule without a sound.
func TestRulesNameOnlyWhatIsExported(t *testing.T) {
	r := made(t)
	v := vocabulary(t, r)
	// This is how a wrong scrape configuration shows.
	v.Metrics["kube_posture_namespace_info"] = append(slices.Clone(v.Metrics["kube_posture_namespace_info"]), "exported_namespace")
	for _, rec := range r.Records() {
		for _, p := range v.Problems(rec.Expr) {
			t.Errorf("%s: %s", rec.Record, p)
		}
	}
	for _, a := range r.Alerts {
		for _, variant := range a.Variants {
			for _, p := range v.Problems(variant.Expr) {
				t.Errorf("%s (%s): %s", a.Name, variant.Severity, p)
			}
		}
	}
}

// TestUnknownFamiliesAreAnError: the builder must not make an expression of a name that it does not find.
func TestUnknownFamiliesAreAnError(t *testing.T) {
	b := newBuilder(Defaults(), catalog(t))
	b.max("no_such_family", "", "")
	b.checkID("no_such_check")
	if b.err == nil || !strings.Contains(b.err.Error(), "no_such_family") || !strings.Contains(b.err.Error(), "no_such_check") {
		t.Errorf("got %v", b.err)
	}
}

func TestAlertsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	label := regexp.MustCompile(`\$labels\.(\w+)`)
	order := map[string]int{Critical: 0, Warning: 1, Info: 2}
	dashboards := []string{Overview, Namespace, Findings, RBAC, Network, Resources, Exporter}
	r := made(t)
	v := vocabulary(t, r)
	for _, a := range r.Alerts {
		if seen[a.Name] || !strings.HasPrefix(a.Name, "KubePosture") {
			t.Errorf("%s: names are unique and begin with KubePosture", a.Name)
		}
		seen[a.Name] = true
		if a.Summary == "" || a.Description == "" || a.Why == "" || a.Tune == "" || !slices.Contains(dashboards, a.Dashboard) || len(a.Variants) == 0 {
			t.Errorf("%s lacks a text, a dashboard or a variant", a.Name)
		}
		last := -1
		for _, variant := range a.Variants {
			n, ok := order[variant.Severity]
			if !ok || n <= last || variant.When == "" {
				t.Errorf("%s: the severities are %q in this order, each with a reason; got %q", a.Name, []string{Critical, Warning, Info}, variant.Severity)
			}
			last = n
			// What a template prints must be on the series.
			var has []string
			for _, s := range selectors.Find(variant.Expr).Selectors {
				has = append(has, v.Metrics[s.Name]...)
			}
			for _, m := range label.FindAllStringSubmatch(a.Summary+a.Description+a.Query, -1) {
				if !slices.Contains(has, m[1]) && m[1] != "instance" {
					t.Errorf("%s prints the label %s, which its series do not have", a.Name, m[1])
				}
			}
		}
	}
}
