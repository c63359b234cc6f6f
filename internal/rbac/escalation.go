package rbac

import rbacv1 "k8s.io/api/rbac/v1"

// The API groups of the escalation list.
const (
	coreGroup         = ""
	appsGroup         = "apps"
	batchGroup        = "batch"
	rbacGroup         = rbacv1.GroupName
	certificatesGroup = "certificates.k8s.io"
	admissionGroup    = "admissionregistration.k8s.io"
	aggregationGroup  = "apiregistration.k8s.io"
)

// Access is one row of the escalation list: a power that lets its holder become more than it is, or
// take others down, when the holder has it in the whole cluster.
type Access struct {
	// Name is the value of the access label.
	Name string
	// Ways are the rights that give it; one of them is enough. ActAsPowerful has none of its own.
	Ways []Way
	// Gives completes the sentence "its holder can …".
	Gives string
	// Source is where the rule comes from: a page of the Kubernetes documentation, a file of the
	// Kubernetes source, or the rule set of another tool by name.
	Source string
}

// Way is one set of rights that gives an Access: one request of Any must be allowed and, where And
// is not empty, one request of And, because some steps are authorized twice.
type Way struct {
	Any, And []Attributes
	// Names is what the resourceNames of a rule for Any name, where the way also counts for single
	// objects by name. A rule without resourceNames always counts.
	Names Names
	// Acts reports whether the way, held in one namespace, gives what its ServiceAccounts may do.
	Acts bool
	// Before is the minor version of Kubernetes 1 from which on the API server refuses the way; 0
	// is never. An unknown version counts as an old one.
	Before int
}

// Names is what the resourceNames of a way name.
type Names uint8

// The kinds of names.
const (
	// NoNames is none: a right to single objects by name does not count.
	NoNames Names = iota
	// BoundNames are roles that the holder may bind. A name counts when the role is powerful.
	BoundNames
	// WrittenNames are roles that the holder may write anything into. A name counts when a binding
	// refers to the role.
	WrittenNames
	// UserNames, GroupNames and AccountNames are identities. A name counts when it is powerful.
	UserNames
	GroupNames
	AccountNames
)

// ActAsPowerful is the name of the access that follows from the others: a way that acts, in a
// namespace where a powerful ServiceAccount lives.
const ActAsPowerful = "act-as-powerful-service-account"

// EscalationList returns the rows of the escalation list in the order of the documentation.
func EscalationList() []Access { return append([]Access(nil), escalationList[:]...) }

// The pages of the Kubernetes documentation that the sources name.
const (
	goodPractices = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"
	authorization = "https://kubernetes.io/docs/reference/access-authn-authz/authorization/"
	rbacReference = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"
)

