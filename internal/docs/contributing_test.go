package docs

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/app"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// newCheck is the check that CONTRIBUTING.md adds, madeUp one that only a test knows.
const newCheck, madeUp = "pods_sharing_process_namespace", "pods_made_up"

func TestCONTRIBUTINGOpensWithTheSteps(t *testing.T) {
	const opening = "# Contributing\n\n## Adding a check\n\nA new check is one check file, its test and fixtures, and one catalog line; " +
		"`make generate` writes the rest."
	if !strings.HasPrefix(document(t, "CONTRIBUTING.md"), opening) {
		t.Errorf("CONTRIBUTING.md does not open with\n%s", opening)
	}
}

// TestEverythingFollowsFromTheCatalog adds a check to the catalog and nothing anywhere else: it is served, documented and configurable.
func TestEverythingFollowsFromTheCatalog(t *testing.T) {
	added := check.Check{
		ID: madeUp, Gap: check.Root, Title: "Pods that share.", Why: "Low.", Remediation: "Stop.", Needs: []model.Kind{model.Pods},
		Labels: []check.Label{{Name: "sharing", Values: []string{"some", "all"}}},
		Judge: check.PodJudge(func(p *check.Pod, r *check.Report) {
			if p.Name == "operator-586f6bdfdb-7c5c2" {
				r.Fail(1, nil, "spec", "shares")
			}
		}),
	}
	set, err := check.NewSet(append(check.Catalog(), added))
	if err != nil {
		t.Fatal(err)
	}
	metric := collector.Namespace + madeUp
	for name, page := range map[string][]byte{
		"metrics.md": Metrics(set), "checks.md": Checks(set), "permissions.md": Permissions(set, informers.Table()),
	} {
		if !strings.Contains(string(page), madeUp) {
			t.Errorf("%s does not have it", name)
		}
	}
	served := scrape(t, set, recorded(t, set), options())
	for family, want := range map[string]string{
		madeUp:            `[name:"namespace" value:"production" name:"sharing" value:"all"] 1`,
		"check_info":      `name:"check" value:"` + madeUp + `"`,
		"check_resources": `[name:"check" value:"` + madeUp + `" name:"result" value:"fail"] 1`,
		"finding":         `name:"check" value:"` + madeUp + `" name:"kind" value:"Deployment" name:"name" value:"operator"`,
	} {
		// The text form of a message puts one space or two between its fields, as it likes.
		lines := regexp.MustCompile(` +`).ReplaceAllString(strings.Join(series(served[family]), "\n"), " ")
		if !strings.Contains(strings.ReplaceAll(lines, "] [", " "), want) && !strings.Contains(strings.ReplaceAll(lines, "} {", " "), want) {
			t.Errorf("%s has no %s, only\n%s", family, want, lines)
		}
	}
	if f := served[madeUp]; f.GetName() != metric || f.GetHelp() != added.Title {
		t.Errorf("the family is %s (%s)", f.GetName(), f.GetHelp())
	}
	file := "checks: {disabled: [" + madeUp + "/all], severity: {" + madeUp + ": high}}\n" +
		"exemptions: [{name: a, checks: [" + madeUp + "/some], owner: b, reason: c, expires: 2027-01-01}]\n"
	if _, err := config.Parse("c.yaml", []byte(file), app.Known(set)); err != nil {
		t.Errorf("the configuration does not know it: %v", err)
	}
	alone := check.NewPod(&corev1.Pod{}, nil)
	if v, _ := set.Pod(&alone, failOnPanic(t)); v.Fail&set.Entry(madeUp).Bits() != 0 {
		t.Error("its bits are shared with another check")
	}
}

// TestAddingACheck follows the steps of CONTRIBUTING.md in a copy of the module, with the files that stand there, and then leaves out
// one of them after the other.
func TestAddingACheck(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a copy of the module")
	}
	files, line := example(t)
	dir := copyModule(t)
	for path, content := range files {
		write(t, dir, path, content)
	}
	catalog := filepath.Join(dir, "internal/check/catalog.go")
	before, err := os.ReadFile(catalog)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(before), "\t\t// root\n", "\t\t// root\n\t\t"+line+"\n", 1)
	write(t, dir, "internal/check/catalog.go", with)

	expect(t, dir, "run make generate", "./internal/docs", "TestGenerated")
	goCommand(t, dir, slices.Concat([]string{"run"}, raceFlags, []string{"./internal/docs/generate"})...)
	expect(t, dir, "", "./internal/docs", "TestGenerated|TestEvery|TestNeeds")
	expect(t, dir, "", "./internal/check", "")
	expect(t, dir, "", "./test/fixtures", "")
	for _, f := range []string{"checks", "metrics", "permissions"} {
		if content, err := os.ReadFile(filepath.Join(dir, "docs", f+".md")); err != nil || !strings.Contains(string(content), newCheck) {
			t.Errorf("docs/%s.md does not have the check (%v)", f, err)
		}
	}

	for path, content := range files {
		if path == "internal/check/"+newCheck+".go" {
			continue // without it nothing compiles
		}
		if err := os.Remove(filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
		expect(t, dir, newCheck, "./internal/check", "TestEvery|TestCatalog")
		write(t, dir, path, content)
	}
	write(t, dir, "internal/check/catalog.go", string(before))
	expect(t, dir, "catalog", "./internal/check", "TestCatalog")
}

// example takes the files and the catalog line out of CONTRIBUTING.md: each code block stands below the path of its file.
func example(t *testing.T) (files map[string]string, line string) {
	t.Helper()
	path := regexp.MustCompile("^`([a-z_/-]+\\.[a-z]+)`$")
	files = map[string]string{}
	for _, f := range fencesOf(t, "CONTRIBUTING.md", "") {
		m := path.FindStringSubmatch(f.before)
		switch {
		case m == nil:
		case m[1] == "internal/check/catalog.go":
			line = strings.TrimSpace(f.text)
		default:
			// The blocks are indented as parts of a list.
			files[m[1]] = strings.ReplaceAll("\n"+f.text, "\n   ", "\n")[1:]
		}
	}
	if len(files) != 4 || line == "" || strings.Contains(line, "\n") {
		t.Fatalf("CONTRIBUTING.md shows %d files and the catalog line %q, want a check, its test, two fixtures and one line", len(files), line)
	}
	return files, line
}

// copyModule copies everything but what the steps have nothing to do with.
func copyModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && (below == ".git" || below == "bin" || below == filepath.Join("test", "controlplane")):
			return fs.SkipDir
		case d.IsDir() || !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err == nil {
			write(t, dir, below, string(content))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, dir, path, content string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// expect runs tests of the copy: they must pass, or, when there is a complaint to expect, fail with it.
func expect(t *testing.T, dir, complaint, pkg, tests string) {
	t.Helper()
	out, err := run(t, dir, slices.Concat([]string{"test"}, raceFlags, []string{"-short", "-run", tests, pkg})...)
	switch {
	case complaint == "" && err != nil:
		t.Errorf("%s: %v\n%s", pkg, err, out)
	case complaint != "" && (err == nil || !strings.Contains(out, complaint)):
		t.Errorf("%s does not complain of %q (%v):\n%s", pkg, complaint, err, out)
	}
}

// goCommand runs the go command, which must succeed, and returns what it writes.
func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := run(t, dir, args...)
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func run(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not on PATH")
	}
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	return string(out), err
}
