package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	// window is the drift window of the test, an hour in the shipped rules.
	window = 30 * time.Second
	// young is how old a namespace must be for anything in it to be drift, two hours in the shipped rules.
	young = 2 * window
)

// stack is everything behind the cluster.
type stack struct {
	exporters    []*program
	prometheus   *program
	alertmanager *program
	receiver     *receiver
	// drift and sight are the names of the alerts on drift, and of those on what the exporter does not see.
	drift, sight []string
	// parameters are those of the rules.
	parameters rules.Parameters
}

func skipWithoutPrograms(t *testing.T) {
	t.Helper()
	for _, name := range []string{"PROMETHEUS", "ALERTMANAGER"} {
		if os.Getenv(name) == "" {
			t.Skip(name + " does not name the program: run make e2e, which builds it")
		}
	}
}

func startStack(t *testing.T, cluster *testcluster.Cluster) *stack {
	t.Helper()
	s := &stack{receiver: newReceiver(t)}
	binary := buildExporter(t)
	for range 2 {
		port := freePort(t)
		s.exporters = append(s.exporters, newProgram(t, "an exporter", "/-/ready", port, binary,
			fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port), "--kubeconfig="+cluster.KubeconfigFor("exporter")))
	}
	dir := t.TempDir()
	s.writeRules(t, dir)
	port := freePort(t)
	s.alertmanager = newProgram(t, "Alertmanager", "/-/ready", port, os.Getenv("ALERTMANAGER"), "--config.file="+s.alertmanagerConfig(t, dir),
		"--storage.path="+dir, fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port), "--cluster.listen-address=")
	port = freePort(t)
	s.prometheus = newProgram(t, "Prometheus", "/-/ready", port, os.Getenv("PROMETHEUS"), "--config.file="+s.prometheusConfig(t, dir),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port), "--log.level=warn")
	return s
}

func buildExporter(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "kube-posture-exporter")
	if output, err := exec.Command("go", "build", "-o", binary, "../../cmd/kube-posture-exporter").CombinedOutput(); err != nil {
		t.Fatalf("build the exporter: %v\n%s", err, output)
	}
	return binary
}

// writeRules makes the shipped rules with seconds where they have hours.
func (s *stack) writeRules(t *testing.T, dir string) {
	t.Helper()
	set := catalog(t)
	p := rules.Defaults()
	p.Interval, p.TrendInterval = "1s", "5s"
	p.DriftWindow, p.NamespaceAge, p.KeepFiring, p.RecurringMemory = seconds(window), seconds(young), "5s", seconds(4*window)
	p.Absent, p.CounterWindow, p.WatchErrors = "1m", seconds(window), "2"
	p.Variants = make(map[string]rules.Override)
	shipped, err := rules.Make(rules.Defaults(), set)
	noError(t, err)
	for _, a := range shipped.Alerts {
		switch a.Kind {
		case rules.Drift:
			s.drift = append(s.drift, a.Name)
		case rules.Sight:
			s.sight = append(s.sight, a.Name)
		}
		for _, v := range a.Variants {
			after := "2s"
			if a.Kind != rules.Drift {
				after = "10s"
			}
			p.Variants[rules.Key(a.Name, v.Severity)] = rules.Override{For: after}
		}
	}
	s.parameters = p
	made, err := rules.Make(p, set)
	noError(t, err)
	noError(t, os.WriteFile(filepath.Join(dir, "recording.yaml"), made.RecordingFile(), 0o600))
	noError(t, os.WriteFile(filepath.Join(dir, "alerts.yaml"), made.AlertFile(p), 0o600))
}

func catalog(t *testing.T) *check.Set {
	t.Helper()
	set, err := check.NewSet(check.Catalog())
	noError(t, err)
	return set
}

func seconds(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }

// prometheusConfig scrapes both exporters as docs/alerts.md says: with honor_labels.
func (s *stack) prometheusConfig(t *testing.T, dir string) string {
	t.Helper()
	var targets []string
	for _, e := range s.exporters {
		targets = append(targets, fmt.Sprintf("'127.0.0.1:%d'", e.port))
	}
	config := fmt.Sprintf(`global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [recording.yaml, alerts.yaml]
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:%d']}]}]}
scrape_configs:
  - job_name: kube-posture-exporter
    honor_labels: true
    static_configs: [{targets: [%s], labels: {cluster: e2e}}]
`, s.alertmanager.port, strings.Join(targets, ", "))
	path := filepath.Join(dir, "prometheus.yaml")
	noError(t, os.WriteFile(path, []byte(config), 0o600))
	return path
}

var (
	webhook  = regexp.MustCompile(`https://([a-z]+)\.example\.com`)
	waits    = regexp.MustCompile(`(group_wait|group_interval): \w+`)
	resolved = regexp.MustCompile(`send_resolved: false`)
)

// alertmanagerConfig is the example, with the test's webhook in place of those in it, and without its pauses.
func (s *stack) alertmanagerConfig(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile("../../alerts/alertmanager-example.yaml")
	noError(t, err)
	text := webhook.ReplaceAllString(string(data), s.receiver.server.URL+"/$1")
	text = resolved.ReplaceAllString(waits.ReplaceAllString(text, "$1: 1s"), "send_resolved: true")
	path := filepath.Join(dir, "alertmanager.yaml")
	noError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// sample says whether every exporter serves a sample, written as in the exposition.
func (s *stack) sample(line string) error {
	for _, e := range s.exporters {
		response, err := http.Get(e.url() + "/metrics")
		if err != nil {
			return err
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return err
		}
		if !strings.Contains(string(text), "\n"+line+"\n") {
			return fmt.Errorf("%s does not say %s", e.url(), line)
		}
	}
	return nil
}
