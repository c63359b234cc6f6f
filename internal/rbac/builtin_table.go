package rbac

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// defaultClusterRoleBindings are the API server's own, by name: a closed list. Each refers to the
// ClusterRole of its own name. Source: the bootstrap policy of the API server,
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy in k8s.io/kubernetes, of 1.27, 1.32 and 1.37,
// and the versions of its feature gates. Where only the interval between two of these is known,
// since is the first version of the interval. A test compares the list with a real API server.
var defaultClusterRoleBindings = map[string]defaultBinding{
	"cluster-admin":     {subjects: []model.Subject{group(mastersGroup)}},
	"system:basic-user": {subjects: []model.Subject{group(authenticatedGroup)}},
	"system:cluster-trust-bundle-discovery": {
		subjects: []model.Subject{group(serviceAccountsGroup)}, since: 27, byDefault: 37},
	"system:discovery":               {subjects: []model.Subject{group(authenticatedGroup)}},
	"system:kube-controller-manager": {subjects: []model.Subject{user("system:kube-controller-manager")}},
	"system:kube-dns":                {subjects: []model.Subject{controller("kube-dns")}},
	"system:kube-scheduler":          {subjects: []model.Subject{user("system:kube-scheduler")}},
	"system:monitoring":              {subjects: []model.Subject{group("system:monitoring")}},
	// Nodes are authorized one by one by the Node authorizer; the binding is left without
	// subjects.
	"system:node":         {},
	"system:node-proxier": {subjects: []model.Subject{user("system:kube-proxy")}},
	"system:public-info-viewer": {
		subjects: []model.Subject{group(authenticatedGroup), group(unauthenticatedGroup)}},
	"system:service-account-issuer-discovery": {subjects: []model.Subject{group(serviceAccountsGroup)}},
	"system:volume-scheduler":                 {subjects: []model.Subject{user("system:kube-scheduler")}},

	controllerPrefix + "attachdetach-controller":            ofController("attachdetach-controller"),
	controllerPrefix + "certificate-controller":             ofController("certificate-controller"),
	controllerPrefix + "clusterrole-aggregation-controller": ofController("clusterrole-aggregation-controller"),
	controllerPrefix + "cronjob-controller":                 ofController("cronjob-controller"),
	controllerPrefix + "daemon-set-controller":              ofController("daemon-set-controller"),
	controllerPrefix + "deployment-controller":              ofController("deployment-controller"),
	controllerPrefix + "device-taint-eviction-controller":   gated("device-taint-eviction-controller", 33, 36),
	controllerPrefix + "disruption-controller":              ofController("disruption-controller"),
	controllerPrefix + "endpoint-controller":                ofController("endpoint-controller"),
	controllerPrefix + "endpointslice-controller":           ofController("endpointslice-controller"),
	controllerPrefix + "endpointslicemirroring-controller":  ofController("endpointslicemirroring-controller"),
	controllerPrefix + "ephemeral-volume-controller":        ofController("ephemeral-volume-controller"),
	controllerPrefix + "expand-controller":                  ofController("expand-controller"),
	controllerPrefix + "generic-garbage-collector":          ofController("generic-garbage-collector"),
	controllerPrefix + "horizontal-pod-autoscaler":          ofController("horizontal-pod-autoscaler"),
	controllerPrefix + "job-controller":                     ofController("job-controller"),
	controllerPrefix + "kube-apiserver-serving-clustertrustbundle-publisher": gated(
		"kube-apiserver-serving-clustertrustbundle-publisher", 28, 37),
	controllerPrefix + "legacy-service-account-token-cleaner": gated("legacy-service-account-token-cleaner", 28, 29),
	controllerPrefix + "namespace-controller":                 ofController("namespace-controller"),
	controllerPrefix + "node-controller":                      ofController("node-controller"),
	controllerPrefix + "persistent-volume-binder":             ofController("persistent-volume-binder"),
	controllerPrefix + "pod-garbage-collector":                ofController("pod-garbage-collector"),
	controllerPrefix + "podcertificaterequestcleaner":         gated("podcertificaterequestcleaner", 34, 37),
	controllerPrefix + "podgroup-protection-controller": gated(
		"podgroup-protection-controller", 35, neverByDefault),
	controllerPrefix + "pv-protection-controller":  ofController("pv-protection-controller"),
	controllerPrefix + "pvc-protection-controller": ofController("pvc-protection-controller"),
	controllerPrefix + "replicaset-controller":     ofController("replicaset-controller"),
	controllerPrefix + "replication-controller":    ofController("replication-controller"),
	controllerPrefix + "resource-claim-controller": gated("resource-claim-controller", 26, 34),
	controllerPrefix + "resourcepoolstatusrequest-controller": gated(
		"resourcepoolstatusrequest-controller", 36, neverByDefault),
	controllerPrefix + "resourcequota-controller":   ofController("resourcequota-controller"),
	controllerPrefix + "root-ca-cert-publisher":     ofController("root-ca-cert-publisher"),
	controllerPrefix + "route-controller":           ofController("route-controller"),
	controllerPrefix + "selinux-warning-controller": gated("selinux-warning-controller", 32, 33),
	controllerPrefix + "service-account-controller": ofController("service-account-controller"),
	controllerPrefix + "service-cidrs-controller":   gated("service-cidrs-controller", 28, 33),
	controllerPrefix + "service-controller":         ofController("service-controller"),
	controllerPrefix + "statefulset-controller":     ofController("statefulset-controller"),
	controllerPrefix + "storage-version-garbage-collector": gated(
		"storage-version-garbage-collector", 20, neverByDefault),
	controllerPrefix + "storage-version-migrator-controller": gated("storage-version-migrator-controller", 30, 37),
	controllerPrefix + "ttl-after-finished-controller":       ofController("ttl-after-finished-controller"),
	controllerPrefix + "ttl-controller":                      ofController("ttl-controller"),
	controllerPrefix + "validatingadmissionpolicy-status-controller": gated(
		"validatingadmissionpolicy-status-controller", 28, 30),
	controllerPrefix + "volumeattributesclass-protection-controller": gated(
		"volumeattributesclass-protection-controller", 29, 34),
}

