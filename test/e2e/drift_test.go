package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"

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
	t.Parallel()
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
	t.Run("panels", func(t *testing.T) { testPanels(t, client, s) })
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
