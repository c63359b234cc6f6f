package main

import (
	"strings"
	"syscall"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// TestAPIServer is the program against a real API server, with credentials from full to none.
func TestAPIServer(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane")
	}
	cluster := testcluster.Start(t)
	host, dir := cluster.Config().Host, t.TempDir()
	write(t, dir, "token", kubeconfig(host, cluster.Config().CAData))
	write(t, dir, "authority", kubeconfig(host, authority(t)))

	t.Run("everything", func(t *testing.T) {
		r := start(t, dir, "--kubeconfig="+cluster.Kubeconfig())
		r.await("it is ready", func() bool { return r.get("/-/ready") != "" })
		if metrics := r.get("/metrics"); !strings.Contains(metrics, "\nkube_posture_check_resources{") ||
			!strings.Contains(metrics, "\nkube_posture_cluster_info{kubernetes_version=\"v1.") {
			t.Errorf("no posture of a cluster with a version on /metrics:\n%.2000s", metrics)
		}
		if page := r.get("/"); !strings.Contains(page, "Watching the cluster at "+host+", Kubernetes v1.") {
			t.Errorf("the landing page does not say what is watched:\n%s", page)
		}
		r.signal(syscall.SIGTERM)
		if code := r.end(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("nothing is granted", func(t *testing.T) {
		r := start(t, dir, "--kubeconfig="+cluster.KubeconfigFor("nobody-special"))
		r.await("every kind is refused", func() bool { return strings.Contains(r.get("/"), "No check can be judged") })
		if r.get("/-/ready") != "" {
			t.Error("it is ready, and nothing can be judged")
		}
		if metrics := r.get("/metrics"); strings.Contains(metrics, "\nkube_posture_check_resources{") {
			t.Errorf("there is posture on /metrics:\n%.2000s", metrics)
		}
		page := r.get("/")
		for _, want := range []string{"absent, which is not zero:", "<code>pods</code> (forbidden)"} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is missing on the landing page:\n%s", want, page)
			}
		}
	})
	t.Run("unknown token", func(t *testing.T) {
		input{
			args: []string{"--kubeconfig=token", "--web.listen-address=127.0.0.1:0"}, code: 1,
			lines: []string{"--kubeconfig=token: the API server at " + host +
				": the server has asked for the client to provide credentials; renew the credentials, which it does not accept"},
		}.check(t, dir)
	})
	t.Run("wrong authority", func(t *testing.T) {
		input{
			args: []string{"--kubeconfig=authority", "--web.listen-address=127.0.0.1:0"}, code: 1,
			lines: []string{"--kubeconfig=authority: the API server at " + host + ": tls: failed to verify certificate: x509: certificate signed by " +
				"unknown authority; correct the certificate-authority, which did not sign the server's certificate"},
		}.check(t, dir)
	})
}
