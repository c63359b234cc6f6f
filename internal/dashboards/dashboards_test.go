package dashboards

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
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

func made(t *testing.T) All {
	t.Helper()
	all, err := Make(rules.Defaults(), catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func madeRules(t *testing.T) *rules.Rules {
	t.Helper()
	r, err := rules.Make(rules.Defaults(), catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGeneratedFilesAreCommitted(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, f := range files {
		known[filepath.Base(f.Path)] = true
		committed, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Errorf("%v: run go run ./internal/dashboards/generate", err)
			continue
		}
		if diff := cmp.Diff(strings.Split(string(committed), "\n"), strings.Split(string(f.Content), "\n")); diff != "" {
			t.Errorf("%s is not what internal/dashboards says, run go run ./internal/dashboards/generate (-committed +generated):\n%s", f.Path, diff)
		}
	}
	there, err := filepath.Glob(filepath.Join(root, "dashboards/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if !known[filepath.Base(path)] {
			t.Errorf("nothing generates %s: delete it", path)
		}
	}
}

// TestUnknownNamesAreAnError: the builder must not make an expression of a name that it does not find.
func TestUnknownNamesAreAnError(t *testing.T) {
	b, err := newBuilder(rules.Defaults(), catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	b.max("no_such_family")
	b.own("pods_no_such_check")
	b.rec("no:such:record")
	for _, name := range []string{"no_such_family", "pods_no_such_check", "no:such:record"} {
		if b.err == nil || !strings.Contains(b.err.Error(), name) {
			t.Errorf("%s is accepted: %v", name, b.err)
		}
	}
}

// vocabulary is what Prometheus has when it scrapes the exporter, evaluates the rules and, for some panels, scrapes others.
func vocabulary(t *testing.T) *selectors.Vocabulary {
	t.Helper()
	set := catalog(t)
	v := &selectors.Vocabulary{
		Metrics: map[string][]string{}, Everywhere: []string{"cluster", "instance", "job"},
		Values: map[string][]string{
			"result": {"pass", "fail", "exempt", "unknown"}, "severity": append(check.Severities(), rules.Warning, rules.Info), "check": nil, "alertname": nil,
			"system": {"true", "false"}, "alertstate": {"pending", "firing"}, "direction": {"ingress", "egress"}, "resource": nil, "origin": {"builtin", "custom", "provider"},
			"mode": {"enforce", "audit", "warn"}, "level": {"privileged", "baseline", "restricted"}, "subject_kind": {"User", "Group", "ServiceAccount"},
			"reason": {"expired", "forbidden", "unauthorized"},
		},
	}
	v.Values["resource"] = []string{"cpu", "memory"}
	for name, labels := range External() {
		v.Metrics[name] = labels
	}
	for _, m := range collector.Metrics(set) {
		v.Metrics[m.Name] = m.Labels
	}
	r := madeRules(t)
	for _, rec := range r.Records() {
		v.Metrics[rec.Record] = rec.Labels
	}
	for _, e := range set.Entries() {
		v.Values["check"] = append(v.Values["check"], e.ID)
	}
	for _, a := range r.Alerts {
		v.Values["alertname"] = append(v.Values["alertname"], a.Name)
	}
	// Findings have no team. A matcher on it asks whether the chosen teams match nothing at all.
	v.Metrics[collector.Namespace+"finding"] = append(slices.Clone(v.Metrics[collector.Namespace+"finding"]), "team")
	return v
}

// TestQueriesNameOnlyWhatIsExported: a renamed metric, label or check would empty a panel without a sound.
func TestQueriesNameOnlyWhatIsExported(t *testing.T) {
	v := vocabulary(t)
	for _, d := range made(t) {
		for _, q := range d.Queries() {
			for _, p := range v.Problems(q.Expr) {
				t.Errorf("%s: %s", q, p)
			}
		}
	}
}

// TestEverythingExternalIsUsed: the list says what a Prometheus needs.
func TestEverythingExternalIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, d := range made(t) {
		for _, q := range d.Queries() {
			for _, s := range selectors.Find(q.Expr).Selectors {
				used[s.Name] = true
			}
		}
	}
	for name := range External() {
		if !used[name] {
			t.Errorf("no dashboard reads %s", name)
		}
	}
}

// TestQueriesChooseClusters: a selector without the variable would show other clusters' numbers.
func TestQueriesChooseClusters(t *testing.T) {
	for _, d := range made(t) {
		for _, q := range d.Queries() {
			for _, s := range selectors.Find(q.Expr).Selectors {
				chosen := slices.Contains(s.Matchers, selectors.Matcher{Label: "cluster", Op: "=~", Value: "$cluster"})
				if !chosen && q.Title != "variable cluster" {
					t.Errorf("%s: %s does not choose clusters", q, s.Name)
				}
			}
		}
	}
}

// TestLongRangesReadRecordedSeries: 90 days of a raw family are too much to ask for every minute.
func TestLongRangesReadRecordedSeries(t *testing.T) {
	for _, d := range made(t) {
		for _, p := range d.All() {
			for _, target := range p.Targets {
				for _, s := range selectors.Find(target.Expr).Selectors {
					if p.TimeFrom != "" && !strings.Contains(s.Name, ":") {
						t.Errorf("%s: %s looks %s back at %s, which is not recorded", d.UID, p.Title, p.TimeFrom, s.Name)
					}
				}
			}
		}
	}
}

// TestNoZeroIsInvented: a 0 for what is not there is allowed only as the product of something that is.
func TestNoZeroIsInvented(t *testing.T) {
	for _, d := range made(t) {
		for _, q := range d.Queries() {
			for _, bad := range []string{"vector(", "absent(", "absent_over_time(", "scalar("} {
				if strings.Contains(q.Expr, bad) {
					t.Errorf("%s: %s invents a value", q, bad)
				}
			}
		}
	}
}
