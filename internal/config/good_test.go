package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// documented is the example of the documentation, with a second exemption and more queries.
const documented = `
ownership: {namespace_label: example.com/owner}
system_namespaces: [kube-system, "*-system"]
checks:
  disabled: [containers_without_limit/cpu, pods_best_effort]
  severity: {pods_with_secret_env: low}
findings: {limit: 500, min_severity: medium}
exemptions:
  - name: node-exporter-host-access         # unique
    checks: [pods_mounting_host_path, pods_using_host_namespaces/network]
    namespaces: &monitoring [monitoring]    # globs
    kinds: [DaemonSet]
    names: [node-exporter]
    owner: observability
    reason: reads node metrics
    expires: 2027-03-31                     # required; an expired exemption exempts nothing
  - {name: lab, checks: ["*"], namespaces: *monitoring, owner: "42", reason: a lab, expires: "2026-12-24T18:00:00+01:00"}
rbac:
  review: {annotation: example.com/reviewed, period: 90d12h}
  who_can:
    - {name: delete-pods-in-production, verb: delete, resource: pods, namespace: production}
    - {name: logs, verb: get, resource: pods/log}
    - {name: scale, verb: update, resource: deployments, subresource: scale, api_group: apps, resource_name: web}
    - {name: anything, verb: "*", resource: "*", api_group: "*"}
    - {name: metrics, verb: get, non_resource_url: /metrics}
`

func documentedConfig() *Config {
	return &Config{
		Ownership:        Ownership{NamespaceLabel: "example.com/owner"},
		SystemNamespaces: []string{"kube-system", "*-system"},
		Checks: Checks{
			Disabled: []string{"containers_without_limit/cpu", "pods_best_effort"},
			Severity: map[string]string{"pods_with_secret_env": "low"},
		},
		Findings: Findings{Limit: 500, MinSeverity: "medium"},
		Exemptions: []Exemption{
			{
				Name: "node-exporter-host-access", Checks: []string{"pods_mounting_host_path", "pods_using_host_namespaces/network"},
				Namespaces: []string{"monitoring"}, Kinds: []string{"DaemonSet"}, Names: []string{"node-exporter"},
				Owner: "observability", Reason: "reads node metrics", Expires: time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC),
			},
			{
				Name: "lab", Checks: []string{AllChecks}, Namespaces: []string{"monitoring"},
				Owner: "42", Reason: "a lab", Expires: time.Date(2026, 12, 24, 17, 0, 0, 0, time.UTC),
			},
		},
		Network: Default().Network,
		RBAC: RBAC{
			Review: Review{Annotation: "example.com/reviewed", Period: 2172 * time.Hour},
			WhoCan: []WhoCan{
				{Name: "delete-pods-in-production", Verb: "delete", Resource: "pods", Namespace: "production"},
				{Name: "logs", Verb: "get", Resource: "pods", Subresource: "log"},
				{Name: "scale", Verb: "update", Resource: "deployments", Subresource: "scale", APIGroup: "apps", ResourceName: "web"},
				{Name: "anything", Verb: "*", Resource: "*", APIGroup: "*"},
				{Name: "metrics", Verb: "get", NonResourceURL: "/metrics"},
			},
		},
	}
}

