package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

const (
	// serverName is what docs/install.md calls the exporter.
	serverName = "kube-posture-exporter.monitoring.svc"
	reader     = "prometheus-k8s"
)

// block is the block of docs/install.md that begins with a line and has a text in it.
func block(t *testing.T, first, has string) string {
	t.Helper()
	guide, err := os.ReadFile("../../docs/install.md")
	noError(t, err)
	for _, m := range regexp.MustCompile("(?s)```yaml\n("+first+"\n.*?)```").FindAllStringSubmatch(string(guide), -1) {
		if strings.Contains(m[1], has) {
			return m[1]
		}
	}
	t.Fatalf("docs/install.md has no block %s with %s", first, has)
	return ""
}

// TestLocked: with the configuration that docs/install.md shows, Prometheus gets in over TLS by its token, and no longer once its role is gone.
func TestLocked(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a real control plane and Prometheus")
	}
	skipWithoutPrograms(t)
	t.Parallel()
	cluster := testcluster.Start(t)
	dir := t.TempDir()
	writeFile := func(name, text string) string {
		path := filepath.Join(dir, name)
		noError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	client := cluster.Client()
	cluster.CreateNamespace(t, "monitoring", nil)
	mayRead(t, client)
	token := writeFile("token", tokenOf(t, client))
	certificate, key := selfSigned(t)
	ca := writeFile("tls.crt", certificate)
	writeFile("tls.key", key)
	webConfig := writeFile("web-config.yml", block(t, "# web-config", "tls_server_config"))

	port := freePort(t)
	e := newProgram(t, "the exporter", "", port, buildExporter(t), fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port),
		"--kubeconfig="+cluster.KubeconfigFor("exporter"), "--web.config.file="+webConfig, "--web.authorization=kubernetes")

	config := strings.NewReplacer(
		"/var/run/secrets/kubernetes.io/serviceaccount/token", token, "/etc/prometheus/kube-posture-exporter/ca.crt", ca,
		serverName+":9911", strings.TrimPrefix(e.url(), "http://"),
	).Replace("global: {scrape_interval: 1s}\n" + block(t, "# prometheus", "scheme: https"))
	port = freePort(t)
	s := &stack{prometheus: newProgram(t, "Prometheus", "/-/ready", port, os.Getenv("PROMETHEUS"), "--config.file="+writeFile("prometheus.yml", config),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port), "--log.level=warn")}
	answers := func(expr string) func() error {
		return func() error {
			n, err := s.query(expr, true)
			if err == nil && n == 0 {
				err = fmt.Errorf("nothing answers %s", expr)
			}
			return err
		}
	}
	await(t, "Prometheus to read the posture over TLS with its token", answers(`kube_posture_cluster_info and on () (up{job="kube-posture-exporter"} == 1)`))
	noError(t, client.RbacV1().ClusterRoleBindings().Delete(context.Background(), reader, metav1.DeleteOptions{}))
	taken := time.Now()
	await(t, "the exporter to forget that Prometheus may", answers(`up{job="kube-posture-exporter"} == 0`))
	t.Logf("shut out %.0f s after the permission was taken away", time.Since(taken).Seconds())
}

// mayRead gives the exporter its permissions, those to ask about callers among them, and Prometheus's ServiceAccount that to read /metrics.
func mayRead(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	ctx := context.Background()
	giveExporter(t, client)
	_, err := client.RbacV1().ClusterRoleBindings().Create(ctx, bindingTo("exporter-asks", "system:auth-delegator", "exporter"), metav1.CreateOptions{})
	noError(t, err)
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: reader}, Rules: []rbacv1.PolicyRule{{NonResourceURLs: []string{"/metrics"}, Verbs: []string{"get"}}}}
	_, err = client.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{})
	noError(t, err)
	binding := bindingTo(reader, reader, "")
	binding.Subjects = []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: "monitoring", Name: reader}}
	_, err = client.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{})
	noError(t, err)
}

func tokenOf(t *testing.T, client kubernetes.Interface) string {
	t.Helper()
	ctx := context.Background()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: reader}}
	_, err := client.CoreV1().ServiceAccounts("monitoring").Create(ctx, account, metav1.CreateOptions{})
	noError(t, err)
	request, err := client.CoreV1().ServiceAccounts("monitoring").CreateToken(ctx, reader, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	noError(t, err)
	return request.Status.Token
}

// selfSigned is a certificate for the exporter and its key.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	noError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{serverName}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	noError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	noError(t, err)
	encode := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", raw)
}
