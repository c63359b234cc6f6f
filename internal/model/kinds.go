package model

// Kind is a kind of Kubernetes object that the exporter watches, by its place in a fixed table.
type Kind uint8

// The kinds, in the order in which they are shown.
const (
	Pods Kind = iota
	Namespaces
	Nodes
	ServiceAccounts
	LimitRanges
	ResourceQuotas
	NetworkPolicies
	Roles
	ClusterRoles
	RoleBindings
	ClusterRoleBindings
	ReplicaSets
	Jobs
	DaemonSets
	ClusterNetworkPolicies
	AdminNetworkPolicies
	BaselineAdminNetworkPolicies
	CiliumNetworkPolicies
	CiliumClusterwideNetworkPolicies
	CalicoNetworkPolicies
	CalicoGlobalNetworkPolicies
	CalicoTiers
	CalicoNetworkSets
	CalicoGlobalNetworkSets
	// What Calico stores them as.
	StoredCalicoNetworkPolicies
	StoredCalicoGlobalNetworkPolicies
	StoredCalicoTiers
	StoredCalicoNetworkSets
	StoredCalicoGlobalNetworkSets
	KindCount
)

// kindNames are the lower-case plural names of the API, with the group where it is no part of Kubernetes; they are the values of the
// `resource` label.
var kindNames = [KindCount]string{
	"pods", "namespaces", "nodes", "serviceaccounts", "limitranges", "resourcequotas", "networkpolicies",
	"roles", "clusterroles", "rolebindings", "clusterrolebindings", "replicasets", "jobs", "daemonsets",
	"clusternetworkpolicies.policy.networking.k8s.io", "adminnetworkpolicies.policy.networking.k8s.io",
	"baselineadminnetworkpolicies.policy.networking.k8s.io", "ciliumnetworkpolicies.cilium.io", "ciliumclusterwidenetworkpolicies.cilium.io",
	"networkpolicies.projectcalico.org", "globalnetworkpolicies.projectcalico.org", "tiers.projectcalico.org",
	"networksets.projectcalico.org", "globalnetworksets.projectcalico.org",
	"networkpolicies.crd.projectcalico.org", "globalnetworkpolicies.crd.projectcalico.org", "tiers.crd.projectcalico.org",
	"networksets.crd.projectcalico.org", "globalnetworksets.crd.projectcalico.org",
}

// String returns the API's lower-case plural name of the kind, with the group where it is no part of Kubernetes.
func (k Kind) String() string {
	if k < KindCount {
		return kindNames[k]
	}
	return "unknown"
}