// ofController is the binding of a controller that every supported version has.
func ofController(name string) defaultBinding {
	return defaultBinding{subjects: []model.Subject{controller(name)}}
}

// gated is the binding of a controller that came with a feature gate.
func gated(name string, since, byDefault int) defaultBinding {
	return defaultBinding{subjects: []model.Subject{controller(name)}, since: since, byDefault: byDefault}
}

// defaultRoleBindings are the API server's own, by namespace and name: a closed list that no
// version since 1.27 changed.
var defaultRoleBindings = map[string]defaultBinding{
	"kube-public/system:controller:bootstrap-signer": {role: "system:controller:bootstrap-signer",
		subjects: []model.Subject{controller("bootstrap-signer")}},
	"kube-system/system:controller:bootstrap-signer": {role: "system:controller:bootstrap-signer",
		subjects: []model.Subject{controller("bootstrap-signer")}},
	"kube-system/system:controller:cloud-provider": {role: "system:controller:cloud-provider",
		subjects: []model.Subject{controller("cloud-provider")}},
	"kube-system/system:controller:token-cleaner": {role: "system:controller:token-cleaner",
		subjects: []model.Subject{controller("token-cleaner")}},
	"kube-system/system::extension-apiserver-authentication-reader": {role: "extension-apiserver-authentication-reader",
		subjects: []model.Subject{user("system:kube-controller-manager"), user("system:kube-scheduler")}},
	"kube-system/system::leader-locking-kube-controller-manager": {role: "system::leader-locking-kube-controller-manager",
		subjects: []model.Subject{user("system:kube-controller-manager"), controller("kube-controller-manager"),
			controller("leader-election-controller")}},
	"kube-system/system::leader-locking-kube-scheduler": {role: "system::leader-locking-kube-scheduler",
		subjects: []model.Subject{user("system:kube-scheduler"), controller("kube-scheduler")}},
}
