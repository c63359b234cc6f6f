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
	KindCount
)

// kindNames are the lower-case plural names of the API, which are the values of the `resource` label.
var kindNames = [KindCount]string{
	"pods", "namespaces", "nodes", "serviceaccounts", "limitranges", "resourcequotas", "networkpolicies",
	"roles", "clusterroles", "rolebindings", "clusterrolebindings", "replicasets", "jobs",
}

// String returns the API's lower-case plural name of the kind.
func (k Kind) String() string {
	if k < KindCount {
		return kindNames[k]
	}
	return "unknown"
}
