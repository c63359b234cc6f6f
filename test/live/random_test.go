package live_test

import (
	"context"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	operations = 600
	// checkpoint is after how many operations the gauges are compared with the truth.
	checkpoint = 100
)

// TestRandomHistory adds, changes and deletes objects of every kind at random, with the network cut and the API server restarted in
// between, and compares the gauges with what they must be now and then, and at the end.
func TestRandomHistory(t *testing.T) {
	cluster := startCluster(t)
	h := history.New(newSeed(t), cluster.Client())
	for i := range history.Namespaces {
		cluster.CreateNamespace(t, history.Namespace(i), map[string]string{"team": "payments"})
	}
	p := startProxy(t, cluster.Config())
	e := startExporter(t, p.config())
	for i := range operations {
		if err := h.Operate(context.Background()); err != nil {
			t.Fatalf("operation %d: %v", i, err)
		}
		if i%checkpoint == checkpoint-1 {
			e.awaitTruth(t, cluster)
			disturb(t, h, i/checkpoint, cluster, p)
		}
	}
	p.mend(t)
	e.awaitTruth(t, cluster)
	t.Logf("done: %v", h.Done)
}

// disturb does something to the network, so that what happens next is learned in different ways.
func disturb(t *testing.T, h *history.History, round int, cluster *testcluster.Cluster, p *proxy) {
	switch round {
	case 1:
		cluster.RestartAPIServer()
	case 2:
		cluster.StopAPIServer()
		cluster.Compact()
		cluster.StartAPIServer()
	case 3, 4:
		p.cut(t, hangsUp)
		for range checkpoint / 2 {
			noError(t, h.Operate(context.Background()))
		}
		p.mend(t)
	}
}