// escalationList is the escalation list. Nothing else in the program knows which rights are
// dangerous.
var escalationList = [...]Access{
	{
		Name:   "read-secrets",
		Ways:   []Way{{Any: each(verbs("get", "list", "watch", "patch", "deletecollection"), core("secrets")), Acts: true}},
		Gives:  "read every Secret: passwords, keys and tokens of everybody",
		Source: goodPractices + "; the API server answers patch and deletecollection with the contents too",
	},
	{
		Name:   "create-secrets",
		Ways:   []Way{{Any: each(verbs("create"), core("secrets"))}},
		Gives:  "have a token written for any ServiceAccount, and make a bootstrap token that logs in as a joining node",
		Source: "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/; rbac-police, issue_token_secrets",
	},
	{
		Name:   "create-pods",
		Ways:   []Way{{Any: each(verbs("create"), core("pods")), Acts: true}},
		Gives:  "start pods anywhere, and through them use every ServiceAccount and Secret, and often a whole node",
		Source: goodPractices,
	},
	{
		Name:   "patch-pods",
		Ways:   []Way{{Any: each(verbs("update", "patch"), core("pods")), Acts: true}},
		Gives:  "change the image of any running pod, and so run code as its ServiceAccount",
		Source: authorization + "; rbac-police, modify_pods",
	},
	{
		Name: "exec-pods",
		Ways: []Way{
			{Any: each(verbs("create"), sub("pods", "exec")), Acts: true},
			{Any: each(verbs("get"), sub("pods", "exec")), Acts: true, Before: websocketMinor},
		},
		Gives:  "run commands in every container",
		Source: "KubiScan, risky-exec-pods; Kubernetes, pkg/registry/core/pod/rest/authorize.go",
	},
	{
		Name: "attach-pods",
		Ways: []Way{
			{Any: each(verbs("create"), sub("pods", "attach")), Acts: true},
			{Any: each(verbs("get"), sub("pods", "attach")), Acts: true, Before: websocketMinor},
		},
		Gives:  "type into the main process of every container that reads its input, debugging shells among them",
		Source: "KubiScan, risky-attach-pods; Kubernetes, pkg/registry/core/pod/rest/authorize.go",
	},
	{
		Name:   "debug-pods",
		Ways:   []Way{{Any: each(verbs("update", "patch"), sub("pods", "ephemeralcontainers")), Acts: true}},
		Gives:  "add a container of their own to any running pod, beside its processes and volumes",
		Source: "rbac-police, pods_ephemeral_ctrs; https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/",
	},
	{
		Name:   "create-workloads",
		Ways:   []Way{{Any: each(verbs("create"), append(templates(), Attributes{APIGroup: batchGroup, Resource: "jobs"})...), Acts: true}},
		Gives:  "start pods anywhere by way of Deployments, Jobs and the like: the same as create-pods",
		Source: goodPractices + "; " + authorization,
	},
	{
		// The template of a Job is immutable.
		Name:   "patch-workloads",
		Ways:   []Way{{Any: each(verbs("update", "patch"), templates()...), Acts: true}},
		Gives:  "change what Deployments, CronJobs and the like run: the same as create-pods",
		Source: authorization + ", privilege escalation via workload creation or edits; KubiScan, risky-update-deployments and its like",
	},
	{
		// A websocket is a GET: get is not read-only, and neither audit nor admission sees what is
		// run.
		Name:   "nodes-proxy",
		Ways:   []Way{{Any: each(verbs("get", "create"), sub("nodes", "proxy"))}},
		Gives:  "run commands in every container through the kubelets, unseen by audit and admission",
		Source: goodPractices + "; rbac-police, nodes_proxy",
	},
	{
		Name:   "write-node-status",
		Ways:   []Way{{Any: each(verbs("update", "patch"), sub("nodes", "status"))}},
		Gives:  "send the API server to another address for a node, and so receive the exec sessions and logs of its pods",
		Source: "rbac-police, modify_node_status; Kubernetes, pkg/kubelet/client/kubelet_client.go",
	},
	{
		Name: "escalate-roles",
		Ways: []Way{
			{Any: each(verbs("escalate"), roles("clusterroles")), And: each(writes(), roles("clusterroles")), Names: WrittenNames},
			{Any: each(verbs("escalate"), roles("roles")), And: each(writes(), roles("roles")), Names: WrittenNames, Acts: true},
		},
		Gives:  "write rules into roles that go beyond what they may do themselves",
		Source: rbacReference + "#restrictions-on-role-creation-or-update",
	},
	{
		// A ClusterRoleBinding cannot refer to a Role.
		Name: "bind-roles",
		Ways: []Way{
			{Any: each(verbs("bind"), roles("clusterroles")), And: each(writes(), roles("clusterrolebindings")), Names: BoundNames},
			{Any: each(verbs("bind"), roles("clusterroles")), And: each(writes(), roles("rolebindings")), Names: BoundNames, Acts: true},
			{Any: each(verbs("bind"), roles("roles")), And: each(writes(), roles("rolebindings")), Names: BoundNames, Acts: true},
		},
		Gives:  "give roles that go beyond what they may do themselves, to anybody",
		Source: rbacReference + "#restrictions-on-role-binding-creation-or-update",
	},
	{
		// The three that change what RBAC allows: no rule depends on a UID or an extra field, and
		// each verb of constrained impersonation needs a second right for every request. A group is
		// impersonated only together with a user or a ServiceAccount, any one will do.
		Name: "impersonate",
		Ways: []Way{
			{Any: each(verbs("impersonate"), core("users")), Names: UserNames},
			{Any: each(verbs("impersonate"), core("groups")), And: each(verbs("impersonate"), core("users"), core("serviceaccounts")),
				Names: GroupNames},
			{Any: each(verbs("impersonate"), core("serviceaccounts")), Names: AccountNames, Acts: true},
		},
		Gives:  "act as another user, group or ServiceAccount",
		Source: goodPractices + "; https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/",
	},
	{
		Name:   "create-tokens",
		Ways:   []Way{{Any: each(verbs("create"), sub("serviceaccounts", "token")), Names: AccountNames, Acts: true}},
		Gives:  "get a token of any ServiceAccount, and with it all that it may do",
		Source: goodPractices + "; rbac-police, token_request",
	},
	{
		// An approval is authorized twice, as an update and, at admission, as `approve` on the
		// signer or on all signers of its domain. Only the signers count whose certificates the API
		// server takes for an identity: one makes any user and group but system:masters, the other
		// makes any node.
		Name: "approve-certificates",
		Ways: []Way{{
			Any: each(verbs("update", "patch"),
				Attributes{APIGroup: certificatesGroup, Resource: "certificatesigningrequests", Subresource: "approval"}),
			And: each(verbs("approve"), signer("kube-apiserver-client"), signer("kube-apiserver-client-kubelet"), signer("*")),
		}},
		Gives:  "approve certificates that let their holder log in as any user but system:masters, or as a node",
		Source: goodPractices + "; https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/",
	},
	{
		Name: "write-webhooks",
		Ways: []Way{{Any: each(writes(), Attributes{APIGroup: admissionGroup, Resource: "mutatingwebhookconfigurations"},
			Attributes{APIGroup: admissionGroup, Resource: "validatingwebhookconfigurations"})}},
		Gives:  "see and change every object on its way into the cluster, Secrets included",
		Source: goodPractices + "; rbac-police, control_webhooks",
	},
	{
		// A new policy does nothing without a binding; one that is bound already can be rewritten.
		Name: "write-mutating-policies",
		Ways: []Way{
			{Any: each(verbs("create"), mutating("mutatingadmissionpolicies")), And: each(writes(), mutating("mutatingadmissionpolicybindings"))},
			{Any: each(verbs("update", "patch"), mutating("mutatingadmissionpolicies"))},
		},
		Gives:  "change every object on its way into the cluster, without a webhook",
		Source: "https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/; kubesplaining, KUBE-PRIVESC-019",
	},
	{
		Name:   "write-api-services",
		Ways:   []Way{{Any: each(writes(), Attributes{APIGroup: aggregationGroup, Resource: "apiservices"})}},
		Gives:  "receive and answer all requests for an API group in place of the API server",
		Source: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/; kubesplaining, KUBE-PRIVESC-020",
	},
	{
		// Pod Security does not see the hostPath behind a claim.
		Name:   "create-persistent-volumes",
		Ways:   []Way{{Any: each(verbs("create"), core("persistentvolumes"))}},
		Gives:  "make a volume of any folder of a node",
		Source: goodPractices,
	},
	{
		Name:   "patch-namespaces",
		Ways:   []Way{{Any: each(verbs("patch", "update"), core("namespaces"))}},
		Gives:  "switch off Pod Security for a namespace, and move it under other network policies",
		Source: goodPractices,
	},
	{
		Name:   "delete-pods",
		Ways:   []Way{{Any: each(verbs("delete", "deletecollection"), core("pods"))}},
		Gives:  "take down every workload",
		Source: "rbac-police, steal_pods; CIS Kubernetes Benchmark, section 5.1",
	},
	{
		Name:   ActAsPowerful,
		Gives:  "become, by a right in its namespace or by its name, a ServiceAccount that can do something on this list",
		Source: goodPractices + "; rbac-police, assign_sa, token_request and retrieve_token_secrets in privileged namespaces",
	},
}

// websocketMinor is the minor version from which on an exec or attach over a websocket, which is a
// GET, needs `create` as well (feature AuthorizePodWebsocketUpgradeCreatePermission).
const websocketMinor = 35
