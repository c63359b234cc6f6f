package rbac

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// providerBindings are the ClusterRoleBindings that providers make and that give full power or an
// access on the escalation list, by name: a closed list, so that a binding that only looks like
// one of them is custom.
//
// Sources: EKS: "Amazon EKS add-ons" in its user guide (eks:addon-cluster-admin). AKS: "Access and
// identity options" in its documentation (aks-service), and the bindings of a cluster of 1.24.
// GKE: the bindings of a cluster of 1.24. OpenShift: the list of exceptions in its test of
// ClusterRoleBindings that escalate, in openshift/origin. K3s, RKE2: the controllers of
// k3s-io/helm-controller, which name a binding helm-NAMESPACE-CHART and its ServiceAccount
// helm-CHART, the charts that either packages, and pkg/rke2 in rancher/rke2.
var providerBindings = map[string]providerBinding{
	"eks:addon-cluster-admin": {eks, clusterAdminRole, []model.Subject{user("eks:addon-manager")}},
	"eks:addon-manager":       {eks, "eks:addon-manager", []model.Subject{user("eks:addon-manager")}},

	"aks-cluster-admin-binding": {aks, clusterAdminRole, []model.Subject{user("clusterAdmin"), user("clusterUser")}},
	"aks-service-rolebinding":   {aks, "aks-service", []model.Subject{user("aks-support")}},
	"csi-azurefile-node-secret-binding": {aks, "csi-azurefile-node-secret-role",
		[]model.Subject{controller("csi-azurefile-node-sa")}},
	"system:azure-cloud-provider-secret-getter": {aks, "system:azure-cloud-provider-secret-getter",
		[]model.Subject{controller("azure-cloud-provider")}},
	"system:persistent-volume-binding": {aks, "system:persistent-volume-secret-operator",
		[]model.Subject{controller("persistent-volume-binder")}},

	"storage-version-migration-migrator-v2": {gke, clusterAdminRole, []model.Subject{user("system:storageversionmigrator")}},
	"system:glbc-status": {gke, "system:glbc-status",
		[]model.Subject{user("system:controller:glbc"), user("system:l7-lb-controller")}},

	"kube-apiserver-kubelet-admin": {k3s | rke2, "system:kubelet-api-admin", []model.Subject{user("kube-apiserver")}},

	"helm-kube-system-traefik":                          ofChart(k3s, "traefik"),
	"helm-kube-system-traefik-crd":                      ofChart(k3s, "traefik-crd"),
	"helm-kube-system-rke2-calico":                      ofChart(rke2, "rke2-calico"),
	"helm-kube-system-rke2-calico-crd":                  ofChart(rke2, "rke2-calico-crd"),
	"helm-kube-system-rke2-canal":                       ofChart(rke2, "rke2-canal"),
	"helm-kube-system-rke2-cilium":                      ofChart(rke2, "rke2-cilium"),
	"helm-kube-system-rke2-coredns":                     ofChart(rke2, "rke2-coredns"),
	"helm-kube-system-rke2-flannel":                     ofChart(rke2, "rke2-flannel"),
	"helm-kube-system-rke2-ingress-nginx":               ofChart(rke2, "rke2-ingress-nginx"),
	"helm-kube-system-rke2-metrics-server":              ofChart(rke2, "rke2-metrics-server"),
	"helm-kube-system-rke2-multus":                      ofChart(rke2, "rke2-multus"),
	"helm-kube-system-rke2-runtimeclasses":              ofChart(rke2, "rke2-runtimeclasses"),
	"helm-kube-system-rke2-snapshot-controller":         ofChart(rke2, "rke2-snapshot-controller"),
	"helm-kube-system-rke2-snapshot-controller-crd":     ofChart(rke2, "rke2-snapshot-controller-crd"),
	"helm-kube-system-rke2-snapshot-validation-webhook": ofChart(rke2, "rke2-snapshot-validation-webhook"),
	"helm-kube-system-rke2-traefik":                     ofChart(rke2, "rke2-traefik"),
	"helm-kube-system-rke2-traefik-crd":                 ofChart(rke2, "rke2-traefik-crd"),

	"cluster-network-operator":      ofOpenShift("network-operator", "cluster-network-operator"),
	"cluster-storage-operator-role": ofOpenShift("cluster-storage-operator", "cluster-storage-operator"),
	"cluster-version-operator-1":    ofOpenShift("cluster-version", "cluster-version-operator"),
	"custom-account-openshift-machine-config-operator": ofOpenShift(
		"machine-config-operator", "machine-config-operator"),
	"operator-controller-cluster-admin-rolebinding": ofOpenShift(
		"operator-controller", "operator-controller-controller-manager"),
	"storage-version-migration-migrator": ofOpenShift(
		"kube-storage-version-migrator", "kube-storage-version-migrator-sa"),
	"system:openshift:oauth-apiserver":          ofOpenShift("oauth-apiserver", "oauth-apiserver-sa"),
	"system:openshift:openshift-apiserver":      ofOpenShift("apiserver", "openshift-apiserver-sa"),
	"system:openshift:openshift-authentication": ofOpenShift("authentication", "oauth-openshift"),
	"system:openshift:operator:authentication": ofOpenShift(
		"authentication-operator", "authentication-operator"),
	"system:openshift:operator:cluster-kube-scheduler-operator": ofOpenShift(
		"kube-scheduler-operator", "openshift-kube-scheduler-operator"),
	"system:openshift:operator:etcd-operator": ofOpenShift("etcd-operator", "etcd-operator"),
	"system:openshift:operator:kube-apiserver-operator": ofOpenShift(
		"kube-apiserver-operator", "kube-apiserver-operator"),
	"system:openshift:operator:kube-apiserver-recovery": ofOpenShift(
		"kube-apiserver", "localhost-recovery-client"),
	"system:openshift:operator:kube-controller-manager-operator": ofOpenShift(
		"kube-controller-manager-operator", "kube-controller-manager-operator"),
	"system:openshift:operator:kube-controller-manager-recovery": ofOpenShift(
		"kube-controller-manager", "localhost-recovery-client"),
	"system:openshift:operator:kube-scheduler-recovery": ofOpenShift(
		"kube-scheduler", "localhost-recovery-client"),
	"system:openshift:operator:kube-storage-version-migrator-operator": ofOpenShift(
		"kube-storage-version-migrator-operator", "kube-storage-version-migrator-operator"),
	"system:openshift:operator:openshift-apiserver-operator": ofOpenShift(
		"apiserver-operator", "openshift-apiserver-operator"),
	"system:openshift:operator:openshift-config-operator": ofOpenShift(
		"config-operator", "openshift-config-operator"),
	"system:openshift:operator:openshift-controller-manager-operator": ofOpenShift(
		"controller-manager-operator", "openshift-controller-manager-operator"),
	"system:openshift:operator:openshift-etcd-installer": ofOpenShift("etcd", "installer-sa"),
	"system:openshift:operator:openshift-kube-apiserver-installer": ofOpenShift(
		"kube-apiserver", "installer-sa"),
	"system:openshift:operator:openshift-kube-controller-manager-installer": ofOpenShift(
		"kube-controller-manager", "installer-sa"),
	"system:openshift:operator:openshift-kube-scheduler-installer": ofOpenShift(
		"kube-scheduler", "installer-sa"),
	"system:openshift:operator:service-ca-operator": ofOpenShift(
		"service-ca-operator", "service-ca-operator"),
	"cloud-credential-operator-rolebinding": openShiftRole(
		"cloud-credential-operator-role", "cloud-credential-operator", "cloud-credential-operator"),
	"cluster-autoscaler-operator": openShiftRole(
		"cluster-autoscaler-operator", "machine-api", "cluster-autoscaler-operator"),
	"cluster-baremetal-operator": openShiftRole(
		"cluster-baremetal-operator", "machine-api", "cluster-baremetal-operator"),
	"cluster-monitoring-operator": openShiftRole(
		"cluster-monitoring-operator", "monitoring", "cluster-monitoring-operator"),
	"cluster-olm-operator-role": openShiftRole(
		"cluster-olm-operator", "cluster-olm-operator", "cluster-olm-operator"),
	"machine-api-operator": openShiftRole("machine-api-operator", "machine-api", "machine-api-operator"),
	"olm-operator-binding-openshift-operator-lifecycle-manager": openShiftRole(
		"system:controller:operator-lifecycle-manager", "operator-lifecycle-manager", "olm-operator-serviceaccount"),
	"openshift-dns-operator": openShiftRole("openshift-dns-operator", "dns-operator", "dns-operator"),
	"openshift-ingress-operator": openShiftRole(
		"openshift-ingress-operator", "ingress-operator", "ingress-operator"),
	"openshift-ingress-operator-sail-library": openShiftRole(
		"openshift-ingress-operator-sail-library", "ingress-operator", "ingress-operator"),
	"system:openshift:controller:service-ca": openShiftRole(
		"system:openshift:controller:service-ca", "service-ca", "service-ca"),
	"system:openshift:controller:template-instance-controller:admin": openShiftRole(
		"admin", "infra", "template-instance-controller"),
	"system:openshift:controller:template-instance-finalizer-controller:admin": openShiftRole(
		"admin", "infra", "template-instance-finalizer-controller"),
	"vmware-vsphere-csi-driver-operator-clusterrolebinding": openShiftRole(
		"vmware-vsphere-csi-driver-operator-clusterrole", "cluster-csi-drivers", "vmware-vsphere-csi-driver-operator"),
}

// ofChart is the binding of the job that installs a packaged chart.
func ofChart(of provider, chart string) providerBinding {
	return providerBinding{of, clusterAdminRole, []model.Subject{controller("helm-" + chart)}}
}

// ofOpenShift is a binding to cluster-admin of a component of OpenShift; namespace is the part
// after openshift-.
func ofOpenShift(namespace, name string) providerBinding {
	return openShiftRole(clusterAdminRole, namespace, name)
}

// openShiftRole is a binding of a component of OpenShift to a ClusterRole.
func openShiftRole(role, namespace, name string) providerBinding {
	return providerBinding{openShift, role, []model.Subject{serviceAccount("openshift-"+namespace, name)}}
}
