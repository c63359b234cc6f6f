package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/kube-posture/kube-posture-exporter/internal/logging"
)

// patience is how long a test waits for something to happen.
const patience = 2 * time.Minute

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// options are the defaults of the command line, on a free port.
func options() Options {
	addresses, config := []string{"127.0.0.1:0"}, ""
	return Options{
		Web: &web.FlagConfig{WebListenAddresses: &addresses, WebConfigFile: &config}, TelemetryPath: "/metrics", MaxRequests: 10,
		LogLevel: "info", LogFormat: "logfmt",
	}
}

// started is an exporter that serves until the end of the test.
type started struct {
	t   *testing.T
	url string
	log *journal
}

// start runs everything that Run runs, but for what is global in klog.
func start(t *testing.T, o Options) *started {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	s := &started{t: t, log: &journal{}}
	logger, err := logging.New(s.log, o.LogFormat, o.LogLevel)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, o, logger) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the exporter ended with: %v", err)
		}
		if t.Failed() {
			t.Logf("the exporter's log:\n%s", s.log)
		}
	})
	address := regexp.MustCompile(`msg=serving open=(\S+)`)
	s.await("it says where it serves", func() bool {
		found := address.FindStringSubmatch(s.log.String())
		if found != nil {
			s.url = found[1]
		}
		return found != nil
	})
	s.await("it is ready", func() bool { status, _ := s.get("/-/ready"); return status == http.StatusOK })
	return s
}

// await asks until something holds.
func (s *started) await(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain: %s; the exporter's log:\n%s", what, s.log)
		}
	}
}

func (s *started) get(path string) (status int, body string) {
	s.t.Helper()
	response, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	return read(s.t, response)
}

func (s *started) post(path string) (status int, body string) {
	s.t.Helper()
	response, err := http.Post(s.url+path, "", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return read(s.t, response)
}

func read(t *testing.T, response *http.Response) (status int, body string) {
	t.Helper()
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(all)
}

// scrape asks for the metrics as Prometheus does, and parses them.
func (s *started) scrape() metrics {
	s.t.Helper()
	status, body := s.get("/metrics")
	if status != http.StatusOK {
		s.t.Fatalf("a scrape: %d %s", status, body)
	}
	return parse(s.t, body)
}

// metrics are the samples of gauges and counters by name and labels, as they are written.
type metrics struct {
	families map[string]*dto.MetricFamily
	samples  map[string]float64
}

func parse(t *testing.T, body string) metrics {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatalf("the exposition is not what Prometheus reads: %v", err)
	}
	m := metrics{families, make(map[string]float64)}
	for name, family := range families {
		for _, sample := range family.GetMetric() {
			var labels []string
			for _, l := range sample.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			key := name
			if len(labels) > 0 {
				key += "{" + strings.Join(labels, ",") + "}"
			}
			m.samples[key] = sample.GetGauge().GetValue() + sample.GetCounter().GetValue() + sample.GetUntyped().GetValue()
		}
	}
	return m
}

// value is one sample; ok is false when it is absent.
func (m metrics) value(key string) (value float64, ok bool) {
	value, ok = m.samples["kube_posture_"+key]
	return value, ok
}

// has says whether a sample is there and has a value.
func (m metrics) has(key string, want float64) bool {
	got, ok := m.value(key)
	return ok && got == want
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// As an editor does: never half a file.
	if err := os.WriteFile(path+".tmp", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		t.Fatal(err)
	}
}

// pod is a manifest of a pod that runs as root, or of one that does not.
func pod(name string, root bool) string {
	user := 1000
	if root {
		user = 0
	}
	return fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: shop}\n"+
		"spec: {containers: [{name: main, image: example.test/a, securityContext: {runAsUser: %d}}]}\n", name, user)
}

const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
