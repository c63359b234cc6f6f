package live_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// TestEtcdRestored restores etcd from a backup as Kubernetes documents it: API server stopped, etcd
// restored, API server started. What happened since the backup never was, and revisions that name
// it name something else by now. The gauges must be those of the new past.
func TestEtcdRestored(t *testing.T) {
	for name, test := range map[string]struct {
		// lost is how many changes are made after the backup, and made how many there are after the
		// restore, beside those of the test.
		lost, made int
		restored   bool
		// unseen cuts the exporter off until the new past has overtaken the old one.
		unseen bool
		// running leaves the API server running while etcd is restored, and restarts it afterwards.
		running bool
	}{
		"the old revision is far ahead":              {lost: 300, restored: true},
		"the new past overtakes the old one at once": {lost: 1, made: 100},
		"the exporter is away until it is overtaken": {lost: 150, made: 300, unseen: true},
		"the API server goes on for a moment":        {lost: 300, restored: true, running: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := startCluster(t)
			shop(t, cluster)
			p := startProxy(t, cluster.Config())
			e := startExporter(t, p.config(), informers.StaleAfter(time.Minute))
			e.awaitTruth(t, cluster)
			backup := cluster.BackUpEtcd()
			move(t, cluster, test.lost)
			createEach(t, cluster.Client(), "shop", privilegedPod("lost")) // the last one: a watch of pods goes on from here
			e.awaitTruth(t, cluster)
			before := cluster.Revision()
			if test.unseen {
				p.cut(t, refuses)
			}
			if test.running {
				cluster.RestoreEtcd(backup)
				cluster.RestartAPIServer()
			} else {
				cluster.StopAPIServer()
				cluster.RestoreEtcd(backup)
				cluster.StartAPIServer()
			}
			createEach(t, cluster.Client(), "shop", privilegedPod("made"), privilegedPod("also-made"))
			move(t, cluster, test.made)
			if overtaken := cluster.Revision() > before; overtaken == test.restored {
				t.Fatalf("overtaken: %t; the test restores something else than it means to", overtaken)
			}
			p.mend(t)
			e.awaitTruthAfterOutage(t, cluster)
			counted := e.now(t)[sample("watch_errors_total", "resource", "pods", "reason", "restored")]
			t.Logf("restored was counted %v times for pods", counted)
			if test.restored && counted != 1 || test.unseen && counted != 0 {
				t.Errorf("restored was counted %v times for pods", counted)
			}
			// It goes on from there.
			createEach(t, cluster.Client(), "shop", privilegedPod("later"))
			e.awaitTruth(t, cluster)
		})
	}
}

// move makes changes of which no gauge tells.
func move(t *testing.T, cluster *testcluster.Cluster, n int) {
	t.Helper()
	storage := cluster.Storage()
	for i := range n {
		noError(t, storage.Put(t.Context(), "/moves", fmt.Append(nil, i)))
	}
}
