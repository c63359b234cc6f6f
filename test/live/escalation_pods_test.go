package live_test

import (
	"fmt"
	"strings"
)

const (
	core     = "/api/v1"
	shopPath = core + "/namespaces/shop"
	rbacAPI  = "/apis/rbac.authorization.k8s.io/v1"
	rbacName = "rbac.authorization.k8s.io"
)

// podOf is a pod, or what a template holds, that runs as an account of its namespace.
func podOf(name, account string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q,"labels":{"app":"HOLDER"}},"spec":{"serviceAccountName":%q,"containers":[{"name":"main","image":"first","stdin":true}]}}`, name, account)
}

// running is a pod on the node, as the strong account.
func running(name string) call {
	return call{"POST", shopPath + "/pods", strings.Replace(podOf(name, "strong"), `"spec":{`, `"spec":{"nodeName":"node-1",`, 1), nil}
}

func secretWalks() []walk {
	secret := prepares(call{"POST", shopPath + "/secrets", `{"metadata":{"name":"HOLDER","labels":{"of":"HOLDER"}},"stringData":{"password":"hunter2"}}`, nil})
	const content = "aHVudGVyMg==" // hunter2
	one, all := shopPath+"/secrets/HOLDER", shopPath+"/secrets?labelSelector=of%3DHOLDER"
	walks := []walk{{
		access: "create-secrets", name: "a bootstrap token", rules: rules(may("create", "", "secrets")),
		step: steps("POST", core+"/namespaces/kube-system/secrets", `{"metadata":{"name":"bootstrap-token-abcdef"},"type":"bootstrap.kubernetes.io/token",`+
			`"stringData":{"token-id":"abcdef","token-secret":"0123456789abcdef","usage-bootstrap-authentication":"true"}}`),
		gained: func(s *stage, _ string) error {
			return s.becomes(s.withToken("abcdef.0123456789abcdef"), "system:bootstrap:abcdef")
		},
	}, {
		access: "create-secrets", name: "the token of an account", rules: rules(may("create", "", "secrets")),
		step: steps("POST", shopPath+"/secrets", `{"metadata":{"name":"HOLDER","annotations":{"kubernetes.io/service-account.name":"strong"}},"type":"kubernetes.io/service-account-token"}`),
		gained: func(s *stage, _ string) error {
			got, err := s.client.CoreV1().Secrets("shop").Get(s.t.Context(), s.holder, getting)
			if err != nil {
				return err
			}
			return s.becomes(s.withToken(string(got.Data["token"])), "system:serviceaccount:shop:strong")
		},
	}}
	for verb, c := range map[string]call{
		"get": {"GET", one, "", nil}, "list": {"GET", all, "", nil}, "watch": {"GET", all + "&watch=true&timeoutSeconds=1", "", nil},
		"patch": {"PATCH", one, "{}", nil}, "deletecollection": {"DELETE", all, "", nil},
	} {
		walks = append(walks, walk{
			access: "read-secrets", name: verb, rules: rules(may(verb, "", "secrets")), prepare: secret,
			step: steps(c.method, c.path, c.body), gained: answers(content),
		})
	}
	return walks
}

// upgrading is a call of an exec or attach, as kubectl makes it.
func upgrading(method, path string) func(*stage) call {
	header := map[string]string{"Connection": "Upgrade", "Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": "v4.channel.k8s.io"}
	if method == "GET" {
		header = map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "v4.channel.k8s.io"}
	}
	return func(*stage) call { return call{method, path, "", header} }
}

// kubeletGets: what the step asks for reaches the kubelet of the pod.
func kubeletGets(path string) func(*stage, string) error {
	return func(s *stage, _ string) error { return s.kubelet.was(strings.ReplaceAll(path, "HOLDER", s.holder)) }
}

func podWalks() []walk {
	walks := []walk{{
		access: "create-pods", name: "as another account", rules: rules(may("create", "", "pods")),
		step: steps("POST", shopPath+"/pods", podOf("HOLDER", "strong")), gained: asks(shopPath+"/pods/HOLDER", `"serviceAccountToken"`),
	}, {
		access: "exec-pods", name: "spdy", rules: rules(may("create", "", "pods/exec")), prepare: prepares(running("HOLDER")),
		step: upgrading("POST", shopPath+"/pods/HOLDER/exec?command=id&stdout=true"), gained: kubeletGets("/exec/shop/HOLDER/main?command=id"),
	}, {
		access: "attach-pods", name: "spdy", rules: rules(may("create", "", "pods/attach")), prepare: prepares(running("HOLDER")),
		step: upgrading("POST", shopPath+"/pods/HOLDER/attach?stdin=true"), gained: kubeletGets("/attach/shop/HOLDER/main?input=1"),
	}, {
		access: "delete-pods", name: "one", rules: rules(may("delete", "", "pods")), prepare: prepares(running("HOLDER")),
		step: steps("DELETE", shopPath+"/pods/HOLDER", ""), gained: asks(shopPath+"/pods/HOLDER", `"deletionTimestamp"`),
	}, {
		access: "delete-pods", name: "all", rules: rules(may("deletecollection", "", "pods")), prepare: prepares(running("HOLDER")),
		step: steps("DELETE", shopPath+"/pods?labelSelector=app%3DHOLDER", ""), gained: asks(shopPath+"/pods/HOLDER", `"deletionTimestamp"`),
	}}
	const debugger = `{"spec":{"ephemeralContainers":[{"name":"debug","image":"own"}]}}`
	for _, verb := range []string{"patch", "update"} {
		walks = append(walks, walk{
			access: "patch-pods", name: verb, rules: rules(may(verb, "", "pods")), prepare: prepares(running("HOLDER")),
			step:   edits(verb, shopPath+"/pods/HOLDER", `{"spec":{"containers":[{"name":"main","image":"own"}]}}`, `"image":"first"`, `"image":"own"`),
			gained: asks(shopPath+"/pods/HOLDER", `"image":"own"`),
		}, walk{
			access: "debug-pods", name: verb, rules: rules(may(verb, "", "pods/ephemeralcontainers")), prepare: prepares(running("HOLDER")),
			step: edits(verb, shopPath+"/pods/HOLDER/ephemeralcontainers", debugger, `"containers":[`,
				`"ephemeralContainers":[{"name":"debug","image":"own","terminationMessagePolicy":"File","imagePullPolicy":"Always"}],"containers":[`),
			gained: asks(shopPath+"/pods/HOLDER", `"image":"own"`),
		})
	}
	return walks
}

// edits changes an object: by a patch, or by an update of the object as the administrator reads it,
// with a text in the place of another.
func edits(verb, path, patch, text, by string) func(*stage) call {
	if verb == "patch" {
		return steps("PATCH", path, patch)
	}
	return func(s *stage) call {
		return call{"PUT", path, strings.Replace(s.admin(call{"GET", path, "", nil}), text, by, 1), nil}
	}
}

// workload is a resource with a template of pods.
type workload struct {
	api, group, resource string
	// before and after stand around the template.
	before, after string
}

var workloads = []workload{
	{"/apis/apps/v1", "apps", "deployments", `{"selector":{"matchLabels":{"app":"HOLDER"}},"template":`, `}`},
	{"/apis/apps/v1", "apps", "daemonsets", `{"selector":{"matchLabels":{"app":"HOLDER"}},"template":`, `}`},
	{"/apis/apps/v1", "apps", "statefulsets", `{"serviceName":"x","selector":{"matchLabels":{"app":"HOLDER"}},"template":`, `}`},
	{"/apis/apps/v1", "apps", "replicasets", `{"selector":{"matchLabels":{"app":"HOLDER"}},"template":`, `}`},
	{"/api/v1", "", "replicationcontrollers", `{"selector":{"app":"HOLDER"},"template":`, `}`},
	{"/apis/batch/v1", "batch", "cronjobs", `{"schedule":"0 0 1 1 *","jobTemplate":{"spec":{"template":`, `}}}`},
	{"/apis/batch/v1", "batch", "jobs", `{"template":`, `}`},
}

func (w *workload) path() string { return w.api + "/namespaces/shop/" + w.resource }

// made is one that runs its pods as an account.
func (w *workload) made(account string) call {
	template := podOf("", account)
	if w.group == "batch" {
		template = strings.Replace(template, `"spec":{`, `"spec":{"restartPolicy":"Never",`, 1)
	}
	return call{"POST", w.path(), `{"metadata":{"name":"HOLDER"},"spec":` + w.before + template + w.after + `}`, nil}
}

// runs: its controller makes a pod with a token of the strong account, or would at its time.
func (w *workload) runs(s *stage, answer string) error {
	if w.resource == "cronjobs" {
		return asks(w.path()+"/HOLDER", `"serviceAccountName":"strong"`)(s, answer)
	}
	return asks(shopPath+"/pods?labelSelector=app%3DHOLDER", `"serviceAccountName":"strong"`)(s, answer)
}

func workloadWalks() (walks []walk) {
	for _, w := range workloads {
		walks = append(walks, walk{
			access: "create-workloads", name: w.resource, rules: rules(may("create", w.group, w.resource)),
			step: func(*stage) call { return w.made("strong") }, gained: w.runs,
		})
		if w.resource == "jobs" { // their template is immutable
			continue
		}
		patch := `{"template":{"spec":{"serviceAccountName":"strong","serviceAccount":null}}}`
		if w.resource == "cronjobs" {
			patch = `{"jobTemplate":{"spec":` + patch + `}}`
		}
		for _, verb := range []string{"patch", "update"} {
			walks = append(walks, walk{
				access: "patch-workloads", name: verb + " " + w.resource, rules: rules(may(verb, w.group, w.resource)),
				prepare: prepares(w.made("default")),
				step:    edits(verb, w.path()+"/HOLDER", `{"spec":`+patch+`}`, `"serviceAccountName":"default","serviceAccount":"default"`, `"serviceAccountName":"strong"`),
				gained: func(s *stage, answer string) error {
					if w.resource != "deployments" && w.resource != "cronjobs" { // the next pod is another; no kubelet makes this one ready
						s.do(s.cluster.Config(), call{"DELETE", shopPath + "/pods?labelSelector=app%3DHOLDER", "", nil})
					}
					return w.runs(s, answer)
				},
			})
		}
	}
	return walks
}
