package rbac

import (
	"slices"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

const (
	certs     = "certificates.k8s.io"
	approvals = "certificatesigningrequests/approval"
)

// rulesCases are for each name the least rules that satisfy it, and rules that come close but do
// not.
type rulesCases struct{ yes, no [][]model.Rule }

var escalationCases = map[string]rulesCases{
	"read-secrets": {
		yes: [][]model.Rule{{ruleOf("get", "core", "secrets")}, {ruleOf("list", "core", "secrets")}, {ruleOf("watch", "*", "*")},
			{ruleOf("patch", "core", "secrets")}, {ruleOf("deletecollection", "core", "secrets")}},
		no: [][]model.Rule{{ruleOf("create,update,delete", "core", "secrets")}, {ruleOf("get", "core", "secrets", "one")},
			{ruleOf("get", "apps", "secrets")}},
	},
	"create-secrets": {
		yes: [][]model.Rule{{ruleOf("create", "core", "secrets")}},
		no:  [][]model.Rule{{ruleOf("get,update", "core", "secrets")}, {ruleOf("create", "core", "secrets", "one")}},
	},
	"create-pods": {
		yes: [][]model.Rule{{ruleOf("create", "core", "pods")}},
		no:  [][]model.Rule{{ruleOf("create", "core", "pods", "one")}, {ruleOf("create", "core", "pods/exec,pods/eviction,pods/binding")}},
	},
	"patch-pods": {
		yes: [][]model.Rule{{ruleOf("patch", "core", "pods")}, {ruleOf("update", "core", "pods")}},
		no:  [][]model.Rule{{ruleOf("patch,update", "core", "pods/status,pods/resize")}, {ruleOf("patch", "core", "pods", "one")}},
	},
	"exec-pods": {
		yes: [][]model.Rule{{ruleOf("create", "core", "pods/exec")}, {ruleOf("get", "core", "*/exec")}, {ruleOf("get", "core", "*")}},
		no:  [][]model.Rule{{ruleOf("*", "core", "pods/*")}, {ruleOf("*", "core", "*/*")}, {ruleOf("*", "core", "pods")}},
	},
	"attach-pods": {
		yes: [][]model.Rule{{ruleOf("create", "core", "pods/attach")}, {ruleOf("get", "core", "pods/attach")}},
		no:  [][]model.Rule{{ruleOf("get,create", "core", "pods/log,pods/portforward,pods/proxy")}},
	},
	"debug-pods": {
		yes: [][]model.Rule{{ruleOf("update", "core", "pods/ephemeralcontainers")}, {ruleOf("patch", "core", "*/ephemeralcontainers")}},
		no:  [][]model.Rule{{ruleOf("get,create", "core", "pods/ephemeralcontainers")}},
	},
	"create-workloads": {
		yes: [][]model.Rule{{ruleOf("create", "apps", "deployments")}, {ruleOf("create", "apps", "daemonsets")},
			{ruleOf("create", "apps", "statefulsets")}, {ruleOf("create", "apps", "replicasets")},
			{ruleOf("create", "core", "replicationcontrollers")},
			{ruleOf("create", "batch", "jobs")}, {ruleOf("create", "batch", "cronjobs")}},
		no: [][]model.Rule{{ruleOf("create", "core,batch", "deployments")}, {ruleOf("create", "apps", "jobs")},
			{ruleOf("create", "core", "podtemplates")}, {ruleOf("create", "apps", "controllerrevisions")}},
	},
	"patch-workloads": {
		yes: [][]model.Rule{{ruleOf("patch", "apps", "deployments")}, {ruleOf("update", "apps", "daemonsets")},
			{ruleOf("patch", "apps", "statefulsets")}, {ruleOf("update", "apps", "replicasets")},
			{ruleOf("patch", "core", "replicationcontrollers")}, {ruleOf("update", "batch", "cronjobs")}},
		no: [][]model.Rule{{ruleOf("patch,update", "batch", "jobs")}, {ruleOf("patch,update", "apps", "deployments/scale,deployments/status")},
			{ruleOf("patch", "apps", "deployments", "one")}, {ruleOf("create", "apps", "deployments")}},
	},
	"nodes-proxy": {
		yes: [][]model.Rule{{ruleOf("get", "core", "nodes/proxy")}, {ruleOf("create", "core", "*/proxy")}},
		no:  [][]model.Rule{{ruleOf("get", "core", "nodes")}, {ruleOf("get", "core", "pods/proxy,services/proxy,nodes/log")}},
	},
	"write-node-status": {
		yes: [][]model.Rule{{ruleOf("patch", "core", "nodes/status")}, {ruleOf("update", "core", "nodes/status")}},
		no:  [][]model.Rule{{ruleOf("patch,update", "core", "nodes")}, {ruleOf("get", "core", "nodes/status")}},
	},
	"escalate-roles": {
		yes: [][]model.Rule{{ruleOf("escalate,update", rbacGroup, "roles")}, {ruleOf("escalate,patch", rbacGroup, "clusterroles")},
			{ruleOf("escalate", rbacGroup, "clusterroles"), ruleOf("create", rbacGroup, "*")},
			{ruleOf("escalate,patch", rbacGroup, "clusterroles", "r")},
			{ruleOf("escalate", rbacGroup, "clusterroles", "r", "x"), ruleOf("patch", rbacGroup, "clusterroles")},
			{ruleOf("escalate", rbacGroup, "clusterroles"), ruleOf("update", rbacGroup, "clusterroles", "r")}},
		no: [][]model.Rule{{ruleOf("bind,create,update", rbacGroup, "roles,clusterroles")}, {ruleOf("escalate", rbacGroup, "roles,clusterroles")},
			{ruleOf("escalate", rbacGroup, "clusterroles"), ruleOf("update", rbacGroup, "roles")},
			{ruleOf("escalate,patch", rbacGroup, "clusterroles", "not-bound")},
			{ruleOf("escalate", rbacGroup, "clusterroles", "r"), ruleOf("patch", rbacGroup, "clusterroles", "not-bound")},
			{ruleOf("escalate,create", rbacGroup, "clusterroles", "r")}},
	},
	"bind-roles": {
		yes: [][]model.Rule{{ruleOf("bind", rbacGroup, "roles"), ruleOf("create", rbacGroup, "rolebindings")},
			{ruleOf("bind", rbacGroup, "clusterroles"), ruleOf("patch", rbacGroup, "rolebindings")},
			{ruleOf("bind", rbacGroup, "clusterroles", "cluster-admin"), ruleOf("create", rbacGroup, "clusterrolebindings")},
			{ruleOf("bind", rbacGroup, "clusterroles", "reads-secrets"), ruleOf("create", rbacGroup, "clusterrolebindings")},
			{ruleOf("bind", rbacGroup, "clusterroles", "binds-admin"), ruleOf("update", rbacGroup, "clusterrolebindings")},
			{ruleOf("bind", rbacGroup, "clusterroles"), ruleOf("patch", rbacGroup, "clusterrolebindings", "admins")},
			{ruleOf("bind", rbacGroup, "clusterroles", "cluster-admin"), ruleOf("patch", rbacGroup, "clusterrolebindings", "admins")}},
		no: [][]model.Rule{{ruleOf("create,update,patch", rbacGroup, "clusterrolebindings,rolebindings")}, {ruleOf("bind", rbacGroup, "*")},
			{ruleOf("bind", rbacGroup, "roles"), ruleOf("create", rbacGroup, "clusterrolebindings")},
			{ruleOf("bind", rbacGroup, "clusterroles", "view", "gone"), ruleOf("create", rbacGroup, "clusterrolebindings")},
			{ruleOf("bind", rbacGroup, "clusterroles", "view"), ruleOf("patch", rbacGroup, "clusterrolebindings", "admins")},
			{ruleOf("bind", rbacGroup, "clusterroles"), ruleOf("patch", rbacGroup, "clusterrolebindings", "viewers", "gone")}},
	},
	"impersonate": {
		yes: [][]model.Rule{{ruleOf("impersonate", "core", "users")}, {ruleOf("impersonate", "core", "serviceaccounts")},
			{ruleOf("impersonate", "core", "users,groups")},
			{ruleOf("impersonate", "core", "groups"), ruleOf("impersonate", "core", "users", "me")},
			{ruleOf("impersonate", "core", "groups", "system:masters"), ruleOf("impersonate", "core", "serviceaccounts", "x")},
			{ruleOf("impersonate", "core", "users", "root")}, {ruleOf("impersonate", "core", "users", "system:kube-controller-manager")},
			{ruleOf("impersonate", "core", "groups", "system:nodes"), ruleOf("impersonate", "core", "users", "system:node:a")}},
		no: [][]model.Rule{{ruleOf("impersonate", "authentication.k8s.io", "userextras/x,uids")}, {ruleOf("impersonate", "core", "users", "me", "viewer")},
			{ruleOf("impersonate", "core", "groups")}, {ruleOf("impersonate", "core", "groups", "system:masters")},
			{ruleOf("impersonate", "core", "groups", "devs"), ruleOf("impersonate", "core", "users", "me")},
			{ruleOf("impersonate", "core", "groups", "system:nodes"), ruleOf("impersonate", "core", "users", "me")}},
	},
	"create-tokens": {
		yes: [][]model.Rule{{ruleOf("create", "core", "serviceaccounts/token")}},
		no:  [][]model.Rule{{ruleOf("create", "core", "serviceaccounts")}, {ruleOf("create", "core", "serviceaccounts/token", "x")}},
	},
	"approve-certificates": {
		yes: [][]model.Rule{
			{ruleOf("update", certs, approvals), ruleOf("approve", certs, "signers")},
			{ruleOf("patch", certs, approvals), ruleOf("approve", certs, "signers", "kubernetes.io/kube-apiserver-client")},
			{ruleOf("patch", certs, approvals), ruleOf("approve", certs, "signers", "kubernetes.io/kube-apiserver-client-kubelet")},
			{ruleOf("patch", certs, approvals), ruleOf("approve", certs, "signers", "kubernetes.io/*")}},
		no: [][]model.Rule{{ruleOf("*", certs, approvals)}, {ruleOf("approve", certs, "signers")},
			{ruleOf("update", certs, approvals), ruleOf("approve", certs, "signers", "example.com/*", "kubernetes.io/kubelet-serving")},
			{ruleOf("update", certs, "certificatesigningrequests/status"), ruleOf("sign", certs, "signers")}},
	},
	"write-webhooks": {
		yes: [][]model.Rule{{ruleOf("create", admissionGroup, "mutatingwebhookconfigurations")},
			{ruleOf("update", admissionGroup, "mutatingwebhookconfigurations")}, {ruleOf("patch", admissionGroup, "validatingwebhookconfigurations")}},
		no: [][]model.Rule{{ruleOf("get,delete", admissionGroup, "*")}, {ruleOf("create,update", admissionGroup, "validatingadmissionpolicies")}},
	},
	"write-mutating-policies": {
		yes: [][]model.Rule{{ruleOf("create", admissionGroup, "mutatingadmissionpolicies,mutatingadmissionpolicybindings")},
			{ruleOf("create", admissionGroup, "mutatingadmissionpolicies"), ruleOf("patch", admissionGroup, "mutatingadmissionpolicybindings")},
			{ruleOf("update", admissionGroup, "mutatingadmissionpolicies")}},
		no: [][]model.Rule{{ruleOf("create", admissionGroup, "mutatingadmissionpolicies")}, {ruleOf("create", admissionGroup, "mutatingadmissionpolicybindings")},
			{ruleOf("create,update", admissionGroup, "validatingadmissionpolicies,validatingadmissionpolicybindings")}},
	},
	"write-api-services": {
		yes: [][]model.Rule{{ruleOf("create", aggregationGroup, "apiservices")}, {ruleOf("patch", aggregationGroup, "apiservices")}},
		no:  [][]model.Rule{{ruleOf("patch", aggregationGroup, "apiservices/status")}, {ruleOf("get,delete", aggregationGroup, "apiservices")}},
	},
	"create-persistent-volumes": {
		yes: [][]model.Rule{{ruleOf("create", "core", "persistentvolumes")}},
		no:  [][]model.Rule{{ruleOf("create", "core", "persistentvolumeclaims")}, {ruleOf("patch", "core", "persistentvolumes")}},
	},
	"patch-namespaces": {
		yes: [][]model.Rule{{ruleOf("patch", "core", "namespaces")}, {ruleOf("update", "core", "namespaces")}},
		no:  [][]model.Rule{{ruleOf("create,delete", "core", "namespaces")}, {ruleOf("patch", "core", "namespaces/status")}},
	},
	"delete-pods": {
		yes: [][]model.Rule{{ruleOf("delete", "core", "pods")}, {ruleOf("deletecollection", "core", "pods")}},
		no:  [][]model.Rule{{ruleOf("create", "core", "pods/eviction")}},
	},
	ActAsPowerful: {
		yes: [][]model.Rule{{ruleOf("create", "core", "serviceaccounts/token", "controller")}, {ruleOf("impersonate", "core", "serviceaccounts", "controller")}},
		no:  [][]model.Rule{{ruleOf("create", "core", "serviceaccounts/token", "worker")}, {ruleOf("delete", "core", "serviceaccounts", "controller")}},
	},
}

// escalationWorld is what the cases name, beside their own role r.
func escalationWorld() []any {
	return []any{adminRole(), clusterRole("view", ruleOf("get", "core", "pods")), clusterRole("not-bound"), clusterRole("reads-secrets", ruleOf("get", "core", "secrets")),
		clusterRole("binds-admin", ruleOf("bind", rbacGroup, "clusterroles", "cluster-admin"), ruleOf("create", rbacGroup, "clusterrolebindings")),
		clusterBind("admins", "cluster-admin", user("root")), clusterBind("viewers", "view", user("viewer"), account("q", "worker")),
		clusterBind("controllers", "reads-secrets", account("q", "controller"))}
}

func TestEscalationList(t *testing.T) {
	list := EscalationList()
	if len(list) != len(escalationCases) || len(list) > 32 {
		t.Fatalf("the list has %d rows, the test %d; a role keeps 32 at most", len(list), len(escalationCases))
	}
	sa, local := account("a", "x"), user("local")
	for _, a := range list {
		if a.Source == "" || a.Gives == "" {
			t.Errorf("%s: no source, or it gives nothing", a.Name)
		}
		for yes, cases := range map[bool][][]model.Rule{true: escalationCases[a.Name].yes, false: escalationCases[a.Name].no} {
			for _, rs := range cases {
				b, rb := clusterBind("b", "r", sa), bind("z", "rb", "ClusterRole", "r", local)
				m := build(append(escalationWorld(), clusterRole("r", rs...), b, rb)...)
				if got := slices.Contains(m.WithAccess(a.Name), sa); got != yes {
					t.Errorf("%s by %+v: %t, want %t", a.Name, rs, got, yes)
				}
				if got := slices.Contains(m.Escalations(b), a.Name); got != yes {
					t.Errorf("Escalations: %s by %+v: %t, want %t", a.Name, rs, got, yes)
				}
				if yes && (!m.Powerful(sa) || !m.Escalates(sa) || !m.Privileged(b)) {
					t.Errorf("%s by %+v: powerful %t, escalates %t, privileged %t", a.Name, rs, m.Powerful(sa), m.Escalates(sa), m.Privileged(b))
				}
				if m.Powerful(local) || m.Escalates(local) || m.Privileged(rb) {
					t.Errorf("%s by %+v in a namespace without powerful accounts is power", a.Name, rs)
				}
			}
		}
	}
}

// TestAccessNamesAreClosed: a name stands for one row, and every half of a way is asked for.
func TestAccessNamesAreClosed(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range EscalationList() {
		if seen[a.Name] {
			t.Errorf("two rows are called %s", a.Name)
		}
		seen[a.Name] = true
		if (len(a.Ways) == 0) != (a.Name == ActAsPowerful) {
			t.Errorf("%s has %d ways", a.Name, len(a.Ways))
		}
	}
	if l := newList(0); len(l.ways) > 64 {
		t.Errorf("%d ways do not fit into 64 bits", len(l.ways))
	}
}

// TestWebsocketsByVersion: a websocket is a GET, and from 1.35 on an exec or attach over one needs
// create.
func TestWebsocketsByVersion(t *testing.T) {
	for version, want := range map[string]bool{
		"": true, "nonsense": true, "v1.20.15": true, "v1.34.7": true, "v1.34.2-gke.1": true, "v1.35.0": false, "v1.35.0-alpha.1": false, "v1.37.2": false,
	} {
		for _, sub := range []string{"exec", "attach"} {
			in := Input{Platform: PlatformOf(version, nil, nil), Roles: []*model.Role{clusterRole("r", ruleOf("get", "core", "pods/"+sub)), clusterRole("c", ruleOf("create", "core", "pods/"+sub))},
				Bindings: []*model.Binding{clusterBind("b", "r", user("eve")), clusterBind("c", "c", user("root"))}}
			m := Build(in)
			if got := slices.Contains(m.WithAccess(sub+"-pods"), user("eve")); got != want || m.Powerful(user("eve")) != want {
				t.Errorf("Kubernetes %q: get pods/%s is power: %t, want %t", version, sub, got, want)
			}
			if !slices.Contains(m.WithAccess(sub+"-pods"), user("root")) {
				t.Errorf("Kubernetes %q: create pods/%s is no power", version, sub)
			}
		}
	}
}
