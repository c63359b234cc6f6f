package runbooks

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// prelude is what a block runs after. refused runs a command of the table of refusals.
const prelude = `refused() {
	local says=$1 said; shift
	if said=$("$@" 2>&1 </dev/null); then echo "must be refused and was not: $*"; exit 99; fi
	printf '%s\n' "$said"
	if [ "$said" != "$says" ]; then echo "refused, but not with: $says"; exit 99; fi
}
`

// stage is where the blocks run.
type stage struct {
	world       *world
	environment []string
	// used are the entries of the tables that have been of use.
	used map[any]bool
	// runbooks is how many have been run: with -run it may be one.
	runbooks int
}

// TestRunbooks runs every block of every runbook in order, as it stands.
func TestRunbooks(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a real control plane and kubectl")
	}
	kubectl := os.Getenv("KUBECTL")
	if kubectl == "" {
		t.Skip("KUBECTL does not name the tool: run make test, which builds it")
	}
	all := documents(t)
	s := setUp(t, kubectl)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) { s.runbook(t, name, steps(all[name])) })
	}
	if t.Failed() || s.runbooks < len(all) {
		return
	}
	for _, r := range refusals {
		if !s.used[r] {
			t.Errorf("no runbook has the command that may be refused: %s", r.command)
		}
	}
	for _, v := range sights {
		if !s.used[v] {
			t.Errorf("%s has no line %s, after which one would see %s", v.runbook, v.line, v.want)
		}
	}
	for key := range notForTheCluster {
		if !s.used[key] {
			t.Errorf("no runbook has YAML that begins with %s", key)
		}
	}
}

func setUp(t *testing.T, kubectl string) *stage {
	t.Helper()
	cluster := testcluster.Start(t, testcluster.WithControllerManager())
	programs, home := t.TempDir(), t.TempDir()
	exporter := startExporter(t, buildExporter(t, programs))
	kubectl, err := filepath.Abs(kubectl)
	noError(t, err)
	noError(t, os.Symlink(kubectl, filepath.Join(programs, "kubectl")))
	noError(t, os.Mkdir(filepath.Join(home, ".kube"), 0o700))
	noError(t, os.Symlink(cluster.Kubeconfig(), filepath.Join(home, ".kube/config")))
	s := &stage{used: map[any]bool{}, environment: []string{
		"PATH=" + programs + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + home, "LANG=C", "http_proxy=" + exporter.forwarded(t),
	}}
	s.world = newWorld(t, cluster.Config(), cluster.Client(), append(decode(t, read(t, "testdata/world.yaml")), shipped(t, kubectl)...))
	first := slices.Clone(s.world.objects)
	for i, o := range first {
		switch {
		case o.GetKind() == "Node":
			noError(t, s.world.write(o))
		case o.GetKind() == "Deployment" && o.GetName() == "web": // a release before the present one, to go back to
			first[i] = o.DeepCopy()
			containers, _, err := unstructured.NestedSlice(o.Object, "spec", "template", "spec", "containers")
			noError(t, err)
			containers[0].(map[string]any)["image"] = "registry.example/web:1"
			noError(t, unstructured.SetNestedSlice(first[i].Object, containers, "spec", "template", "spec", "containers"))
		}
	}
	startNode(t, cluster.Client(), exporter.log(t))
	s.world.reset(t, first)
	return s
}

// shipped are the manifests of the exporter, with a second replica, and without the minute between two pods.
func shipped(t *testing.T, kubectl string) []*unstructured.Unstructured {
	t.Helper()
	text, err := exec.Command(kubectl, "kustomize", filepath.Join(root, "deploy/kustomize/base")).Output()
	noError(t, err)
	objects := decode(t, text)
	for _, o := range objects {
		if o.GetKind() == "Deployment" {
			noError(t, unstructured.SetNestedField(o.Object, int64(2), "spec", "replicas"))
			noError(t, unstructured.SetNestedField(o.Object, int64(0), "spec", "minReadySeconds"))
		}
	}
	return objects
}

// runbook runs the steps of one document in one folder, each in the world as the alert found it.
func (s *stage) runbook(t *testing.T, name string, steps []step) {
	s.runbooks++
	folder := t.TempDir()
	if given := "testdata/given/" + name; exists(given) {
		noError(t, os.CopyFS(folder, os.DirFS(given)))
	}
	for _, step := range steps {
		if len(step.blocks) == 0 {
			continue
		}
		s.world.reset(t, s.world.with(t, name))
		for _, b := range step.blocks {
			script, want := s.script(t, name, step.name, b)
			if script == "" {
				continue
			}
			out, err := s.run(t, folder, script)
			if err != nil {
				t.Fatalf("%s: %v\n%s--- says\n%s", step.name, err, b.text, out)
			}
			t.Logf("%s:\n%s--- says\n%s", step.name, b.text, out)
			for _, pattern := range want {
				if !regexp.MustCompile(pattern).MatchString(out) {
					t.Errorf("%s: what it says does not match %q", step.name, pattern)
				}
			}
		}
	}
}

// script is what runs a block, and what must be seen then.
func (s *stage) script(t *testing.T, runbook, at string, b block) (script string, want []string) {
	t.Helper()
	switch b.language {
	case "yaml":
		return s.manifest(t, b.text), nil
	case "sh":
		for _, r := range refusals {
			line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(r.command) + `$`)
			if (r.runbook == "" || r.runbook == runbook && r.step == at) && line.MatchString(b.text) {
				s.used[r] = true
				b.text = line.ReplaceAllLiteralString(b.text, fmt.Sprintf("refused '%s' %s", r.says, r.command))
			}
		}
		for _, v := range sights {
			if v.runbook == runbook && strings.Contains(b.text, v.line) {
				s.used[v] = true
				want = append(want, v.want)
			}
		}
		return b.text, want
	case "promql":
	default:
		t.Errorf("a block of %s, which nobody knows how to run:\n%s", b.language, b.text)
	}
	return "", nil
}

// manifest gives YAML to whoever reads it: the API server, or the exporter.
func (s *stage) manifest(t *testing.T, text string) string {
	t.Helper()
	begins, _, _ := strings.Cut(text, ":")
	if why := notForTheCluster[begins]; why != "" {
		s.used[begins] = true
		return ""
	}
	here := func(command string) string { return command + " <<'YAML'\n" + text + "YAML\n" }
	switch begins {
	case "apiVersion":
		return here("kubectl apply -f -")
	case "securityContext":
		container := "    - name: app\n      image: app\n" + regexp.MustCompile(`(?m)^`).ReplaceAllString(strings.TrimSuffix(text, "\n"), "      ") + "\n"
		return "kubectl apply --dry-run=server -f - <<'YAML'\napiVersion: v1\nkind: Pod\nmetadata: {name: pod, namespace: shop}\nspec:\n  containers:\n" + container + "YAML\n"
	case "exemptions", "checks", "findings", "network", "rbac":
		return here("cat > settings.yaml") + exporterName + " report rbac-review --demo --config.file=settings.yaml > /dev/null\n"
	}
	t.Errorf("YAML that nobody knows how to try:\n%s", text)
	return ""
}

func (s *stage) run(t *testing.T, folder, script string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", prelude+script)
	cmd.Dir, cmd.Env = folder, s.environment
	out, err := cmd.CombinedOutput()
	return string(out), err
}
