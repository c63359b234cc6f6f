package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/kube-posture/kube-posture-exporter/internal/app"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
)

// valuesFiles are the files in a folder of testdata/values: at least so many.
func valuesFiles(t *testing.T, folder string, least int) []string {
	t.Helper()
	files := must[[]string](t)(filepath.Glob("testdata/values/" + folder + "/*.yaml"))
	if len(files) < least {
		t.Fatalf("there are %d %s values files, want at least %d", len(files), folder, least)
	}
	return files
}

// TestValidValues: what somebody may well set makes objects that the API knows, pods that are restricted, and a configuration that the exporter
// takes. The comments at the head of a file say what must be in them, and what must not.
func TestValidValues(t *testing.T) {
	for _, file := range valuesFiles(t, "valid", 25) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text := string(must[[]byte](t)(os.ReadFile(file)))
			manifest := standard.manifest(t, parse(t, text))
			for line := range strings.Lines(text) {
				line = strings.TrimSpace(line)
				if has, ok := strings.CutPrefix(line, "# has: "); ok && !strings.Contains(manifest, has) {
					t.Errorf("there is no %q", has)
				}
				if lacks, ok := strings.CutPrefix(line, "# lacks: "); ok && strings.Contains(manifest, lacks) {
					t.Errorf("there is a %q", lacks)
				}
			}
			objects := decode(t, manifest)
			expectRestricted(t, find[*appsv1.Deployment](t, objects))
			expectConfig(t, find[*corev1.ConfigMap](t, configs(objects)).Data["config.yaml"])
		})
	}
}

// expectRestricted asks the library that the API server asks.
func expectRestricted(t *testing.T, d *appsv1.Deployment) {
	t.Helper()
	evaluator := must[policy.Evaluator](t)(policy.NewEvaluator(policy.DefaultChecks(), nil))
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, r := range evaluator.EvaluatePod(level, &d.Spec.Template.ObjectMeta, &d.Spec.Template.Spec) {
		if !r.Allowed {
			t.Errorf("the pod is not restricted: %s: %s", r.ForbiddenReason, r.ForbiddenDetail)
		}
	}
}

// expectConfig asks the exporter's own parser.
func expectConfig(t *testing.T, text string) {
	t.Helper()
	set := must[*check.Set](t)(check.NewSet(check.Catalog()))
	if _, err := config.Parse("config.yaml", []byte(text), app.Known(set)); err != nil {
		t.Errorf("the exporter refuses the configuration: %v\n%s", err, text)
	}
}

// TestInvalidValues: what cannot be meant is refused before anything is installed, with a message that tells what is wrong. It is on the first
// line of each file.
func TestInvalidValues(t *testing.T) {
	for _, file := range valuesFiles(t, "invalid", 40) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text := string(must[[]byte](t)(os.ReadFile(file)))
			first, _, _ := strings.Cut(text, "\n")
			want, ok := strings.CutPrefix(first, "# error: ")
			if !ok {
				t.Fatalf("the first line is %q, want # error: and the message", first)
			}
			_, err := standard.render(t, parse(t, text))
			if err == nil {
				t.Fatalf("it is rendered, want %q", want)
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error is\n%v\nwant %q in it", err, want)
			}
		})
	}
}
