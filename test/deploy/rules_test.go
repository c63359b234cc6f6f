package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// TestRulesAreThoseOfAlerts: with the default values, the PrometheusRule is what the files in alerts/ are, which have unit tests.
func TestRulesAreThoseOfAlerts(t *testing.T) {
	var want []monitoringv1.RuleGroup
	for _, file := range []string{"kube-posture-recording.yaml", "kube-posture-alerts.yaml"} {
		var spec monitoringv1.PrometheusRuleSpec
		noError(t, yaml.UnmarshalStrict(must[[]byte](t)(os.ReadFile(filepath.Join(root, "alerts", file))), &spec))
		want = append(want, spec.Groups...)
	}
	if len(want) < 5 {
		t.Fatalf("there are %d groups in alerts/", len(want))
	}
	for tool, manifest := range map[string]string{
		"chart": standard.manifest(t, parse(t, "rules: {enabled: true}")), "kustomize": kustomized(t, namespace, "prometheus-operator"),
	} {
		got := find[*monitoringv1.PrometheusRule](t, decode(t, manifest)).Spec.Groups
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-alerts/ +PrometheusRule):\n%s", tool, diff)
		}
	}
}

// TestPrometheusTakesTunedRules: whatever the schema lets through must be rules to Prometheus.
func TestPrometheusTakesTunedRules(t *testing.T) {
	tool := os.Getenv("PROMTOOL")
	if testing.Short() || tool == "" {
		t.Skip("PROMTOOL does not name the tool")
	}
	for _, name := range []string{"rules", "rules-tuned", "rules-none"} {
		text := string(must[[]byte](t)(os.ReadFile("testdata/values/valid/" + name + ".yaml")))
		spec := find[*monitoringv1.PrometheusRule](t, decode(t, standard.manifest(t, parse(t, text)))).Spec
		file := filepath.Join(t.TempDir(), "rules.yaml")
		noError(t, os.WriteFile(file, must[[]byte](t)(yaml.Marshal(spec)), 0o600))
		if out, err := exec.CommandContext(t.Context(), tool, "check", "rules", "--lint=all", "--lint-fatal", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestDashboardsArriveAsTheyAre: every dashboard, byte for byte, in a ConfigMap that Grafana's sidecar finds and kubectl can apply.
func TestDashboardsArriveAsTheyAre(t *testing.T) {
	files := must[[]string](t)(filepath.Glob(root + "/dashboards/*.json"))
	for tool, manifest := range map[string]string{
		"chart": standard.manifest(t, parse(t, "dashboards: {enabled: true}")), "kustomize": kustomized(t, namespace, "dashboards"),
	} {
		found := make(map[string]string)
		for _, o := range decode(t, manifest) {
			c, ok := o.(*corev1.ConfigMap)
			if !ok || c.Labels["grafana_dashboard"] != "1" {
				continue
			}
			for file, content := range c.Data {
				found[file] = content
				// kubectl apply keeps the whole object in an annotation, and all annotations together may have this many bytes.
				if len(content) > 250*1024 {
					t.Errorf("%s has %d bytes, too many for kubectl apply", file, len(content))
				}
			}
		}
		if len(found) != len(files) {
			t.Errorf("%s: %d dashboards in ConfigMaps, %d in dashboards/", tool, len(found), len(files))
		}
		for _, file := range files {
			if want := string(must[[]byte](t)(os.ReadFile(file))); found[filepath.Base(file)] != want {
				t.Errorf("%s: %s is not what is in dashboards/", tool, filepath.Base(file))
			}
		}
	}
}

// TestFlagsExist: every flag that the chart can give is one that the exporter has.
func TestFlagsExist(t *testing.T) {
	help := string(must[[]byte](t)(exec.CommandContext(t.Context(), must[string](t)(binary()), "--help").Output()))
	given := `
log: {level: debug}
web: {enableLifecycle: true, enablePprof: true, config: {secretName: web}}
metrics: {detail: low}
authorization: {mode: kubernetes, audiences: [posture]}`
	for _, manifest := range []string{standard.manifest(t, parse(t, given)), kustomized(t, namespace, allComponents...)} {
		for _, arg := range deployment(t, decode(t, manifest)).Args {
			flag, _, _ := strings.Cut(arg, "=")
			if !strings.Contains(help, flag+"=") && !strings.Contains(help, flag+" ") {
				t.Errorf("the exporter has no flag %s", flag)
			}
		}
	}
}
