package live_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kube-posture/kube-posture-exporter/test/history"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// signer signs tokens of ServiceAccounts that no API server would: expired ones, for instance.
type signer struct{ key *ecdsa.PrivateKey }

// newSigner makes a signer, and the option by which the API server takes its signatures.
func newSigner(t *testing.T) (*signer, testcluster.Option) {
	t.Helper()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	public := must[[]byte](t)(x509.MarshalPKIXPublicKey(&key.PublicKey))
	file := filepath.Join(t.TempDir(), "issuer.pub")
	noError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600))
	return &signer{key}, testcluster.WithAPIServerArgs("--service-account-key-file=" + file)
}

// token is one of an account that begins to hold and ends at the given distances from now.
func (i *signer) token(t *testing.T, account *corev1.ServiceAccount, from, to time.Duration) string {
	t.Helper()
	now := time.Now()
	segment := func(v any) string {
		return base64.RawURLEncoding.EncodeToString(must[[]byte](t)(json.Marshal(v)))
	}
	signed := segment(map[string]string{"alg": "ES256", "typ": "JWT"}) + "." + segment(map[string]any{
		"iss": "https://kubernetes.default.svc", "aud": []string{"https://kubernetes.default.svc"},
		"sub": "system:serviceaccount:" + account.Namespace + ":" + account.Name,
		"iat": now.Add(from).Unix(), "nbf": now.Add(from).Unix(), "exp": now.Add(to).Unix(),
		"kubernetes.io": map[string]any{
			"namespace": account.Namespace, "serviceaccount": map[string]string{"name": account.Name, "uid": string(account.UID)},
		},
	})
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, i.key, sum[:])
	noError(t, err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// account makes a ServiceAccount.
func account(t *testing.T, cluster *testcluster.Cluster, name string) *corev1.ServiceAccount {
	t.Helper()
	return must[*corev1.ServiceAccount](t)(cluster.Client().CoreV1().ServiceAccounts("default").Create(context.Background(), &corev1.ServiceAccount{ObjectMeta: history.Named(name)}, create))
}

// tokenOf asks the API server for a token, as the kubelet does for a pod.
func tokenOf(t *testing.T, cluster *testcluster.Cluster, account *corev1.ServiceAccount, audiences ...string) string {
	t.Helper()
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: audiences}}
	got := must[*authenticationv1.TokenRequest](t)(cluster.Client().CoreV1().ServiceAccounts(account.Namespace).CreateToken(context.Background(), account.Name, request, create))
	return got.Status.Token
}

// allowPaths lets an account do something on paths, by a ClusterRole and a ClusterRoleBinding of its name.
func allowPaths(t *testing.T, cluster *testcluster.Cluster, account *corev1.ServiceAccount, verbs, paths []string) {
	t.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: history.Named(account.Name), Rules: []rbacv1.PolicyRule{{Verbs: verbs, NonResourceURLs: paths}}}
	must[*rbacv1.ClusterRole](t)(cluster.Client().RbacV1().ClusterRoles().Create(context.Background(), role, create))
	bindTo(t, cluster, account.Name, account.Name, rbacv1.Subject{Kind: "ServiceAccount", Namespace: account.Namespace, Name: account.Name})
}

// mayAsk lets a user create the reviews, by the role that Kubernetes has for that.
func mayAsk(t *testing.T, cluster *testcluster.Cluster, name string) {
	t.Helper()
	bindTo(t, cluster, name+"-asks", "system:auth-delegator", history.User(name))
}

func bindTo(t *testing.T, cluster *testcluster.Cluster, name, role string, subject rbacv1.Subject) {
	t.Helper()
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: history.Named(name), RoleRef: history.RoleRef("ClusterRole", role), Subjects: []rbacv1.Subject{subject}}
	must[*rbacv1.ClusterRoleBinding](t)(cluster.Client().RbacV1().ClusterRoleBindings().Create(context.Background(), binding, create))
}
