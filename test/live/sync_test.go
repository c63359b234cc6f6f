package live_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// crowd is how many pods a world has that takes a moment to list.
const crowd = 2000

// TestFirstScrapes looks at what an exporter says before it knows everything.
func TestFirstScrapes(t *testing.T) {
	cluster := startCluster(t)
	t.Run("many pods", func(t *testing.T) { testManyPods(t, cluster) })
	shop(t, cluster)
	want := truth(t, cluster)
	for _, k := range served() {
		t.Run("without "+k.String(), func(t *testing.T) { testNothingBefore(t, cluster, k, want) })
	}
	t.Run("unanswered", func(t *testing.T) { testUnanswered(t, cluster) })
}

// testNothingBefore holds back the first answer about one kind after its first bytes: while a required kind is not there completely,
// no gauge says anything about posture, whatever else is known, and once it is, they say everything.
func testNothingBefore(t *testing.T, cluster *testcluster.Cluster, k informers.Kind, want samples) {
	p := startProxy(t, cluster.Config())
	reached := p.holdAfter(k.String(), 10)
	e := startExporter(t, p.config())
	awaitClosed(t, "the beginning of the answer", reached)
	e.await(t, "the other kinds to be listed", allSyncedBut(k.String()))
	switch got := e.now(t).posture(); {
	case k.Required && len(got) > 0:
		t.Errorf("before %s are listed the gauges say\n%v", k, equal(samples{}, got))
	case !k.Required && len(got) == 0:
		t.Errorf("%s are not required, and yet nothing is said without them", k)
	case !k.Required:
		if err := equal(without(e, want, k.Kind), got); err != nil {
			t.Error(err)
		}
	}
	p.release(k.String())
	await(t, "the gauges to be true", func() error { return equal(want, e.now(t).posture()) })
}

func allSyncedBut(held ...string) expect {
	states := make(expect)
	for _, k := range served() {
		states[synced(k.String())] = 1
	}
	for _, resource := range held {
		states[synced(resource)] = 0
		states[sample("informer_objects", "resource", resource)] = absent
	}
	return states
}

// testUnanswered: a kind that was never answered for is neither listed nor refused, however often it fails.
func testUnanswered(t *testing.T, cluster *testcluster.Cluster) {
	p := startProxy(t, cluster.Config())
	p.fail("pods", true)
	e := startExporter(t, p.config())
	e.await(t, "the other kinds to be listed", allSyncedBut("pods"))
	failures := sample("watch_errors_total", "resource", "pods", "reason", "server_error")
	await(t, "a second failure", func() error {
		s := e.now(t)
		if got := s.posture(); len(got) > 0 {
			t.Fatalf("without pods the gauges say\n%v", equal(samples{}, got))
		}
		if s[failures] < 2 {
			return fmt.Errorf("%s is %v", failures, s[failures])
		}
		return nil
	})
	p.fail("pods", false)
	e.awaitTruth(t, cluster)
}

// testManyPods scrapes without a pause while many pods are listed: each scrape says nothing or everything.
func testManyPods(t *testing.T, cluster *testcluster.Cluster) {
	cluster.CreateNamespace(t, "crowd", nil)
	createPods(t, cluster.Client(), "crowd", crowd, func(i int) *corev1.Pod { return privilegedPod(fmt.Sprintf("pod-%d", i)) })
	p := startProxy(t, cluster.Config())
	// Some of the pods arrive (the answer is compressed), and then nothing for a while.
	some := p.holdAfter("pods", crowd*10)
	e := startExporter(t, p.config())
	silent, whole := 0, 0
	scrapes := watchEvery(e, func(s samples) error {
		got := s.posture()
		if len(got) == 0 {
			silent++
			return nil
		}
		whole++
		return everyPod(got, crowd)
	})
	awaitClosed(t, "some of the pods", some)
	e.await(t, "the other kinds to be listed", allSyncedBut("pods"))
	p.release("pods")
	e.awaitTruth(t, cluster)
	scrapes.end(t, 20)
	noError(t, cluster.Client().CoreV1().Pods("crowd").DeleteCollection(context.Background(), atOnce(), metav1.ListOptions{}))
	if silent == 0 || whole == 0 {
		t.Errorf("%d scrapes before the pods were listed and %d after, want some of both", silent, whole)
	}
}

// everyPod says whether the gauges speak of exactly n privileged pods, at every level.
func everyPod(s samples, n float64) error {
	wanted := expect{
		sample("pods_privileged", "namespace", "crowd"):                                    n,
		sample("pods_with_api_token", "namespace", "crowd"):                                n,
		sample("pods_without_network_policy", "namespace", "crowd", "direction", "egress"): n,
		sample("containers_without_limit", "namespace", "crowd", "resource", "cpu"):        n,
		sample("check_resources", "check", "pods_privileged", "result", "fail"):            n,
	}
	err := wanted.compare(s)
	if findings := s.sum("finding", "check", "pods_privileged"); findings != n {
		err = errors.Join(err, fmt.Errorf("%v findings of pods_privileged, want %v", findings, n))
	}
	return err
}
