package live_test

import (
	"fmt"
	"net/http"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

const everything = `{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}`

// mayAnything: the holder itself may now do what it was never given.
func mayAnything(namespace string) func(*stage, string) error {
	path := core + "/nodes"
	if namespace != "" {
		path = core + "/namespaces/" + namespace + "/secrets"
	}
	return func(s *stage, _ string) error {
		if code, body := s.do(s.config, call{"GET", path, "", nil}); code != http.StatusOK {
			return fmt.Errorf("%s is answered %d: %s", path, code, body)
		}
		return nil
	}
}

func rbacRule(verbs, resources string, names ...string) rbacv1.PolicyRule {
	return may(verbs, rbacName, resources, names...)
}

// roleBinding refers to a role and names the holder.
func roleBinding(kind, role string) string {
	return fmt.Sprintf(`{"metadata":{"name":"HOLDER-more"},"roleRef":{"apiGroup":%q,"kind":%q,"name":%q},"subjects":[{"kind":"User","name":"HOLDER","apiGroup":%q}]}`,
		rbacName, kind, role, rbacName)
}

func roleWalks() []walk {
	adds := `{"subjects":[{"kind":"User","name":"HOLDER","apiGroup":"` + rbacName + `"}]}`
	empty := strings.NewReplacer(`"HOLDER"`, `"none"`).Replace
	walks := []walk{{
		access: "bind-roles", name: "create ClusterRoleBindings", rules: rules(rbacRule("bind", "clusterroles"), rbacRule("create", "clusterrolebindings")),
		step: steps("POST", rbacAPI+"/clusterrolebindings", roleBinding("ClusterRole", "cluster-admin")), gained: mayAnything(""),
	}, {
		access: "bind-roles", name: "one role", rules: rules(rbacRule("bind", "clusterroles", "cluster-admin"), rbacRule("create", "clusterrolebindings")),
		step: steps("POST", rbacAPI+"/clusterrolebindings", roleBinding("ClusterRole", "cluster-admin")), gained: mayAnything(""),
	}, {
		access: "bind-roles", name: "patch one ClusterRoleBinding", rules: rules(rbacRule("bind", "clusterroles"), rbacRule("patch", "clusterrolebindings", "strong")),
		step:   steps("PATCH", rbacAPI+"/clusterrolebindings/strong", strings.Replace(adds, "[", `[{"kind":"ServiceAccount","namespace":"shop","name":"strong"},`, 1)),
		gained: mayAnything(""),
	}, {
		access: "bind-roles", name: "create RoleBindings", rules: rules(rbacRule("bind", "clusterroles"), rbacRule("create", "rolebindings")),
		step: steps("POST", rbacAPI+"/namespaces/kube-system/rolebindings", roleBinding("ClusterRole", "cluster-admin")), gained: mayAnything("kube-system"),
	}, {
		access: "bind-roles", name: "a Role", rules: rules(rbacRule("bind", "roles"), rbacRule("update", "rolebindings")),
		prepare: prepares(call{"POST", rbacAPI + "/namespaces/bait/roles", `{"metadata":{"name":"HOLDER-all"},"rules":[` + everything + `]}`, nil},
			call{"POST", rbacAPI + "/namespaces/bait/rolebindings", empty(roleBinding("Role", "HOLDER-all")), nil}),
		step: edits("update", rbacAPI+"/namespaces/bait/rolebindings/HOLDER-more", "", `"name":"none"`, `"name":"HOLDER"`), gained: mayAnything("bait"),
	}, {
		access: "escalate-roles", name: "aggregated into a role of its own", rules: rules(rbacRule("escalate,create", "clusterroles")),
		prepare: prepares(call{"POST", rbacAPI + "/clusterrolebindings", roleBinding("ClusterRole", "view"), nil}),
		step: steps("POST", rbacAPI+"/clusterroles",
			`{"metadata":{"name":"HOLDER-more","labels":{"rbac.authorization.k8s.io/aggregate-to-view":"true"}},"rules":[`+everything+`]}`),
		gained: func(s *stage, answer string) error {
			if err := mayAnything("")(s, answer); err != nil {
				return err
			}
			s.admin(call{"DELETE", rbacAPI + "/clusterroles/HOLDER-more", "", nil})
			s.admin(call{"DELETE", rbacAPI + "/clusterrolebindings/HOLDER-more", "", nil})
			return nil
		},
	}}
	for _, verb := range []string{"patch", "update"} {
		role, local := rbacAPI+"/clusterroles/HOLDER", rbacAPI+"/namespaces/bait/roles/HOLDER"
		own := edits(verb, role, `{"rules":[`+everything+`]}`, `"rules":[`, `"rules":[`+everything+`,`)
		walks = append(walks, walk{
			access: "escalate-roles", name: verb + " its own ClusterRole", rules: rules(rbacRule("escalate,"+verb, "clusterroles")),
			step: existing(role, own), gained: mayAnything(""),
		}, walk{
			access: "escalate-roles", name: verb + " one ClusterRole", rules: rules(rbacRule("escalate,"+verb, "clusterroles", "HOLDER")),
			step: existing(role, own), gained: mayAnything(""),
		}, walk{
			access: "escalate-roles", name: verb + " its own Role", rules: rules(rbacRule("escalate,"+verb, "roles")),
			prepare: prepares(call{"POST", rbacAPI + "/namespaces/bait/roles", `{"metadata":{"name":"HOLDER"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}`, nil},
				call{"POST", rbacAPI + "/namespaces/bait/rolebindings", roleBinding("Role", "HOLDER"), nil}),
			step: edits(verb, local, `{"rules":[`+everything+`]}`, `"rules":[`, `"rules":[`+everything+`,`), gained: mayAnything("bait"),
		})
	}
	return walks
}

// existing takes the step once the object is there; before, the same without it.
func existing(path string, step func(*stage) call) func(*stage) call {
	return func(s *stage) call {
		if code, _ := s.do(s.cluster.Config(), call{"GET", path, "", nil}); code != http.StatusOK {
			return call{"PATCH", path, "{}", nil}
		}
		return step(s)
	}
}

// as is a request in the name of somebody else.
func as(user string, groups ...string) func(*stage) call {
	header := map[string]string{"Impersonate-User": user}
	for _, g := range groups {
		header["Impersonate-Group"] = g
	}
	return func(*stage) call { return call{"GET", core + "/nodes", "", header} }
}

func identityWalks() []walk {
	const strong = "system:serviceaccount:shop:strong"
	token := shopPath + "/serviceaccounts/strong/token"
	nodes := answers(`"node-1"`)
	approval := "/apis/certificates.k8s.io/v1/certificatesigningrequests/HOLDER/approval"
	isStrong := func(s *stage, answer string) error {
		token, err := tokenIn(answer)
		if err != nil {
			return err
		}
		return s.becomes(s.withToken(token), strong)
	}
	walks := []walk{
		{access: "impersonate", name: "any user", rules: rules(may("impersonate", "", "users")), step: as("root"), gained: nodes},
		{access: "impersonate", name: "one user", rules: rules(may("impersonate", "", "users", "root")), step: as("root"), gained: nodes},
		{access: "impersonate", name: "any group", rules: rules(may("impersonate", "", "groups"), may("impersonate", "", "users", "no-one")),
			step: as("no-one", "system:masters"), gained: nodes},
		{access: "impersonate", name: "one group", rules: rules(may("impersonate", "", "groups", "system:masters"), may("impersonate", "", "serviceaccounts", "default")),
			step: as("system:serviceaccount:bait:default", "system:masters"), gained: nodes},
		{access: "impersonate", name: "any account", rules: rules(may("impersonate", "", "serviceaccounts")), step: as(strong), gained: nodes},
		{access: "create-tokens", name: "any account", rules: rules(may("create", "", "serviceaccounts/token")), step: steps("POST", token, "{}"), gained: isStrong},
		{access: "act-as-powerful-service-account", name: "a token of one account", rules: rules(may("create", "", "serviceaccounts/token", "strong")),
			step: steps("POST", token, "{}"), gained: isStrong},
		{access: "act-as-powerful-service-account", name: "impersonate one account", rules: rules(may("impersonate", "", "serviceaccounts", "strong")),
			step: as(strong), gained: nodes},
	}
	for _, verb := range []string{"patch", "update"} {
		for _, signer := range []string{"", "kubernetes.io/kube-apiserver-client"} {
			approve := may("approve", "certificates.k8s.io", "signers")
			if signer != "" {
				approve.ResourceNames = []string{signer}
			}
			const condition = `"conditions":[{"type":"Approved","status":"True","reason":"x","message":"x"}]`
			walks = append(walks, walk{
				access: "approve-certificates", name: verb + " for " + signer,
				rules:   rules(may(verb, "certificates.k8s.io", "certificatesigningrequests/approval"), approve),
				prepare: func(s *stage) { s.requestCertificate("root") },
				step:    edits(verb, approval, `{"status":{`+condition+`}}`, `"status":{}`, `"status":{`+condition+`}`),
				gained:  func(s *stage, _ string) error { return s.certificateIs("root") },
			})
		}
	}
	return walks
}
