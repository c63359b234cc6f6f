package testcluster_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

func TestCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a real control plane")
	}
	cluster := testcluster.Start(t)
	client := cluster.Client()
	cluster.CreateNamespace(t, "shop", map[string]string{"team": "payments"})
	before := createPod(t, client, "shop", "web").ResourceVersion
	createPod(t, client, "shop", "db")

	t.Run("reports its version", func(t *testing.T) {
		version, err := client.Discovery().ServerVersion()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("v1.37.2", version.GitVersion); diff != "" {
			t.Errorf("version (-want +got):\n%s", diff)
		}
	})
	t.Run("admission mounts the token", func(t *testing.T) { testAdmission(t, client) })
	t.Run("refuses a user without rights", func(t *testing.T) { testForbidden(t, cluster) })
	t.Run("watch replays events", func(t *testing.T) {
		event := firstEvent(t, client, before)
		if pod, ok := event.Object.(*corev1.Pod); !ok || event.Type != watch.Added || pod.Name != "db" {
			t.Errorf("got %s of %#v, want pod db added", event.Type, event.Object)
		}
	})
	t.Run("keeps its data over a restart and forgets history", func(t *testing.T) {
		testRestart(t, cluster, before)
	})
}

// testAdmission shows that the default admission plugins work: one of them
// adds the volume of the API token to a pod that says nothing about it.
func testAdmission(t *testing.T, client kubernetes.Interface) {
	ctx := testContext(t)
	pod, err := client.CoreV1().Pods("shop").Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	mounts := pod.Spec.Containers[0].VolumeMounts
	if len(mounts) != 1 || mounts[0].MountPath != "/var/run/secrets/kubernetes.io/serviceaccount" {
		t.Errorf("mounts are %v, want that of the API token", mounts)
	}
}

func testForbidden(t *testing.T, cluster *testcluster.Cluster) {
	ctx := testContext(t)
	config, err := clientcmd.BuildConfigFromFlags("", cluster.KubeconfigFor("nobody", "visitors"))
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, config)
	if _, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("nobody lists pods: %v, want Forbidden", err)
	}

	administrator, err := clientcmd.BuildConfigFromFlags("", cluster.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	pods, err := newClient(t, administrator).CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil || len(pods.Items) != 2 {
		t.Errorf("the administrator lists pods: %v, want 2", err)
	}
}

// testRestart stops the API server, compacts etcd, which does not need it, and
// starts it again.
func testRestart(t *testing.T, cluster *testcluster.Cluster, before string) {
	ctx := testContext(t)
	client := cluster.Client()

	if err := listExactly(ctx, client, before); err != nil {
		t.Errorf("list the pods as of resource version %s before it is compacted: %v", before, err)
	}
	cluster.StopAPIServer()
	if err := client.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err == nil {
		t.Error("the stopped API server answers")
	}
	cluster.Compact()
	cluster.StartAPIServer()

	pods, err := client.CoreV1().Pods("shop").List(ctx, metav1.ListOptions{})
	if err != nil || len(pods.Items) != 2 {
		t.Fatalf("list pods after the restart: %v, want 2", err)
	}
	if err := listExactly(ctx, client, before); !apierrors.IsResourceExpired(err) {
		t.Errorf("list the pods as of resource version %s: %v, want that etcd has compacted it", before, err)
	}
	event := firstEvent(t, client, before)
	status, ok := event.Object.(*metav1.Status)
	if !ok || event.Type != watch.Error || status.Code != http.StatusGone {
		t.Errorf("a watch from resource version %s: %s of %#v, want 410", before, event.Type, event.Object)
	}
}

func TestControllerManager(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a real control plane")
	}
	cluster := testcluster.Start(t, testcluster.WithControllerManager(), testcluster.WithAPIServerArgs("--anonymous-auth=false"))
	client := cluster.Client()
	ctx := testContext(t)
	cluster.CreateNamespace(t, "shop", nil)

	labels := map[string]string{"app": "web"}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()},
		},
	}
	if _, err := client.AppsV1().Deployments("shop").Create(ctx, deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the deployment has its pod", func() (bool, error) {
		pods, err := client.CoreV1().Pods("shop").List(ctx, metav1.ListOptions{})
		return err == nil && len(pods.Items) == 1, err
	})
	if err := client.CoreV1().Namespaces().Delete(ctx, "shop", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the namespace is gone", func() (bool, error) {
		_, err := client.CoreV1().Namespaces().Get(ctx, "shop", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})

	anonymous := cluster.Config()
	anonymous.CertData, anonymous.KeyData = nil, nil
	err := newClient(t, anonymous).CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	if !apierrors.IsUnauthorized(err) {
		t.Errorf("an anonymous request with --anonymous-auth=false: %v, want Unauthorized", err)
	}
}
