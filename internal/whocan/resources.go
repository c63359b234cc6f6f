package whocan

// scope says whether the objects of a resource are in namespaces.
type scope uint8

const (
	// scopeUnknown is that of a resource of which only a role tells.
	scopeUnknown scope = iota
	inNamespace
	inCluster
)

// resource is what the API calls one kind of object.
type resource struct {
	plural, singular string
	// short are the short names, separated by spaces.
	short string
	// group is empty for the core group.
	group string
	scope scope
	// subresources are separated by spaces.
	subresources string
}

// builtIn are the resources that Kubernetes itself authorizes requests for, whatever version serves them, alpha ones included. Where
// two groups have the same name for something the one that kubectl prefers comes first. A test compares the table with what a real
// API server serves; at the end is what no discovery shows.
var builtIn = []resource{
	{"bindings", "binding", "", "", inNamespace, ""},
	{"componentstatuses", "componentstatus", "cs", "", inCluster, ""},
	{"configmaps", "configmap", "cm", "", inNamespace, ""},
	{"endpoints", "endpoints", "ep", "", inNamespace, ""},
	{"events", "event", "ev", "", inNamespace, ""},
	{"limitranges", "limitrange", "limits", "", inNamespace, ""},
	{"namespaces", "namespace", "ns", "", inCluster, "finalize status"},
	{"nodes", "node", "no", "", inCluster, "proxy status checkpoint configz healthz log metrics pods spec stats"},
	{"persistentvolumeclaims", "persistentvolumeclaim", "pvc", "", inNamespace, "status"},
	{"persistentvolumes", "persistentvolume", "pv", "", inCluster, "status"},
	{"pods", "pod", "po", "", inNamespace, "attach binding ephemeralcontainers eviction exec log portforward proxy resize status"},
	{"podtemplates", "podtemplate", "", "", inNamespace, ""},
	{"replicationcontrollers", "replicationcontroller", "rc", "", inNamespace, "scale status"},
	{"resourcequotas", "resourcequota", "quota", "", inNamespace, "status"},
	{"secrets", "secret", "", "", inNamespace, ""},
	{"serviceaccounts", "serviceaccount", "sa", "", inNamespace, "token"},
	{"services", "service", "svc", "", inNamespace, "proxy status"},
	{"controllerrevisions", "controllerrevision", "", "apps", inNamespace, ""},
	{"daemonsets", "daemonset", "ds", "apps", inNamespace, "status"},
	{"deployments", "deployment", "deploy", "apps", inNamespace, "scale status"},
	{"replicasets", "replicaset", "rs", "apps", inNamespace, "scale status"},
	{"statefulsets", "statefulset", "sts", "apps", inNamespace, "scale status"},
	{"events", "event", "ev", "events.k8s.io", inNamespace, ""},
	{"selfsubjectreviews", "selfsubjectreview", "", "authentication.k8s.io", inCluster, ""},
	{"tokenreviews", "tokenreview", "", "authentication.k8s.io", inCluster, ""},
	{"localsubjectaccessreviews", "localsubjectaccessreview", "", "authorization.k8s.io", inNamespace, ""},
	{"selfsubjectaccessreviews", "selfsubjectaccessreview", "", "authorization.k8s.io", inCluster, ""},
	{"selfsubjectrulesreviews", "selfsubjectrulesreview", "", "authorization.k8s.io", inCluster, ""},
	{"subjectaccessreviews", "subjectaccessreview", "", "authorization.k8s.io", inCluster, ""},
	{"horizontalpodautoscalers", "horizontalpodautoscaler", "hpa", "autoscaling", inNamespace, "status"},
	{"cronjobs", "cronjob", "cj", "batch", inNamespace, "status"},
	{"jobs", "job", "", "batch", inNamespace, "status"},
	{"certificatesigningrequests", "certificatesigningrequest", "csr", "certificates.k8s.io", inCluster, "approval status"},
	{"clustertrustbundles", "clustertrustbundle", "", "certificates.k8s.io", inCluster, ""},
	{"podcertificaterequests", "podcertificaterequest", "", "certificates.k8s.io", inNamespace, "status"},
	{"ingressclasses", "ingressclass", "", "networking.k8s.io", inCluster, ""},
	{"ingresses", "ingress", "ing", "networking.k8s.io", inNamespace, "status"},
	{"ipaddresses", "ipaddress", "ip", "networking.k8s.io", inCluster, ""},
	{"networkpolicies", "networkpolicy", "netpol", "networking.k8s.io", inNamespace, ""},
	{"servicecidrs", "servicecidr", "", "networking.k8s.io", inCluster, "status"},
	{"poddisruptionbudgets", "poddisruptionbudget", "pdb", "policy", inNamespace, "status"},
	{"clusterrolebindings", "clusterrolebinding", "", "rbac.authorization.k8s.io", inCluster, ""},
	{"clusterroles", "clusterrole", "", "rbac.authorization.k8s.io", inCluster, ""},
	{"rolebindings", "rolebinding", "", "rbac.authorization.k8s.io", inNamespace, ""},
	{"roles", "role", "", "rbac.authorization.k8s.io", inNamespace, ""},
	{"csidrivers", "csidriver", "", "storage.k8s.io", inCluster, ""},
	{"csinodes", "csinode", "", "storage.k8s.io", inCluster, "status"},
	{"csistoragecapacities", "csistoragecapacity", "", "storage.k8s.io", inNamespace, ""},
	{"storageclasses", "storageclass", "sc", "storage.k8s.io", inCluster, ""},
	{"volumeattachments", "volumeattachment", "", "storage.k8s.io", inCluster, "status"},
	{"volumeattributesclasses", "volumeattributesclass", "vac", "storage.k8s.io", inCluster, ""},
	{"mutatingadmissionpolicies", "mutatingadmissionpolicy", "", "admissionregistration.k8s.io", inCluster, ""},
	{"mutatingadmissionpolicybindings", "mutatingadmissionpolicybinding", "", "admissionregistration.k8s.io", inCluster, ""},
	{"mutatingwebhookconfigurations", "mutatingwebhookconfiguration", "", "admissionregistration.k8s.io", inCluster, ""},
	{"validatingadmissionpolicies", "validatingadmissionpolicy", "", "admissionregistration.k8s.io", inCluster, "status"},
	{"validatingadmissionpolicybindings", "validatingadmissionpolicybinding", "", "admissionregistration.k8s.io", inCluster, ""},
	{"validatingwebhookconfigurations", "validatingwebhookconfiguration", "", "admissionregistration.k8s.io", inCluster, ""},
	{"customresourcedefinitions", "customresourcedefinition", "crd crds", "apiextensions.k8s.io", inCluster, "status"},
	{"apiservices", "apiservice", "", "apiregistration.k8s.io", inCluster, "status"},
	{"priorityclasses", "priorityclass", "pc", "scheduling.k8s.io", inCluster, ""},
	{"compositepodgroups", "compositepodgroup", "", "scheduling.k8s.io", inNamespace, "status"},
	{"podgroups", "podgroup", "", "scheduling.k8s.io", inNamespace, "status"},
	{"workloads", "workload", "", "scheduling.k8s.io", inNamespace, ""},
	{"leases", "lease", "", "coordination.k8s.io", inNamespace, ""},
	{"leasecandidates", "leasecandidate", "", "coordination.k8s.io", inNamespace, ""},
	{"runtimeclasses", "runtimeclass", "", "node.k8s.io", inCluster, ""},
	{"endpointslices", "endpointslice", "", "discovery.k8s.io", inNamespace, ""},
	{"flowschemas", "flowschema", "", "flowcontrol.apiserver.k8s.io", inCluster, "status"},
	{"prioritylevelconfigurations", "prioritylevelconfiguration", "", "flowcontrol.apiserver.k8s.io", inCluster, "status"},
	{"deviceclasses", "deviceclass", "", "resource.k8s.io", inCluster, ""},
	{"devicetaintrules", "devicetaintrule", "", "resource.k8s.io", inCluster, "status"},
	{"resourceclaims", "resourceclaim", "", "resource.k8s.io", inNamespace, "status"},
	{"resourceclaimtemplates", "resourceclaimtemplate", "", "resource.k8s.io", inNamespace, ""},
	{"resourcepoolstatusrequests", "resourcepoolstatusrequest", "", "resource.k8s.io", inCluster, "status"},
	{"resourceslices", "resourceslice", "", "resource.k8s.io", inCluster, ""},
	{"evictionrequests", "evictionrequest", "", "lifecycle.k8s.io", inNamespace, "status"},
	{"evictions", "eviction", "", "lifecycle.k8s.io", inNamespace, "status"},
	{"storageversions", "storageversion", "", "internal.apiserver.k8s.io", inCluster, "status"},
	{"storageversionmigrations", "storageversionmigration", "", "storagemigration.k8s.io", inCluster, "status"},

	// Nothing serves these: the API server asks for them before it lets somebody act as another, or a signer's approval count.
	{"users", "user", "", "", inCluster, ""},
	{"groups", "group", "", "", inCluster, ""},
	{"uids", "uid", "", "authentication.k8s.io", inCluster, ""},
	{"userextras", "userextra", "", "authentication.k8s.io", inCluster, ""},
	{"signers", "signer", "", "certificates.k8s.io", inCluster, ""},
}

