package live_test

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// endsWithin is how long the exporter may take to end when it is told to: Kubernetes kills after 30 seconds.
const endsWithin = 5 * time.Second

// process is the real binary, running.
type process struct {
	cmd *exec.Cmd
	// address is where it serves.
	address string
	ended   chan error
}

// build makes the binary, from the cache of the go command when nothing has changed.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "kube-posture-exporter")
	made := exec.Command("go", "build", "-o", binary, "github.com/kube-posture/kube-posture-exporter/cmd/kube-posture-exporter")
	if output, err := made.CombinedOutput(); err != nil {
		t.Fatalf("build the exporter: %v\n%s", err, output)
	}
	return binary
}

var serving = regexp.MustCompile(`metrics=(http://\S+)/metrics`)

// run starts the binary on a port of its own and waits until it serves.
func run(t *testing.T, binary string, flags ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, append([]string{"--web.listen-address=127.0.0.1:0"}, flags...)...), ended: make(chan error, 1)}
	stderr, err := p.cmd.StderrPipe()
	noError(t, err)
	noError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			if found := serving.FindStringSubmatch(lines.Text()); found != nil {
				address <- found[1]
			}
			if strings.Contains(lines.Text(), "level=error") {
				t.Errorf("the exporter says: %s", lines.Text())
			}
		}
		p.ended <- p.cmd.Wait()
	}()
	select {
	case p.address = <-address:
	case err := <-p.ended:
		t.Fatalf("the exporter ended at once: %v", err)
	case <-time.After(patience):
		t.Fatalf("waited %s for the exporter to serve", patience)
	}
	return p
}

// scrape reads every sample over HTTP.
func (p *process) scrape() (samples, error) {
	response, err := http.Get(p.address + "/metrics")
	if err != nil {
		return nil, fmt.Errorf("scrape: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("scrape: %s", response.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return nil, fmt.Errorf("parse the scrape: %w", err)
	}
	return flatten(slices.Collect[*dto.MetricFamily](maps.Values(families))), nil
}

// ready says whether the exporter says so.
func (p *process) ready() error {
	response, err := http.Get(p.address + "/-/ready")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

// terminate ends the exporter as Kubernetes does.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	began := time.Now()
	noError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("the exporter ended with %v", err)
		}
	case <-time.After(2 * patience):
		t.Fatalf("the exporter has not ended after %s", 2*patience)
	}
	if took := time.Since(began); took > endsWithin {
		t.Errorf("the exporter took %s to end, want at most %s", took, endsWithin)
	}
}

// configFile says what settingsOptions says.
func configFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	x := settingsOptions().Exemptions[0]
	content := fmt.Sprintf("exemptions:\n  - {name: %s, checks: [%s], names: [%s], owner: %s, reason: %s, expires: %s}\n",
		x.Name, strings.Join(x.Checks, ", "), strings.Join(x.Names, ", "), x.Owner, x.Reason, x.Expires.UTC().Format(time.RFC3339))
	noError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

// throughProxy writes a kubeconfig for a proxy.
func throughProxy(t *testing.T, p *proxy) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	noError(t, clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"proxy": {Server: "http://" + p.address}},
		Contexts:       map[string]*clientcmdapi.Context{"proxy": {Cluster: "proxy"}},
		CurrentContext: "proxy",
	}, file))
	return file
}

// TestBinary runs the program that is shipped, with the permissions of its role and nothing else.
func TestBinary(t *testing.T) {
	cluster := startCluster(t)
	binary := build(t)
	shop(t, cluster)
	grant(t, cluster, "exporter", listAndWatch())
	flags := []string{"--config.file=" + configFile(t)}

	t.Run("says nothing before it knows", func(t *testing.T) {
		proxy := startProxy(t, cluster.Config())
		reached := proxy.holdAfter("pods", 10)
		p := run(t, binary, append(flags, "--kubeconfig="+throughProxy(t, proxy))...)
		awaitClosed(t, "the beginning of the pods", reached)
		await(t, "the other kinds to be listed", func() error {
			s, err := p.scrape()
			if err != nil {
				return err
			}
			if got := s.posture(); len(got) > 0 {
				t.Fatalf("before the pods are listed it says\n%v", equal(samples{}, got))
			}
			return allSyncedBut("pods").compare(s)
		})
		if p.ready() == nil {
			t.Error("it says that it is ready before the pods are listed")
		}
		proxy.release("pods")
		await(t, "it to be ready", p.ready)
		p.awaitTruth(t, truth(t, cluster))
		p.terminate(t)
	})
	t.Run("follows", func(t *testing.T) {
		p := run(t, binary, append(flags, "--kubeconfig="+cluster.KubeconfigFor("exporter"))...)
		before := truth(t, cluster)
		p.awaitTruth(t, before)
		createEach(t, cluster.Client(), "shop", privilegedPod("later"))
		await(t, "the new pod to be counted", func() error {
			s, err := p.scrape()
			if err != nil {
				return err
			}
			return expect{inShop("pods_privileged"): before[inShop("pods_privileged")] + 1}.compare(s)
		})
		p.awaitTruth(t, truth(t, cluster))
		p.terminate(t)
	})
	t.Run("ends while the API server is away", func(t *testing.T) {
		p := run(t, binary, append(flags, "--kubeconfig="+cluster.KubeconfigFor("exporter"))...)
		want := truth(t, cluster)
		p.awaitTruth(t, want)
		cluster.StopAPIServer()
		await(t, "it to have noticed", func() error {
			s, err := p.scrape()
			if err != nil {
				return err
			}
			if s.sum("watch_errors_total", "reason", "network") < 3*float64(len(served())) {
				return errors.New("hardly an error is counted")
			}
			return nil
		})
		p.awaitTruth(t, want)
		p.terminate(t)
	})
}

// awaitTruth waits until the exporter says exactly what is true.
func (p *process) awaitTruth(t *testing.T, want samples) {
	t.Helper()
	await(t, "the gauges to be true", func() error {
		got, err := p.scrape()
		if err != nil {
			return err
		}
		return equal(want, got.posture())
	})
}
