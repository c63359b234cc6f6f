package live_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// webConfig writes a web configuration file that sets up TLS for this machine, and returns what trusts it.
func webConfig(t *testing.T) (file string, trusted *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(nil) // for its certificate
	defer server.Close()
	dir := t.TempDir()
	pair := server.TLS.Certificates[0]
	key := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(pair.PrivateKey))
	for name, block := range map[string]*pem.Block{"tls.crt": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "tls.key": {Type: "PRIVATE KEY", Bytes: key}} {
		noError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	file = filepath.Join(dir, "web.yml")
	noError(t, os.WriteFile(file, []byte("tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n"), 0o600))
	trusted = x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	return file, trusted
}

// TestAuthorizationOfTheBinary is the program that is shipped, over TLS, with the permissions of its role and that to ask.
func TestAuthorizationOfTheBinary(t *testing.T) {
	cluster, readers := startAuthorization(t)
	grant(t, cluster, "exporter", listAndWatch())
	admin := account(t, cluster, "posture-admin")
	allowPaths(t, cluster, admin, []string{"get", "head", "post"}, []string{"/", "/metrics", "/-/reload", "/debug/pprof/*"})
	tokens := map[string]string{"prometheus": readers.token, "admin": tokenOf(t, cluster, admin), "somebody": tokenOf(t, cluster, readers.somebody), "wrong": "nonsense"}
	file, trusted := webConfig(t)
	l := launch(t, build(t), trusted, "--kubeconfig="+cluster.KubeconfigFor("exporter"), "--web.config.file="+file,
		"--web.authorization=kubernetes", "--web.enable-pprof", "--web.enable-lifecycle")
	await(t, "it to be ready, for whoever asks", func() error { return l.status("GET", "/-/ready", "", 200) })

	for _, tt := range []struct {
		method, path string
		// want are the statuses for nobody, a wrong token, somebody, prometheus and admin.
		want [5]int
	}{
		{"GET", "/-/healthy", [5]int{200, 200, 200, 200, 200}},
		{"GET", "/-/ready", [5]int{200, 200, 200, 200, 200}},
		{"GET", "/metrics", [5]int{401, 401, 403, 200, 200}},
		{"HEAD", "/metrics", [5]int{401, 401, 403, 403, 200}},
		{"GET", "/", [5]int{401, 401, 403, 403, 200}},
		{"POST", "/-/reload", [5]int{401, 401, 403, 403, 200}},
		{"GET", "/debug/pprof/heap", [5]int{401, 401, 403, 403, 200}},
		{"GET", "/debug/pprof/", [5]int{401, 401, 403, 403, 200}},
		{"GET", "/nothing", [5]int{401, 401, 403, 403, 403}},
		{"GET", "/-/", [5]int{401, 401, 403, 403, 403}},
	} {
		for i, who := range []string{"", "wrong", "somebody", "prometheus", "admin"} {
			if err := l.status(tt.method, tt.path, tokens[who], tt.want[i]); err != nil {
				t.Errorf("%q: %v", who, err)
			}
		}
	}
	if _, body, err := l.ask("GET", "/metrics", readers.token); err != nil || !strings.Contains(body, "\nkube_posture_check_resources{") {
		t.Errorf("no posture: %v\n%.500s", err, body)
	}
	if _, page, err := l.ask("GET", "/", tokens["admin"]); err != nil || !strings.Contains(page, "API server decides who may read") {
		t.Errorf("the landing page does not say who may read: %v\n%.500s", err, page)
	}
	l.terminate(t)
	for who, token := range tokens {
		if strings.Contains(l.logged(), token) {
			t.Errorf("the token of %s is in the log", who)
		}
	}
	for _, bad := range []string{"level=error", "level=warn"} {
		if strings.Contains(l.logged(), bad) {
			t.Errorf("there is a %s in the log", bad)
		}
	}
}

// TestAuthorizationIsOptional: without the permission to ask, the exporter watches as ever, and lets nobody read.
func TestAuthorizationIsOptional(t *testing.T) {
	cluster := startCluster(t)
	grant(t, cluster, "exporter", listAndWatch())
	reader := account(t, cluster, "prometheus")
	allowPaths(t, cluster, reader, []string{"get"}, []string{"/metrics"})
	token := tokenOf(t, cluster, reader)
	l := launch(t, build(t), nil, "--kubeconfig="+cluster.KubeconfigFor("exporter"), "--web.authorization=kubernetes")
	await(t, "it to be ready", func() error { return l.status("GET", "/-/ready", "", 200) })
	response, body, err := l.ask("GET", "/metrics", token)
	if err != nil || response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || !strings.Contains(body, "bind the ClusterRole system:auth-delegator") {
		t.Errorf("it may not ask, and says %v %s %v", response, body, err)
	}
	mayAsk(t, cluster, "exporter")
	await(t, "it to let the reader in without a restart", func() error { return l.status("GET", "/metrics", token, 200) })
	l.terminate(t)
	for _, want := range []string{"bearer tokens reach this server in clear", "requests are refused: the exporter may not ask"} {
		if n := strings.Count(l.logged(), want); n != 1 {
			t.Errorf("the log says %d times %q", n, want)
		}
	}
}
