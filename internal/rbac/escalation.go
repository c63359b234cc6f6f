package rbac

// The API groups of the escalation list.
const (
	coreGroup         = ""
	appsGroup         = "apps"
	batchGroup        = "batch"
	rbacGroup         = "rbac.authorization.k8s.io"
	certificatesGroup = "certificates.k8s.io"
	admissionGroup    = "admissionregistration.k8s.io"
)

// EscalationList returns what lets a subject become more than it is, or take others down, when it may do it in the whole cluster.
// The order is that of the documentation. A right to single objects by name is not counted, but where it is said.
func EscalationList() []Query {
	return []Query{
		// list and watch return the contents as get does.
		{Name: "read-secrets", Any: each(verbs("get", "list", "watch"), Attributes{Resource: "secrets"})},
		// A pod mounts any Secret and runs as any ServiceAccount of its namespace, and with no admission in its way owns its node.
		{Name: "create-pods", Any: each(verbs("create"), Attributes{Resource: "pods"})},
		// exec over a websocket is a GET: until v1.35 it asks for get alone, and later when the feature
		// AuthorizePodWebsocketUpgradeCreatePermission is switched off.
		{Name: "exec-pods", Any: each(verbs("create", "get"), Attributes{Resource: "pods", Subresource: "exec"})},
		// Whatever makes pods from a template is as good as creating them.
		{Name: "create-workloads", Any: each(verbs("create"),
			Attributes{APIGroup: appsGroup, Resource: "deployments"},
			Attributes{APIGroup: appsGroup, Resource: "daemonsets"},
			Attributes{APIGroup: appsGroup, Resource: "statefulsets"},
			Attributes{APIGroup: appsGroup, Resource: "replicasets"},
			Attributes{APIGroup: coreGroup, Resource: "replicationcontrollers"},
			Attributes{APIGroup: batchGroup, Resource: "jobs"},
			Attributes{APIGroup: batchGroup, Resource: "cronjobs"},
		)},
		// The kubelet's exec and run endpoints know POST and, over a websocket, GET: get is not read-only, and neither audit nor
		// admission sees what is run.
		{Name: "nodes-proxy", Any: each(verbs("get", "create"), Attributes{Resource: "nodes", Subresource: "proxy"})},
		// Without this verb the API server lets nobody write rules into a role beyond those they have.
		{Name: "escalate-roles", Any: each(verbs("escalate"),
			Attributes{APIGroup: rbacGroup, Resource: "clusterroles"},
			Attributes{APIGroup: rbacGroup, Resource: "roles"},
		)},
		// Without this one it lets nobody bind a role with rules beyond those they have.
		{Name: "bind-roles", Any: each(verbs("bind"),
			Attributes{APIGroup: rbacGroup, Resource: "clusterroles"},
			Attributes{APIGroup: rbacGroup, Resource: "roles"},
		)},
		impersonate(),
		// A token for any ServiceAccount is everything that any of them may do.
		{Name: "create-tokens", Any: each(verbs("create"), Attributes{Resource: "serviceaccounts", Subresource: "token"})},
		approveCertificates(),
		// A webhook sees every object that is written, Secrets included; a mutating one also changes it.
		{Name: "write-webhooks", Any: each(verbs("create", "update", "patch"),
			Attributes{APIGroup: admissionGroup, Resource: "mutatingwebhookconfigurations"},
			Attributes{APIGroup: admissionGroup, Resource: "validatingwebhookconfigurations"},
		)},
		// A PersistentVolume may be a hostPath, which Pod Security does not see behind a claim.
		{Name: "create-persistent-volumes", Any: each(verbs("create"), Attributes{Resource: "persistentvolumes"})},
		// The labels of a namespace switch Pod Security off and move it under another network policy.
		{Name: "patch-namespaces", Any: each(verbs("patch", "update"), Attributes{Resource: "namespaces"})},
		// deletecollection deletes pods too; an eviction is left out, as it keeps to the PodDisruptionBudgets.
		{Name: "delete-pods", Any: each(verbs("delete", "deletecollection"), Attributes{Resource: "pods"})},
	}
}

// impersonate asks for the three that change what RBAC allows. Groups count although a request must also name a user, since the right
// to impersonate oneself, which harms nobody, is enough for that. Impersonated UIDs and extra fields are not asked for: no rule of RBAC
// depends on them. Nor are the verbs of constrained impersonation (impersonate:user-info and its like), each of which allows nothing
// without a second right for every request made so.
func impersonate() Query {
	return Query{Name: "impersonate", Any: each(verbs("impersonate"),
		Attributes{Resource: "users"}, Attributes{Resource: "groups"}, Attributes{Resource: "serviceaccounts"},
	)}
}

// approveCertificates: an approval is authorized twice, as an update of the subresource and, at admission, as `approve` on the signer
// that the request names or on all signers of its domain. Only the signers count whose certificates the API server takes for an
// identity: kube-apiserver-client makes any user and group but system:masters, kube-apiserver-client-kubelet makes any node. They
// are asked for by name because rules for signers have resourceNames as a matter of course; a rule without matches them as well.
func approveCertificates() Query {
	signer := func(name string) Attributes {
		return Attributes{APIGroup: certificatesGroup, Resource: "signers", Name: "kubernetes.io/" + name}
	}
	return Query{
		Name: "approve-certificates",
		Any: each(verbs("update", "patch"),
			Attributes{APIGroup: certificatesGroup, Resource: "certificatesigningrequests", Subresource: "approval"}),
		And: each(verbs("approve"), signer("kube-apiserver-client"), signer("kube-apiserver-client-kubelet"), signer("*")),
	}
}

func verbs(list ...string) []string { return list }

// each is every one of the verbs on each of the resources.
func each(list []string, on ...Attributes) []Attributes {
	out := make([]Attributes, 0, len(list)*len(on))
	for _, a := range on {
		for _, v := range list {
			a.Verb = v
			out = append(out, a)
		}
	}
	return out
}
