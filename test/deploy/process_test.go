package deploy_test

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/kube-posture/kube-posture-exporter/collector"
)

// folder is where the exporter is built, which is removed when the tests are over.
var folder string

// binary is the exporter, built once for all tests that need it.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, name)
	made := exec.Command("go", "build", "-o", path, "./cmd/"+name)
	made.Dir = root
	if output, err := made.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the exporter: %w\n%s", err, output)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "kube-posture-deploy-*"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// process is the real exporter, running.
type process struct {
	address string
	cmd     *exec.Cmd
	ended   chan error
	// said is what it logged that is worse than a warning.
	said chan string
}

var serving = regexp.MustCompile(`metrics=(http://\S+)/metrics`)

// argsOf are the flags that the Deployment gives, with the configuration in a file of the test's and a port that is free.
func argsOf(t *testing.T, d *appsv1.Deployment, config string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	noError(t, os.WriteFile(file, []byte(config), 0o600))
	var args []string
	for _, a := range d.Spec.Template.Spec.Containers[0].Args {
		a = strings.Replace(a, "/etc/"+name+"/config.yaml", file, 1)
		args = append(args, strings.Replace(a, "--web.listen-address=:9911", "--web.listen-address=127.0.0.1:0", 1))
	}
	return args
}

// start runs the exporter and waits until it serves.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(must[string](t)(binary()), args...), ended: make(chan error, 1), said: make(chan string, 100)}
	stderr, err := p.cmd.StderrPipe()
	noError(t, err)
	noError(t, p.cmd.Start())
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			if found := serving.FindStringSubmatch(lines.Text()); found != nil {
				address <- found[1]
			}
			if strings.Contains(lines.Text(), "level=error") && len(p.said) < cap(p.said) {
				p.said <- lines.Text()
			}
		}
		p.ended <- p.cmd.Wait()
	}()
	t.Cleanup(func() { p.stop(t) })
	select {
	case p.address = <-address:
	case err := <-p.ended:
		p.ended <- err
		t.Fatalf("the exporter ended at once: %v %s", err, p.errors())
	case <-time.After(patience):
		t.Fatal("the exporter does not serve")
	}
	return p
}

// stop ends the exporter as Kubernetes does.
func (p *process) stop(t *testing.T) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		t.Error("the exporter does not end when it is told to")
	}
}

// errors are the errors that it logged.
func (p *process) errors() (list []string) {
	for {
		select {
		case line := <-p.said:
			list = append(list, line)
		default:
			return list
		}
	}
}

// samples are the values of one scrape, by the name without the prefix and the labels.
type samples []sample

type sample struct {
	name   string
	labels map[string]string
	value  float64
}

// ready is a scrape of an exporter that says that it is ready.
func (p *process) ready(t *testing.T) samples {
	t.Helper()
	p.awaitReady(t)
	return must[samples](t)(p.scrape())
}

func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	await(t, "the exporter to be ready", func() error {
		response, err := http.Get(p.address + "/-/ready")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		return nil
	})
}

func (p *process) scrape() (samples, error) {
	response, err := http.Get(p.address + "/metrics")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return nil, err
	}
	var s samples
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), collector.Namespace) || f.GetType() == dto.MetricType_HISTOGRAM {
			continue
		}
		for _, m := range f.GetMetric() {
			one := sample{name: strings.TrimPrefix(f.GetName(), collector.Namespace), labels: make(map[string]string)}
			for _, l := range m.GetLabel() {
				one.labels[l.GetName()] = l.GetValue()
			}
			one.value = m.GetGauge().GetValue() + m.GetCounter().GetValue()
			s = append(s, one)
		}
	}
	return s, nil
}

// value is that of the sample with these labels among others, and whether there is one.
func (s samples) value(name string, labels ...string) (float64, bool) {
	for _, one := range s {
		if one.name != name {
			continue
		}
		matches := true
		for i := 0; i < len(labels); i += 2 {
			matches = matches && one.labels[labels[i]] == labels[i+1]
		}
		if matches {
			return one.value, true
		}
	}
	return 0, false
}