func TestGoodFiles(t *testing.T) {
	with := func(change func(*Config)) *Config {
		c := Default()
		change(c)
		return c
	}
	tests := []struct {
		name, in string
		want     *Config
	}{
		{"everything", documented, documentedConfig()},
		{"empty file", "", Default()},
		{"only a comment", "# nothing yet\n", Default()},
		{"only a document start", "---\n", Default()},
		{"null", "null\n", Default()},
		{"sections without content", "ownership:\nchecks:\n  disabled:\n  severity:\nfindings:\nexemptions:\nrbac:\n  review:\n  who_can:\n",
			with(func(c *Config) { c.Checks = Checks{Disabled: []string{}, Severity: map[string]string{}} })},
		{"document start and end", "---\nfindings: {limit: 1}\n...\n", with(func(c *Config) { c.Findings.Limit = 1 })},
		{"byte order mark and CRLF", "\ufefffindings:\r\n  limit: 1\r\n", with(func(c *Config) { c.Findings.Limit = 1 })},
		{"JSON", `{"findings": {"limit": 20_000, "min_severity": "high"}}`, with(func(c *Config) { c.Findings.MinSeverity = "high" })},
		{"no findings", "findings: {limit: 0}\n", with(func(c *Config) { c.Findings.Limit = 0 })},
		{"nobody enforces", "network: {enforcer: none}\n", with(func(c *Config) { c.Network.Enforcer = "none" })},
		{"enforcers nowhere", "network: {enforcer_namespaces: []}\n", with(func(c *Config) { c.Network.EnforcerNamespaces = []string{} })},
		{"enforcers elsewhere", "network: {enforcer_namespaces: [our-cni]}\n", with(func(c *Config) { c.Network.EnforcerNamespaces = []string{"our-cni"} })},
		{"ownership off", "ownership: {namespace_label: ''}\n", with(func(c *Config) { c.Ownership.NamespaceLabel = "" })},
		{"built-in exemption off", "system_namespaces: []\n", with(func(c *Config) { c.SystemNamespaces = []string{} })},
		{"half of a section", "rbac: {review: {period: 24h}}\n", with(func(c *Config) { c.RBAC.Review.Period = 24 * time.Hour })},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse("c.yaml", []byte(test.in), known())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestKinds: how exemptions may spell kinds.
func TestKinds(t *testing.T) {
	for _, kind := range []string{
		"DaemonSet", "User", "*", "*Set", "Cron*", "[JP]o[bd]", "StatefulSet.apps.kruise.io", "Job.batch.volcano.sh", "Job.*", "*.argoproj.io",
	} {
		c, err := Parse("c.yaml", []byte(exempt("kinds: ['"+kind+"']")), known())
		if err != nil || !slices.Equal(c.Exemptions[0].Kinds, []string{kind}) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestDefaultIsFresh(t *testing.T) {
	Default().SystemNamespaces[0] = "changed"
	if got := Default().SystemNamespaces[0]; got != "kube-system" {
		t.Errorf("Default shares its slices: %s", got)
	}
}

func TestExpired(t *testing.T) {
	c, err := Parse("c.yaml", []byte(exempt()), known())
	if err != nil {
		t.Fatal(err)
	}
	e := c.Exemptions[0] // expires: 2027-03-31
	for _, test := range []struct {
		now  time.Time
		want bool
	}{
		{time.Date(2027, 3, 31, 23, 59, 59, 999999999, time.UTC), false},
		{time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC), true},
		{time.Date(2027, 4, 1, 1, 59, 0, 0, time.FixedZone("", 2*3600)), false},
	} {
		if got := e.Expired(test.now); got != test.want {
			t.Errorf("Expired(%v) = %v, want %v", test.now, got, test.want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "bad.yaml")
	for file, content := range map[string]string{good: documented, bad: "findings: {limit: -1}"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load(good, known())
	if diff := cmp.Diff(documentedConfig(), got); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	got, err = Load("", known())
	if diff := cmp.Diff(Default(), got); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}

	_, err = Load(bad, known())
	var problem Problem
	if !errors.As(err, &problem) || problem.File != bad || problem.Line != 1 || problem.Key != "findings.limit" {
		t.Errorf("got %+v from %v", problem, err)
	}

	missing := filepath.Join(dir, "missing.yaml")
	_, err = Load(missing, known())
	want := "--config.file: open " + missing + ": no such file or directory; name a readable file, or leave the flag out for the defaults"
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}

	_, err = Load(dir, known())
	want = "--config.file: read " + dir + ": is a directory; name a readable file, or leave the flag out for the defaults"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestReadingStops(t *testing.T) {
	t.Run("after many problems", func(t *testing.T) {
		var in strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&in, "key%d: 1\n", i)
		}
		_, err := Parse("c.yaml", []byte(in.String()), known())
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != maxProblems+1 || lines[maxProblems] != "c.yaml: reading stopped after 100 problems; fix these first" {
			t.Errorf("got %d lines, the last %q", len(lines), lines[len(lines)-1])
		}
	})
	t.Run("when aliases multiply", func(t *testing.T) {
		in := "system_namespaces: &a [" + strings.Repeat("n,", 10_000) + "]\nexemptions:\n"
		for i := range 1000 {
			in += fmt.Sprintf("  - {name: a%d, checks: ['*'], namespaces: *a, owner: o, reason: r, expires: 2027-01-01}\n", i)
		}
		_, err := Parse("c.yaml", []byte(in), known())
		want := "c.yaml: holds more than 100000 values, counting aliased ones wherever they are used; write fewer"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
	t.Run("at too many values", func(t *testing.T) {
		_, err := Parse("c.yaml", []byte("system_namespaces: ["+strings.Repeat("n,", maxValues)+"]\n"), known())
		want := "c.yaml: holds more than 100000 values, counting aliased ones wherever they are used; write fewer"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
	t.Run("when an alias holds itself", func(t *testing.T) {
		_, err := Parse("c.yaml", []byte("checks: &a\n  severity: *a\n  disabled: &b [*b]\n"), known())
		want := `c.yaml:2: checks.severity.severity: unknown check "severity"; docs/checks.md lists the checks` + "\n" +
			`c.yaml:3: checks.severity.disabled: unknown check "disabled"; docs/checks.md lists the checks` + "\n" +
			`c.yaml:3: checks.disabled[0]: is a list, must be text; write one value`
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "2160h": 90 * day, "1d1h30m": 25*time.Hour + 30*time.Minute, "1d0h": day, "90s": 90 * time.Second,
		"106751d": 106751 * day, "0d": 0,
	} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s = %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "d", "1.5d", "-1d", "1d-1h", "1d+1h", "1d1d", "d1h", "106752d", "106751d24h", "4294967296d", "90", "h"} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

func TestNearest(t *testing.T) {
	options := []string{"expires", "names", "namespaces", "name", "pods_mounting_host_path", "kinds"}
	for given, want := range map[string]string{
		"nams": "name", "nmae": "", "expire": "expires", "Expires": "expires", "host-path": "pods_mounting_host_path", "kind": "kinds",
		"": "", "zzz": "", "naméspaces": "namespaces", strings.Repeat("n", 1000): "",
	} {
		if got := nearest(given, options); got != want {
			t.Errorf("nearest(%q) = %q, want %q", given, got, want)
		}
	}
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"ö", "o", 1}} {
		if got := distance([]rune(test.a), []rune(test.b)); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