// finalizers is a subresource that nothing serves: the right to update it is asked for before an owner reference may block a deletion.
const finalizers = "finalizers"

// customSubresources are those that a custom resource can have.
var customSubresources = []string{"scale", "status"}

// resourceVerbs are the verbs that the API server asks for on resources; the common ones come first.
var resourceVerbs = []string{
	"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*",
	"approve", "attest", "bind", "escalate", "impersonate", "impersonate:arbitrary-node", "impersonate:associated-node",
	"impersonate:serviceaccount", "impersonate:user-info", "sign", "unsafe-delete-ignore-read-errors", "use",
}

// urlVerbs are the verbs of requests for other paths: the methods of HTTP.
var urlVerbs = []string{"get", "head", "post", "put", "patch", "delete", "options", "*"}

// likeKubectl says what commands that people take for verbs ask the API server for.
var likeKubectl = map[string]string{
	"annotate": "patch", "apply": "patch", "attach": "create pods/attach", "cordon": "patch nodes", "cp": "create pods/exec",
	"debug": "patch pods/ephemeralcontainers", "describe": "get", "drain": "create pods/eviction", "edit": "patch",
	"evict": "create pods/eviction", "exec": "create pods/exec", "fetch": "get", "label": "patch", "log": "get pods/log", "logs": "get pods/log",
	"port-forward": "create pods/portforward", "read": "get", "replace": "update", "restart": "patch", "run": "create pods",
	"scale": "patch deployments/scale", "taint": "patch nodes", "top": "get pods.metrics.k8s.io", "view": "get", "write": "update",
}
