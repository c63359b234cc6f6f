package live_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// nothing is a right that looks like one of the escalation list and gives nothing: a step with it
// is answered with the code.
type nothing struct {
	name    string
	rules   []rbacv1.PolicyRule
	prepare func(*stage)
	step    func(*stage) call
	code    int
}

func testNoPower(t *testing.T, s *stage) {
	exec := func(verb string) []rbacv1.PolicyRule {
		return rules(may("get,list", "", "pods,pods/log,pods/status"), may(verb, "", "pods/exec,pods/attach"))
	}
	cases := []nothing{
		{name: "get of logs is no exec", rules: rules(may("get", "", "pods,pods/log")), prepare: prepares(running("HOLDER")),
			step: upgrading("POST", shopPath+"/pods/HOLDER/exec?command=id&stdout=true"), code: http.StatusForbidden},
		{name: "get of exec", rules: exec("get"), prepare: prepares(running("HOLDER")),
			step: upgrading("GET", shopPath+"/pods/HOLDER/exec?command=id&stdout=true"), code: http.StatusForbidden},
		{name: "get of attach", rules: exec("get"), prepare: prepares(running("HOLDER")),
			step: upgrading("GET", shopPath+"/pods/HOLDER/attach?stdout=true"), code: http.StatusForbidden},
		{name: "bind alone", rules: rules(rbacRule("bind", "clusterroles,roles")),
			step: steps("POST", rbacAPI+"/clusterrolebindings", roleBinding("ClusterRole", "cluster-admin")), code: http.StatusForbidden},
		{name: "bindings alone", rules: rules(rbacRule("create,update,patch", "clusterrolebindings,rolebindings")),
			step: steps("POST", rbacAPI+"/clusterrolebindings", roleBinding("ClusterRole", "cluster-admin")), code: http.StatusForbidden},
		{name: "a Role in a ClusterRoleBinding", rules: rules(rbacRule("bind", "roles"), rbacRule("create", "clusterrolebindings")),
			step: steps("POST", rbacAPI+"/clusterrolebindings", roleBinding("Role", "anything")), code: http.StatusUnprocessableEntity},
		{name: "escalate alone", rules: rules(rbacRule("escalate", "clusterroles")),
			step: steps("PATCH", rbacAPI+"/clusterroles/HOLDER", `{"rules":[`+everything+`]}`), code: http.StatusForbidden},
		{name: "roles alone", rules: rules(rbacRule("patch", "clusterroles")),
			step: steps("PATCH", rbacAPI+"/clusterroles/HOLDER", `{"rules":[`+everything+`]}`), code: http.StatusForbidden},
		{name: "a group without a user", rules: rules(may("impersonate", "", "groups")), step: as("root", "system:masters"), code: http.StatusForbidden},
		{name: "the template of a Job", rules: rules(may("patch,update", "batch", "jobs")), prepare: prepares(workloads[len(workloads)-1].made("default")),
			step: steps("PATCH", "/apis/batch/v1/namespaces/shop/jobs/HOLDER", `{"spec":{"template":{"spec":{"serviceAccountName":"strong"}}}}`), code: http.StatusUnprocessableEntity},
		{name: "the source of a volume", rules: rules(may("patch", "", "persistentvolumes")),
			prepare: prepares(call{"POST", core + "/persistentvolumes", `{"metadata":{"name":"HOLDER"},"spec":{"hostPath":{"path":"/data"},"capacity":{"storage":"1Mi"},"accessModes":["ReadWriteOnce"]}}`, nil}),
			step:    steps("PATCH", core+"/persistentvolumes/HOLDER", `{"spec":{"hostPath":{"path":"/"}}}`), code: http.StatusUnprocessableEntity},
	}
	for i, c := range cases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			own := *s
			own.t, own.holder = t, fmt.Sprintf("weak-%d", i)
			own.config = s.cluster.ConfigFor(own.holder)
			own.gainsNothing(c)
		})
	}
	t.Run("a signature without the key", func(t *testing.T) {
		own := *s
		own.t, own.holder = t, "signer"
		own.config = s.cluster.ConfigFor(own.holder)
		own.testSigning()
	})
}

func (s *stage) gainsNothing(c nothing) {
	if c.prepare != nil {
		c.prepare(s)
	}
	s.grant(walk{rules: c.rules})
	s.awaitRights(c.rules)
	next := c.step(s)
	if code, body := s.do(s.config, next); code != c.code {
		s.t.Errorf("%s %s is answered %d, want %d: %s", next.method, next.path, code, c.code, body)
	}
	holder := model.Subject{Kind: model.User, Name: s.holder}
	if rbac.Build(inputOf(walk{rules: c.rules}, holder, s.version)).Powerful(holder) {
		s.t.Errorf("the model says that %v are power", c.rules)
	}
}

// awaitRights waits until the authorizer allows the holder the first request of each rule.
func (s *stage) awaitRights(list []rbacv1.PolicyRule) {
	s.t.Helper()
	for _, r := range list {
		resource, subresource, _ := strings.Cut(r.Resources[0], "/")
		review := fmt.Sprintf(`{"spec":{"resourceAttributes":{"verb":%q,"group":%q,"resource":%q,"subresource":%q}}}`, r.Verbs[0], r.APIGroups[0], resource, subresource)
		await(s.t, "the right to be in force", func() error {
			if _, body := s.do(s.config, call{"POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, nil}); !strings.Contains(body, `"allowed":true`) {
				return fmt.Errorf("%s: %s", review, body)
			}
			return nil
		})
	}
}

// testSigning: who may sign writes what it likes into the request, but the API server takes only
// what its own authority has signed.
func (s *stage) testSigning() {
	list := rules(may("patch", "certificates.k8s.io", "certificatesigningrequests/status"), may("sign", "certificates.k8s.io", "signers"))
	s.requestCertificate("root")
	s.grant(walk{rules: list})
	s.awaitRights(list)
	key := must[*ecdsa.PrivateKey](s.t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	certificateKeys[s.holder] = pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must[[]byte](s.t)(x509.MarshalECPrivateKey(key))})
	own := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	signed := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: must[[]byte](s.t)(x509.CreateCertificate(rand.Reader, own, own, &key.PublicKey, key))})
	code, body := s.do(s.config, call{"PATCH", "/apis/certificates.k8s.io/v1/certificatesigningrequests/HOLDER/status",
		`{"status":{"certificate":"` + base64.StdEncoding.EncodeToString(signed) + `"}}`, nil})
	if code != http.StatusOK {
		s.t.Fatalf("the signature is answered %d: %s", code, body)
	}
	if err := s.certificateIs("root"); err == nil {
		s.t.Error("a certificate that another key has signed makes somebody root")
	}
	holder := model.Subject{Kind: model.User, Name: s.holder}
	if rbac.Build(inputOf(walk{rules: list}, holder, s.version)).Powerful(holder) {
		s.t.Error("the model says that signing is power")
	}
}
