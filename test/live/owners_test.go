package live_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/test/history"
)

const privileged = "pods_privileged"

// replicaSet makes a ReplicaSet of a Deployment that no API server needs to know, and returns its
// uid.
func replicaSet(t *testing.T, client kubernetes.Interface, name, deployment string) types.UID {
	t.Helper()
	labels := map[string]string{"app": name}
	set := &appsv1.ReplicaSet{ObjectMeta: history.Named(name), Spec: appsv1.ReplicaSetSpec{
		Replicas: new(int32), Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: history.PlainPod("").Spec},
	}}
	set.OwnerReferences = history.ControlledBy("Deployment", deployment, "")
	return must[*appsv1.ReplicaSet](t)(client.AppsV1().ReplicaSets("shop").Create(context.Background(), set, create)).UID
}

// TestRolloutsRenameNoFinding: ReplicaSets and their pods come and go, by two watches that are not
// ordered, and also the way that the garbage collector takes them: the controller first, then its
// pods. No scrape names anything but the Deployment.
func TestRolloutsRenameNoFinding(t *testing.T) {
	cluster := startCluster(t)
	cluster.CreateNamespace(t, "shop", nil)
	createNode(t, cluster.Client(), "node-1", "4", "8Gi")
	e := startExporter(t, cluster.Config())
	e.awaitWhole(t)

	stop, renamed := make(chan struct{}), make(chan string, 1)
	var scraping sync.WaitGroup
	scrapes := 0
	scraping.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			s, err := e.scrape()
			if err != nil {
				renamed <- err.Error()
				return
			}
			scrapes++
			for key := range s {
				if family(key) == "finding" && label(key, "check") == privileged && key != finding(privileged, "Deployment", "web") {
					renamed <- key
					return
				}
			}
		}
	})
	client, ctx := cluster.Client(), context.Background()
	const rollouts, replicas = 15, 4
	var before []string
	for n := range rollouts {
		set := fmt.Sprintf("web-5d4f%d", n)
		uid := replicaSet(t, client, set, "web")
		var pods []string
		for i := range replicas {
			p := privilegedPod(fmt.Sprintf("%s-%d", set, i))
			p.Labels = map[string]string{"pod-template-hash": fmt.Sprintf("5d4f%d", n)}
			p.OwnerReferences = history.ControlledBy("ReplicaSet", set, uid)
			p.Spec.NodeName = "node-1"
			createEach(t, client, "shop", p)
			pods = append(pods, p.Name)
		}
		if n > 0 {
			noError(t, client.AppsV1().ReplicaSets("shop").Delete(ctx, fmt.Sprintf("web-5d4f%d", n-1), atOnce()))
		}
		for _, name := range before {
			noError(t, client.CoreV1().Pods("shop").Delete(ctx, name, metav1.DeleteOptions{})) // it stays, terminating
		}
		for _, name := range before {
			noError(t, client.CoreV1().Pods("shop").Delete(ctx, name, atOnce()))
		}
		before = pods
	}
	e.await(t, "the last rollout", expect{finding(privileged, "Deployment", "web"): replicas})
	close(stop)
	scraping.Wait()
	select {
	case what := <-renamed:
		t.Errorf("during a rollout: %s", what)
	default:
	}
	if scrapes < rollouts {
		t.Errorf("only %d scrapes in %d rollouts: the test says little", scrapes, rollouts)
	}
}

// TestForgedOwnersAreNamed: a pod whose controller reference names what is not there is a finding
// of its own, once it is old enough to have been removed by a garbage collector that can map the
// reference.
func TestForgedOwnersAreNamed(t *testing.T) {
	cluster := startCluster(t)
	cluster.CreateNamespace(t, "shop", nil)
	client := cluster.Client()
	uid := replicaSet(t, client, "web-5d4f8", "web")
	forged := map[string]metav1.OwnerReference{
		"wrong-uid":     {APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-5d4f8"},
		"no-such-set":   {APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "payments-5d4f8"},
		"no-such-agent": {APIVersion: "apps/v1", Kind: "DaemonSet", Name: "node-exporter"},
		"no-such-job":   {APIVersion: "batch/v1", Kind: "Job", Name: "backup-29000001"},
		"wrong-group":   {APIVersion: "no.such.group/v1", Kind: "DaemonSet", Name: "node-exporter"},
		"wrong-version": {APIVersion: "apps/v7", Kind: "DaemonSet", Name: "node-exporter"},
		"wrong-core":    {APIVersion: "v1", Kind: "DaemonSet", Name: "node-exporter"},
	}
	want := make(expect)
	pod := func(name string, ref metav1.OwnerReference) {
		p := privilegedPod(name)
		p.Labels = map[string]string{"pod-template-hash": "5d4f8"}
		if ref.Controller = new(true); ref.UID == "" {
			ref.UID = "made-up"
		}
		p.OwnerReferences = []metav1.OwnerReference{ref}
		createEach(t, client, "shop", p)
	}
	for name, ref := range forged {
		pod(name, ref)
		want[finding(privileged, "Pod", name)] = 1
	}
	pod("real", metav1.OwnerReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-5d4f8", UID: uid})
	want[finding(privileged, "Deployment", "web")] = 1
	pod("served", metav1.OwnerReference{APIVersion: "apiregistration.k8s.io/v1", Kind: "APIService", Name: "x"})
	want[finding(privileged, "APIService.apiregistration.k8s.io", "x")] = 1

	e := startExporter(t, cluster.Config())
	e.ahead.Store(int64(10 * time.Minute))
	e.await(t, "every forged pod to be named", want)
	for key := range e.now(t) {
		if _, wanted := want[key]; family(key) == "finding" && label(key, "check") == privileged && !wanted {
			t.Errorf("too much: %s", strings.TrimSpace(key))
		}
	}
}
