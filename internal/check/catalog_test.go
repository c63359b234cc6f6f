package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/pod-security-admission/policy"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

const fixtures = "../../test/fixtures"

func TestCatalogHasEveryDeclaredCheckOnce(t *testing.T) {
	listed := map[string]int{}
	for _, c := range Catalog() {
		listed[c.ID]++
	}
	for id, n := range listed {
		if n > 1 {
			t.Errorf("catalog.go lists %s %d times, want once", id, n)
		}
	}
	declared := declaredChecks(t)
	for id := range declared {
		if listed[id] == 0 {
			t.Errorf("check %s is declared in %s and not in the catalog: add it to catalog.go, with the others of its gap", id, declared[id])
		}
	}
	for id := range listed {
		if declared[id] == "" {
			t.Errorf("check %s is in the catalog, but no package-level value or function declares it", id)
		}
	}
	if _, err := NewSet(Catalog()); err != nil {
		t.Errorf("the catalog does not make a set: %v", err)
	}
}

func TestCatalogIsGroupedByGap(t *testing.T) {
	var got []Gap
	for _, c := range Catalog() {
		if len(got) == 0 || got[len(got)-1] != c.Gap {
			got = append(got, c.Gap)
		}
	}
	if diff := cmp.Diff([]Gap{Root, Network, Token, Resources, RBAC, PodSecurity}, got); diff != "" {
		t.Errorf("gaps in the order of the catalog (-want +got):\n%s", diff)
	}
}

