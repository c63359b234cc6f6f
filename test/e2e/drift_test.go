package e2e

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// gap is something that somebody opens, and closes again.
type gap struct {
	name        string
	open, close func(t *testing.T, client kubernetes.Interface)
	// gauge is the sample that tells of it, receiver where the alert must arrive.
	gauge, receiver string
	// alerts are the labels of the alerts that must arrive, one of each.
	alerts []map[string]string
}

var gaps = []gap{
	{
		name: "a privileged Deployment", open: createMiner, close: deleteMiner,
		gauge: `kube_posture_finding{check="pods_privileged",kind="Deployment",name="miner",namespace="tools"} 1`, receiver: "/pager/platform",
		alerts: []map[string]string{{"alertname": "KubePostureNewFinding", "check": "pods_privileged", "severity": "critical", "namespace": "tools",
			"kind": "Deployment", "name": "miner", "team": "platform", "cluster": "e2e"}},
	},
	{
		name: "a cluster-admin", open: createAdmin, close: deleteAdmin,
		gauge:    `kube_posture_cluster_admin_subjects{origin="custom",subject_kind="User"} 1`,
		receiver: "/pager/platform",
		alerts: []map[string]string{{"alertname": "KubePostureNewClusterAdmin", "severity": "critical", "subject_kind": "User", "subject_name": "mallory",
			"binding": "debug", "cluster": "e2e"}},
	},
	{
		name: "a deny-all policy deleted", open: deleteDeny, close: createDeny,
		gauge: `kube_posture_namespaces_without_default_deny{direction="ingress",namespace="shop"} 1`, receiver: "/tickets/payments",
		alerts: []map[string]string{
			{"alertname": "KubePostureLostDefaultDeny", "severity": "warning", "namespace": "shop", "direction": "ingress", "team": "payments"},
			{"alertname": "KubePostureLostDefaultDeny", "severity": "warning", "namespace": "shop", "direction": "egress", "team": "payments"},
		},
	},
	{
		name: "a Pod Security label dropped", open: label("null"), close: label(`"baseline"`),
		gauge: `kube_posture_namespaces_without_pod_security{level="baseline",namespace="shop"} 1`, receiver: "/tickets/payments",
		alerts: []map[string]string{{"alertname": "KubePostureLostPodSecurity", "severity": "warning", "namespace": "shop", "level": "baseline", "team": "payments"}},
	},
}

// TestDrift opens gaps in a real cluster and waits for the alerts, closes them and waits for their end, and then restarts what can restart.
func TestDrift(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a real control plane, Prometheus and Alertmanager for minutes")
	}
	skipWithoutPrograms(t)
	cluster := testcluster.Start(t, testcluster.WithControllerManager())
	client := cluster.Client()
	prepare(t, client)
	s := startStack(t, cluster)
	began := time.Now()
	settled := func() error {
		if age := time.Since(began); age < young+window/2 {
			return fmt.Errorf("it has run for %s", age)
		}
		return nil
	}
	await(t, "the namespaces to be old enough for drift", settled)
	if early := s.receiver.since(time.Time{}, s.drift); len(early) > 0 {
		t.Fatalf("the first day pages: %q", early)
	}
	line := func(what string, opened time.Time, moments ...time.Time) {
		cells := []string{fmt.Sprintf("%-32s", what)}
		for _, m := range moments {
			cells = append(cells, fmt.Sprintf("%6.1f s", m.Sub(opened).Seconds()))
		}
		t.Log(strings.Join(cells, " | "))
	}
	t.Logf("%-32s | metric | alert | closed | resolved", "timeline: after the change")
	for i := range gaps {
		g := &gaps[i]
		opened := time.Now()
		g.open(t, client)
		await(t, "the gauges to tell of "+g.name, func() error { return s.sample(g.gauge) })
		measured := time.Now()
		alerted := s.arrived(t, g, "firing", opened)
		closed := time.Now()
		g.close(t, client)
		line(g.name, opened, measured, alerted, closed, s.arrived(t, g, "resolved", closed))
		if took := time.Since(opened); took > window {
			t.Logf("%s took %s: its end may be that of the drift window", g.name, took)
		}
		for _, labels := range g.alerts {
			if n := len(s.receiver.starts(labels)); n != 1 {
				t.Errorf("%s: %v has begun %d times, want once for two replicas", g.name, labels, n)
			}
		}
	}
	t.Run("restarts", func(t *testing.T) { testRestarts(t, cluster, s) })
}

