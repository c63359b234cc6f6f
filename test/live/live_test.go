// Package live_test holds the exporter against a real Kubernetes API server: the gauges follow what happens, they never say more than
// is known, and their verdicts are those of the API server's own admission.
//
// It must never fake an answer of the API server, wait by sleeping, or judge with the code that it tests. Nothing imports it, and
// every test in it skips under -short.
package live_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/go-kit/log"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/logging"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	// patience is how long a gauge may take to follow the cluster: a second on a quiet machine, half a minute when client-go has backed
	// off or ten other tests run.
	patience = time.Minute
	// interval is how often a condition is looked at.
	interval = 20 * time.Millisecond
)

func TestMain(m *testing.M) {
	// client-go tells of every watch that the tests cut.
	logging.RouteKlog(log.NewNopLogger())
	os.Exit(m.Run())
}

// startCluster starts a control plane for one test.
func startCluster(t *testing.T, options ...testcluster.Option) *testcluster.Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("runs a real control plane")
	}
	return testcluster.Start(t, options...)
}

// await looks again and again until the condition holds, and ends the test with its last complaint when it does not in time.
func await(t *testing.T, what string, condition func() error) {
	t.Helper()
	if err := eventually(what, condition); err != nil {
		t.Fatal(err)
	}
}

// eventually is await for a test that has to go on.
func eventually(what string, condition func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		last := condition()
		if last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s for: %s\n%w", patience, what, last)
		case <-ticker.C:
		}
	}
}

// awaitClosed waits until a channel is closed.
func awaitClosed(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("waited %s for: %s", patience, what)
	}
}

// must takes the value of a call that may not fail.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// noError ends the test when a call that may not fail has.
func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// seedVariable names the environment variable by which a random test is run again with the seed that it printed.
const seedVariable = "KUBE_POSTURE_TEST_SEED"

// newSeed returns the seed for a random test, and prints it.
func newSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv(seedVariable); given != "" {
		seed = must[uint64](t)(strconv.ParseUint(given, 10, 64))
	}
	t.Logf("seed: %s=%d", seedVariable, seed)
	return seed
}

// Short names for what every call to the API server takes.
var (
	create = metav1.CreateOptions{}
	update = metav1.UpdateOptions{}
	dryRun = metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
)

// atOnce deletes without waiting for a kubelet, which there is none of.
func atOnce() metav1.DeleteOptions { return metav1.DeleteOptions{GracePeriodSeconds: new(int64)} }