func TestEveryCheckHasItsFiles(t *testing.T) {
	declared := declaredChecks(t)
	for _, c := range Catalog() {
		if want := c.ID + ".go"; declared[c.ID] != want {
			t.Errorf("check %s is declared in %q, want %s", c.ID, declared[c.ID], want)
		}
		if _, err := os.Stat(c.ID + "_test.go"); err != nil {
			t.Errorf("check %s has no test: write internal/check/%s_test.go", c.ID, c.ID)
		}
		for _, kind := range []string{"pass", "fail"} {
			found, err := filepath.Glob(filepath.Join(fixtures, c.ID, kind+"-*.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 0 {
				t.Errorf("check %s has no %s fixture: write test/fixtures/%s/%s-<what>.yaml", c.ID, kind, c.ID, kind)
			}
		}
	}
}

func TestEveryFixtureBelongsToACheck(t *testing.T) {
	name := regexp.MustCompile(`^(pass|fail|unknown|skip)-[a-z0-9]+(-[a-z0-9]+)*\.yaml$`)
	found, err := filepath.Glob(filepath.Join(fixtures, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		id := filepath.Base(filepath.Dir(path))
		if !slices.ContainsFunc(Catalog(), func(c Check) bool { return c.ID == id }) {
			t.Errorf("%s: there is no check %s", path, id)
		}
		if !name.MatchString(filepath.Base(path)) {
			t.Errorf("%s: the name does not match %s", path, name)
		}
		if content, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(content), "# ") {
			t.Errorf("%s does not start with a comment that says what it shows (%v)", path, err)
		}
	}
}

var (
	snakeCase   = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	placeholder = regexp.MustCompile(`(?i)\b(todo|fixme|xxx|tbd|lorem|placeholder)\b|\.\.\.`)
	edition     = regexp.MustCompile(`^cis-[0-9]+\.[0-9]+$`)
	number      = regexp.MustCompile(`^[0-9]+(\.[0-9]+)+$`)
)

// reserved are the labels that the collector itself puts on gauges.
var reserved = []string{"namespace", "check", "kind", "name", "result", "gap", "severity"}

func TestMetadataIsComplete(t *testing.T) {
	resources := map[string]string{
		"pods": "pod", "containers": "container", "namespaces": "namespace", "network_policies": "policy", "rbac_bindings": "binding",
		"rbac_roles": "role", "service_accounts": "service account", "default_service_accounts": "service account",
		"cluster_admin_subjects": "subject", "namespace_admin_subjects": "subject", "rbac_subjects": "subject",
	}
	for _, c := range Catalog() {
		t.Run(c.ID, func(t *testing.T) {
			if !snakeCase.MatchString(c.ID) {
				t.Errorf("ID does not match %s", snakeCase)
			}
			for what, text := range map[string]string{"Title": c.Title, "Why": c.Why, "Remediation": c.Remediation} {
				if text != strings.TrimSpace(text) || !strings.HasSuffix(text, ".") || strings.ContainsAny(text, "\n\t") || placeholder.MatchString(text) {
					t.Errorf("%s is %q, want one finished line of whole sentences", what, text)
				}
			}
			if !regexp.MustCompile(`(?i)\b` + c.Severity.String() + `\b`).MatchString(c.Why) {
				t.Errorf("Why does not say what makes the check %s: %q", c.Severity, c.Why)
			}
			if c.Judge == nil {
				t.Fatal("there is no judge")
			}
			if !slices.ContainsFunc(slices.Collect(maps.Keys(resources)), func(prefix string) bool {
				return strings.HasPrefix(c.ID, prefix) && resources[prefix] == c.Resource()
			}) {
				t.Errorf("the ID does not begin with the plural of what is judged, a %s", c.Resource())
			}
			if needs := slices.Clone(c.Needs); len(needs) == 0 || slices.Max(needs) >= model.KindCount {
				t.Errorf("Needs is %v, want at least one kind", needs)
			} else if slices.Sort(needs); len(slices.Compact(needs)) != len(c.Needs) {
				t.Errorf("Needs %v names a kind twice", c.Needs)
			}
			testLabels(t, c.Labels)
		})
	}
}

func testLabels(t *testing.T, labels []Label) {
	t.Helper()
	seen := map[string]bool{}
	for _, l := range labels {
		if !snakeCase.MatchString(l.Name) || slices.Contains(reserved, l.Name) || seen[l.Name] {
			t.Errorf("label %q is not in snake case, taken by the collector or there twice", l.Name)
		}
		seen[l.Name] = true
		values := slices.Sorted(slices.Values(l.Values))
		if len(values) < 2 || slices.Contains(values, "") || len(slices.Compact(values)) != len(l.Values) {
			t.Errorf("label %s has the values %q, want at least two different ones", l.Name, l.Values)
		}
	}
}

func TestReferencesExist(t *testing.T) {
	// The library tells the stricter and the looser form of a control apart by a suffix; the level says the same.
	controls := map[string]bool{}
	for _, c := range policy.DefaultChecks() {
		controls[string(c.Level)+"/"+strings.TrimSuffix(string(c.ID), "_"+string(c.Level))] = true
	}
	for _, c := range Catalog() {
		if c.Control != "" && !controls[c.Control] {
			t.Errorf("check %s: there is no Pod Security control %q, only %q", c.ID, c.Control, slices.Sorted(maps.Keys(controls)))
		}
		seen := map[Reference]bool{}
		for _, ref := range c.CIS {
			if !edition.MatchString(ref.Edition) || !number.MatchString(ref.Control) || seen[ref] {
				t.Errorf("check %s: reference %q is malformed or there twice", c.ID, ref)
			}
			seen[ref] = true
		}
	}
}

// declaredChecks finds every check that the package declares, as a package-level value or as a function that returns one, and returns
// the name of its file by ID.
func declaredChecks(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		// Every literal of the type counts, wherever it stands: a package-level value, a function's result, an element of a list.
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.CompositeLit); ok && isCheck(literal.Type) && len(literal.Elts) > 0 {
				id := idOf(literal)
				if id == "" || declared[id] != "" {
					t.Errorf("%s declares a check with the ID %q, want one that is written out and that no other file has", path, id)
				}
				declared[id] = path
			}
			return true
		})
	}
	return declared
}

func isCheck(e ast.Expr) bool {
	name, ok := e.(*ast.Ident)
	return ok && name.Name == "Check"
}

// idOf returns the ID that a literal of type Check is given, empty when it is not a constant string.
func idOf(literal *ast.CompositeLit) string {
	for _, e := range literal.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := pair.Key.(*ast.Ident); !ok || key.Name != "ID" {
			continue
		}
		if value, ok := pair.Value.(*ast.BasicLit); ok && value.Kind == token.STRING {
			id, _ := strconv.Unquote(value.Value)
			return id
		}
	}
	return ""
}
