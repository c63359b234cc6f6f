package config

import (
	"errors"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gopkg.in/yaml.v3"
)

// FuzzParse states the contract of Parse: it never panics, its error is Problems within the bounds, and what it takes
// is valid, which is to say that it survives being written out in full and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(documented))
	f.Add([]byte("network: {enforcer: cilium}\n"))
	for _, bad := range slices.Concat(badShapes, badTypes, badChecks, badExemptions, badRBAC) {
		if len(bad.in) < 1000 {
			f.Add([]byte(bad.in))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("c.yaml", data, known())
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 || len(problems) > maxProblems+1 {
				t.Fatalf("not a bounded list of problems: %v", err)
			}
			for _, p := range problems {
				if p.Text == "" || p.Fix == "" || p.Line < 0 || len(p.Error()) > 2000 {
					t.Fatalf("a problem without text or fix, or without end: %+v", p)
				}
			}
			return
		}
		checkValid(t, c)
		text, err := yaml.Marshal(render(c))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("again.yaml", text, known())
		if err != nil {
			t.Fatalf("what was taken once is refused when written out: %v\n%s", err, text)
		}
		if diff := cmp.Diff(c, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-first +again:\n%s", diff)
		}
	})
}

// checkValid asserts what other packages rely on.
func checkValid(t *testing.T, c *Config) {
	t.Helper()
	if c.Findings.Limit < 0 || c.RBAC.Review.Period <= 0 || !slices.Contains(known().Severities, c.Findings.MinSeverity) {
		t.Fatalf("out of range: %+v", c)
	}
	names := map[string]bool{SystemNamespacesExemption: true}
	globs := slices.Clone(c.SystemNamespaces)
	for _, e := range c.Exemptions {
		if names[e.Name] || e.Name == "" || len(e.Checks) == 0 || e.Owner == "" || e.Reason == "" || e.Expires.IsZero() || e.Expires.Location() != time.UTC {
			t.Fatalf("invalid exemption: %+v", e)
		}
		names[e.Name] = true
		globs = slices.Concat(globs, e.Namespaces, e.Kinds, e.Names)
	}
	for _, g := range globs {
		if _, err := path.Match(g, "name"); err != nil || g == "" {
			t.Fatalf("invalid glob: %q", g)
		}
	}
	queries := map[string]bool{}
	for _, name := range BuiltinAccessNames() {
		queries[name] = true
	}
	for _, q := range c.RBAC.WhoCan {
		if queries[q.Name] || q.Verb == "" || (q.Resource == "") == (q.NonResourceURL == "") {
			t.Fatalf("invalid query: %+v", q)
		}
		queries[q.Name] = true
	}
}

// render turns a configuration into what a file would say, every key in full.
func render(c *Config) map[string]any {
	exemptions, queries := []any{}, []any{}
	for _, e := range c.Exemptions {
		expires := e.Expires.Format(time.RFC3339Nano)
		if e.Expires.Year() > lastYear { // RFC 3339 has four digits
			expires = e.Expires.AddDate(0, 0, -1).Format(time.DateOnly)
		}
		exemptions = append(exemptions, map[string]any{
			"name": e.Name, "checks": e.Checks, "namespaces": e.Namespaces, "kinds": e.Kinds, "names": e.Names,
			"owner": e.Owner, "reason": e.Reason, "expires": expires,
		})
	}
	for _, q := range c.RBAC.WhoCan {
		m := map[string]any{"name": q.Name, "verb": q.Verb}
		for key, text := range map[string]string{
			"resource": q.Resource, "subresource": q.Subresource, "api_group": q.APIGroup,
			"resource_name": q.ResourceName, "namespace": q.Namespace, "non_resource_url": q.NonResourceURL,
		} {
			if text != "" {
				m[key] = text
			}
		}
		queries = append(queries, m)
	}
	return map[string]any{
		"ownership":         map[string]any{"namespace_label": c.Ownership.NamespaceLabel},
		"system_namespaces": slices.Concat([]string{}, c.SystemNamespaces),
		"checks":            map[string]any{"disabled": c.Checks.Disabled, "severity": c.Checks.Severity},
		"network":           map[string]any{"enforcer": c.Network.Enforcer, "enforcer_namespaces": slices.Concat([]string{}, c.Network.EnforcerNamespaces)},
		"findings":          map[string]any{"limit": c.Findings.Limit, "min_severity": c.Findings.MinSeverity},
		"exemptions":        exemptions,
		"rbac": map[string]any{
			"review":  map[string]any{"annotation": c.RBAC.Review.Annotation, "period": c.RBAC.Review.Period.String()},
			"who_can": queries,
		},
	}
}