// arrived waits for all alerts of a gap to be told, and returns when the last was.
func (s *stack) arrived(t *testing.T, g *gap, status string, since time.Time) (last time.Time) {
	t.Helper()
	for _, labels := range g.alerts {
		await(t, fmt.Sprintf("%s: %v to be %s", g.name, labels, status), func() error {
			n := s.receiver.find(status, labels, since)
			switch {
			case n == nil:
				return fmt.Errorf("told so far: %q", s.receiver.since(since, s.drift))
			case n.receiver != g.receiver:
				t.Fatalf("%s went to %s, want %s", n, n.receiver, g.receiver)
			case n.Annotations["summary"] == "" || n.Annotations["runbook_url"] == "" || strings.Contains(n.Annotations["summary"], "no value"):
				t.Fatalf("%s has the annotations %v", n, n.Annotations)
			}
			if n.at.After(last) {
				last = n.at
			}
			return nil
		})
	}
	return last
}

// testRestarts ends and starts the exporters and the API server: nothing about posture is new by that.
func testRestarts(t *testing.T, cluster *testcluster.Cluster, s *stack) {
	await(t, "everything before to be over", func() error {
		if last := s.receiver.last(s.drift); time.Since(last) < window/2 {
			return fmt.Errorf("the last notice was %s ago", time.Since(last))
		}
		return nil
	})
	quiet := time.Now()
	for _, e := range s.exporters {
		e.end(syscall.SIGKILL)
		e.start()
	}
	for _, e := range s.exporters {
		e.end(syscall.SIGTERM)
	}
	time.Sleep(window / 3) // nobody answers for a while
	for _, e := range s.exporters {
		e.start()
	}
	cluster.StopAPIServer()
	time.Sleep(window / 3)
	cluster.StartAPIServer()
	// Whatever looks new because of this does within a window.
	time.Sleep(window + window/2)
	if told := s.receiver.since(quiet, s.drift); len(told) > 0 {
		t.Errorf("restarts are told as drift: %q", told)
	}
}

func prepare(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	ctx := context.Background()
	for _, ns := range []*corev1.Namespace{
		{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "payments", "pod-security.kubernetes.io/enforce": "baseline"}}},
		{ObjectMeta: metav1.ObjectMeta{Name: "tools", Labels: map[string]string{"team": "platform"}}},
	} {
		_, err := client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
		noError(t, err)
	}
	createDeny(t, client)
	// What is wrong already on the first day.
	old := deployment("old")
	_, err := client.AppsV1().Deployments("tools").Create(ctx, old, metav1.CreateOptions{})
	noError(t, err)
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "exporter"}}
	for _, k := range informers.Table() {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{Verbs: []string{"list", "watch"}, APIGroups: []string{k.Group}, Resources: []string{k.Plural()}})
	}
	_, err = client.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{})
	noError(t, err)
	_, err = client.RbacV1().ClusterRoleBindings().Create(ctx, bindingTo("exporter", "exporter", "exporter"), metav1.CreateOptions{})
	noError(t, err)
}

func deployment(name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{
			{Name: "app", Image: "registry.example/app:1.0", SecurityContext: &corev1.SecurityContext{Privileged: new(true)}},
		}}},
	}}
}

func bindingTo(name, role, user string) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}
}

func createMiner(t *testing.T, c kubernetes.Interface) {
	_, err := c.AppsV1().Deployments("tools").Create(context.Background(), deployment("miner"), metav1.CreateOptions{})
	noError(t, err)
}

func deleteMiner(t *testing.T, c kubernetes.Interface) {
	background := metav1.DeletePropagationBackground
	noError(t, c.AppsV1().Deployments("tools").Delete(context.Background(), "miner", metav1.DeleteOptions{PropagationPolicy: &background}))
}

func createAdmin(t *testing.T, c kubernetes.Interface) {
	_, err := c.RbacV1().ClusterRoleBindings().Create(context.Background(), bindingTo("debug", "cluster-admin", "mallory"), metav1.CreateOptions{})
	noError(t, err)
}

func deleteAdmin(t *testing.T, c kubernetes.Interface) {
	noError(t, c.RbacV1().ClusterRoleBindings().Delete(context.Background(), "debug", metav1.DeleteOptions{}))
}

func createDeny(t *testing.T, c kubernetes.Interface) {
	policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "deny-all"}, Spec: networkingv1.NetworkPolicySpec{
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
	}}
	_, err := c.NetworkingV1().NetworkPolicies("shop").Create(context.Background(), policy, metav1.CreateOptions{})
	noError(t, err)
}

func deleteDeny(t *testing.T, c kubernetes.Interface) {
	noError(t, c.NetworkingV1().NetworkPolicies("shop").Delete(context.Background(), "deny-all", metav1.DeleteOptions{}))
}

func label(value string) func(t *testing.T, c kubernetes.Interface) {
	return func(t *testing.T, c kubernetes.Interface) {
		body := `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":` + value + `}}}`
		_, err := c.CoreV1().Namespaces().Patch(context.Background(), "shop", types.MergePatchType, []byte(body), metav1.PatchOptions{})
		noError(t, err)
	}
}
