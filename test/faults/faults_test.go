package faults

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
	"k8s.io/client-go/dynamic"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/app"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// The environment of a process of this test that is an exporter whose clock can be set.
const (
	clockVariable      = "FAULTS_CLOCK" // the file that says by how much it is ahead
	kubeconfigVariable = "FAULTS_KUBECONFIG"
	configVariable     = "FAULTS_CONFIG"
)

func TestMain(m *testing.M) {
	if os.Getenv(clockVariable) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := clocked(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "exporter:", err)
		os.Exit(1)
	}
}

// clocked runs the exporter with a clock that is ahead by what a file says.
func clocked(ctx context.Context) error {
	return app.Run(ctx, app.Options{
		Web:           &web.FlagConfig{WebListenAddresses: &[]string{"127.0.0.1:0"}, WebSystemdSocket: new(bool), WebConfigFile: new(string)},
		TelemetryPath: "/metrics", MaxRequests: 10, LogLevel: "info", LogFormat: "logfmt", StaleAfter: staleAfter,
		Kubeconfig: os.Getenv(kubeconfigVariable), ConfigFile: os.Getenv(configVariable),
		Now: func() time.Time {
			text, _ := os.ReadFile(os.Getenv(clockVariable)) // it is not there until the clock is set
			ahead, _ := time.ParseDuration(string(text))
			return time.Now().Add(ahead)
		},
	}, os.Stderr)
}

// scrapesVariable names how many scrapes are judged at least; without it, what some minutes allow.
const scrapesVariable, seedVariable = "FAULTS_SCRAPES", "KUBE_POSTURE_TEST_SEED"

// TestFaults is the whole of it.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs a control plane for minutes")
	}
	scrapes, seed := number(t, scrapesVariable, 1500), uint64(number(t, seedVariable, int(time.Now().UnixNano()>>20)))
	t.Logf("seed: %s=%d", seedVariable, seed)
	cluster := testcluster.Start(t)
	for i := range history.Namespaces {
		cluster.CreateNamespace(t, history.Namespace(i), map[string]string{"team": "payments"})
	}
	version, err := cluster.Client().Discovery().ServerVersion()
	noError(t, err)
	client, err := dynamic.NewForConfig(cluster.Config())
	noError(t, err)
	checks, err := check.NewSet(check.Catalog())
	noError(t, err)
	onPanic := func(id string, recovered any) { t.Errorf("%s panicked: %v", id, recovered) }
	l := startLedger(t, cluster, informers.NewProjector(checks, onPanic))
	s := &session{
		t: t, cluster: cluster, seed: seed, engine: &engine{client: client, ledger: l}, stop: func() {}, done: make(map[string]int),
		writer: &writer{client: cluster.Client(), history: history.New(seed, cluster.Client())},
	}
	s.grant(nil)
	s.bind()
	for _, r := range s.replicas() {
		s.watched = append(s.watched, &watched{replica: r, judge: &judge{
			oracle: newOracle(checks, l, version.GitVersion, onPanic), tally: tally{absent: make(map[string]int)},
		}})
	}
	s.run(scrapes)
	s.report()
	for _, w := range s.watched {
		s.plant(w)
	}
}

// session is one run.
type session struct {
	t       *testing.T
	cluster *testcluster.Cluster
	seed    uint64
	engine  *engine
	writer  *writer
	watched []*watched

	stop       context.CancelFunc
	mu         sync.Mutex
	violations int
	done       map[string]int // faults, by name
}

// watched is an exporter and who judges it.
type watched struct {
	replica *replica
	judge   *judge

	mu    sync.Mutex
	count int
	// current says that the last scrape had every kind, right and with its last change; at is when it began, and lacks what it had not.
	current bool
	at      time.Time
	lacks   []string
	// last is the last one of which that is so.
	last scraped
}

// replicas are the shipped program, and one whose clock can be set, each behind a network of its own.
func (s *session) replicas() []*replica {
	t := s.t
	dir := t.TempDir()
	config := filepath.Join(dir, "config.yaml")
	noError(t, os.WriteFile(config, []byte(configuration()), 0o600))
	binary := filepath.Join(dir, "kube-posture-exporter")
	output, err := exec.Command("go", "build", "-trimpath", "-o", binary, "../../cmd/kube-posture-exporter").CombinedOutput()
	if err != nil {
		t.Fatalf("build the exporter: %v\n%s", err, output)
	}
	access := s.cluster.ConfigFor("exporter")
	shipped := &replica{name: "shipped", network: startNetwork(t, s.cluster, access, s.seed)}
	shipped.command = func() *exec.Cmd {
		cmd := exec.Command(binary, "--web.listen-address=127.0.0.1:0", "--kubeconfig="+shipped.network.kubeconfig, "--config.file="+config,
			"--watch.stale-after="+staleAfter.String())
		cmd.Env = os.Environ()
		return cmd
	}
	self, err := os.Executable()
	noError(t, err)
	set := &replica{name: "with a clock", network: startNetwork(t, s.cluster, access, s.seed+1), ahead: filepath.Join(dir, "ahead")}
	set.command = func() *exec.Cmd {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), clockVariable+"="+set.ahead, kubeconfigVariable+"="+set.network.kubeconfig, configVariable+"="+config)
		return cmd
	}
	all := []*replica{shipped, set}
	for _, r := range all {
		r.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableCompression: true}}
		t.Cleanup(func() {
			r.kill()
			if t.Failed() {
				t.Log(r.logged())
			}
		})
	}
	return all
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	noError(t, err)
	return n
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
