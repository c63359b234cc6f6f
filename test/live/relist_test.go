package live_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// TestWatchExpired changes the world while the exporter is away and lets the API server forget what happened in between: the watches
// end in 410 Gone, and a new list brings everything that was missed, deletions included.
func TestWatchExpired(t *testing.T) {
	cluster := startCluster(t)
	shop(t, cluster)
	p := startProxy(t, cluster.Config())
	started := time.Now()
	e := startExporter(t, p.config())
	before := e.awaitTruth(t, cluster)
	awaitOldWatches(t, started)
	p.cut(t, refuses)
	changeBehindItsBack(t, cluster)
	after := truth(t, cluster)
	if err := equal(before, after); err == nil {
		t.Fatal("nothing has changed")
	}
	if err := equal(before, e.now(t).posture()); err != nil {
		t.Errorf("what was known does not stay while the API server cannot be reached: %v", err)
	}
	cluster.StopAPIServer()
	cluster.Compact()
	cluster.StartAPIServer()
	p.mend(t)
	e.awaitTruthAfterOutage(t, cluster)
	for _, resource := range []string{"pods", "clusterrolebindings", "networkpolicies"} {
		expired := sample("watch_errors_total", "resource", resource, "reason", "expired")
		if got := e.now(t)[expired]; got < 1 {
			t.Errorf("%s is %v, want at least 1", expired, got)
		}
	}
	createEach(t, cluster.Client(), "shop", privilegedPod("later"))
	e.await(t, "the gauges to follow again", expect{inShop("pods_privileged"): after[inShop("pods_privileged")] + 1})
}

// awaitOldWatches waits until watches are so old that client-go does not take their end for a failure to watch, and watches on.
func awaitOldWatches(t *testing.T, started time.Time) {
	t.Helper()
	await(t, "the watches to be old", func() error {
		if age := time.Since(started); age < 1500*time.Millisecond {
			return fmt.Errorf("they are %s old", age)
		}
		return nil
	})
}

// changeBehindItsBack adds, changes and deletes.
func changeBehindItsBack(t *testing.T, cluster *testcluster.Cluster) {
	t.Helper()
	ctx, client := context.Background(), cluster.Client()
	for i := range 20 {
		createEach(t, client, "shop", privilegedPod(fmt.Sprintf("new-%d", i)))
	}
	noError(t, client.CoreV1().Pods("shop").Delete(ctx, "bare", atOnce()))
	patchType, body, options := patch(`{"metadata":{"labels":{"app":"nobody"}}}`)
	must[*corev1.Pod](t)(client.CoreV1().Pods("shop").Patch(ctx, "web-5d4f8-1", patchType, body, options))
	noError(t, client.NetworkingV1().NetworkPolicies("shop").Delete(ctx, "deny", atOnce()))
	noError(t, client.RbacV1().ClusterRoleBindings().Delete(ctx, "outsider", atOnce()))
	noError(t, client.RbacV1().Roles("shop").Delete(ctx, "owner", atOnce()))
	noError(t, client.CoreV1().Nodes().Delete(ctx, "node-1", atOnce()))
	noError(t, client.CoreV1().ServiceAccounts("shop").Delete(ctx, "builder", atOnce()))
	grantEve := &rbacv1.RoleBinding{ObjectMeta: history.Named("eve"), RoleRef: history.RoleRef("ClusterRole", "cluster-admin"), Subjects: []rbacv1.Subject{history.User("eve")}}
	must[*rbacv1.RoleBinding](t)(client.RbacV1().RoleBindings("shop").Create(ctx, grantEve, create))
	cluster.CreateNamespace(t, "new", map[string]string{"team": "new"})
}

// worlds are those that a scrape may show.
type worlds struct {
	mu      sync.Mutex
	allowed []samples
	// seen is how many scrapes showed each.
	seen []int
}

func (w *worlds) allow(world samples) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allowed, w.seen = append(w.allowed, world), append(w.seen, 0)
}

// one complains about a scrape that shows none of the worlds.
func (w *worlds) one(s samples) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	got := s.posture()
	var err error
	// The newest first: that is nearly always the one.
	for i := len(w.allowed) - 1; i >= 0; i-- {
		if err = equal(w.allowed[i], got); err == nil {
			w.seen[i]++
			return nil
		}
	}
	return err
}

// seenLast complains as long as no scrape has shown the world that was allowed last.
func (w *worlds) seenLast() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last := len(w.seen) - 1; w.seen[last] == 0 {
		return fmt.Errorf("no scrape shows world %d; those before were shown %v times", last, w.seen[:last])
	}
	return nil
}

// TestWholeWorlds turns one world into another while the exporter cannot see it, again and again, and scrapes without a pause: a
// scrape shows the world before a relist or the world after it, to the last sample, and never some of each.
func TestWholeWorlds(t *testing.T) {
	cluster := startCluster(t)
	cluster.CreateNamespace(t, "crowd", nil)
	p := startProxy(t, cluster.Config())
	e := startExporter(t, p.config())
	w := new(worlds)
	w.allow(e.awaitTruth(t, cluster))
	scrapes := watchEvery(e, w.one)
	const flips = 3
	for i := range flips {
		if i == 1 {
			awaitOldWatches(t, time.Now())
		}
		p.cut(t, hangsUp)
		populate(t, cluster, i)
		world := truth(t, cluster)
		w.allow(world)
		p.mend(t)
		await(t, "a scrape of the other world", func() error {
			if err := scrapes.complaint(); err != nil {
				t.Fatal(err)
			}
			return w.seenLast()
		})
	}
	scrapes.end(t, 30)
	t.Logf("scrapes that showed each world: %v", w.seen)
}

// populate replaces every pod of the namespace: few privileged ones or many harmless ones, no name and no verdict alike, and more of
// them than client-go's queue takes into its store at once.
func populate(t *testing.T, cluster *testcluster.Cluster, round int) {
	t.Helper()
	pods := cluster.Client().CoreV1().Pods("crowd")
	noError(t, pods.DeleteCollection(context.Background(), atOnce(), metav1.ListOptions{}))
	n, build := 200, privilegedPod
	if round%2 == 1 {
		n, build = 1100, restrictedPod
	}
	createPods(t, cluster.Client(), "crowd", n, func(i int) *corev1.Pod { return build(fmt.Sprintf("round-%d-%d", round, i)) })
}
