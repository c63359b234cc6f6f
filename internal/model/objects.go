package model

import "time"

// Namespace is a projected namespace.
type Namespace struct {
	Namespaced
	// Self is the namespace's own name, as the objects in it know it.
	Self Sym
	// Labels are the object's own, with the one that the API server gives every namespace: its
	// name; or TooManyLabels.
	Labels LabelSet
	// PodSecurity are those of them that say which Pod Security Standard is enforced, warned of and audited; nil when there are none.
	PodSecurity map[string]string
	// Terminating namespaces are not judged.
	Terminating bool
}

// OS is the operating system of a node.
type OS uint8

// The operating systems; the zero value is unknown.
const (
	UnknownOS OS = iota
	Linux
	Windows
)

// NewOS returns the operating system of that name in the Kubernetes API, UnknownOS for any other.
func NewOS(name string) OS {
	switch name {
	case "linux":
		return Linux
	case "windows":
		return Windows
	}
	return UnknownOS
}

// Node is a projected node.
type Node struct {
	Namespaced
	// Allocatable is what pods may use together: CPU in millicores, memory in bytes.
	Allocatable [ResourceCount]int64
	// Version is the kubelet's.
	Version string
	// OS is the operating system that the kubelet reports.
	OS OS
	// Labels and Annotations are those that tell who enforces network policies, and no others.
	Labels, Annotations map[string]string
}

// ServiceAccount is a projected ServiceAccount.
type ServiceAccount struct {
	Namespaced
	Verdicts Verdicts
}

// LimitRange is a projected LimitRange.
type LimitRange struct {
	Namespaced
	// DefaultsLimit tells for each resource whether a container without a limit is given one.
	DefaultsLimit [ResourceCount]bool
}

// ResourceQuota is a projected ResourceQuota.
type ResourceQuota struct {
	Namespaced
	// HasHard says that the quota bounds something.
	HasHard bool
}

// Controlled is a projected ReplicaSet or Job: only the controller above it matters.
type Controlled struct {
	Meta
	Version
	// Owner is its own controller, the zero value when it has none.
	Owner OwnerRef
	UID   UID
}

// Direction is a direction of traffic seen from a pod.
type Direction uint8

// The directions, in the order of their label values.
const (
	Ingress Direction = iota
	Egress
	DirectionCount
)

// String returns the direction as it stands in a label.
func (d Direction) String() string { return [...]string{"ingress", "egress"}[d] }

// Existing is what is projected of kinds of which it only matters whether there are objects.
type Existing struct {
	Namespaced
}

// Rule is a projected RBAC rule; its fields mean what they mean in rbac.authorization.k8s.io/v1.
type Rule struct {
	Verbs, APIGroups, Resources, ResourceNames, NonResourceURLs []string
}

// Role is a projected Role, or a ClusterRole when it has no namespace.
type Role struct {
	Namespaced
	Rules    []Rule
	Verdicts Verdicts
	// Bootstrap says that the object carries the label of the API server's own defaults.
	Bootstrap bool
}

// SubjectKind is the kind of an RBAC subject.
type SubjectKind uint8

// The kinds of subjects, in the order of their label values.
const (
	User SubjectKind = iota
	Group
	ServiceAccountSubject
	SubjectKindCount
)

// String returns the kind as RBAC spells it.
func (k SubjectKind) String() string { return [...]string{"User", "Group", "ServiceAccount"}[k] }

// Subject is an identity: a User that is spelled as a ServiceAccount is that ServiceAccount, and a ServiceAccount always has its
// namespace. It is comparable.
type Subject struct {
	Kind SubjectKind
	// Namespace is set for ServiceAccounts only.
	Namespace string
	Name      string
}

// Origin is where a grant comes from. Its zero value is a grant that an administrator or a program
// of the cluster made.
type Origin uint8

// The origins.
const (
	// CustomOrigin is every grant that is not known to be of the others.
	CustomOrigin Origin = iota
	// BuiltInOrigin is a grant that Kubernetes or kubeadm makes.
	BuiltInOrigin
	// ProviderOrigin is a grant that the provider or the distribution of the cluster makes.
	ProviderOrigin
)

// And returns the origin of power that comes from two grants: custom when either is, else the
// provider's when either is.
func (o Origin) And(other Origin) Origin {
	if o == CustomOrigin || other == CustomOrigin {
		return CustomOrigin
	}
	return max(o, other)
}

// String returns the origin as it stands in a label.
func (o Origin) String() string { return [...]string{"custom", "builtin", "provider"}[o] }

// Binding is a projected RoleBinding, or a ClusterRoleBinding when it has no namespace.
type Binding struct {
	Namespaced
	// RoleKind is Role or ClusterRole.
	RoleKind, RoleName string
	// Subjects are the identities named, in the binding's order; one that names nothing valid is left out.
	Subjects []Subject
	// Labels and Annotations are the object's own; long annotation values are left out.
	Labels, Annotations LabelSet
	Created             time.Time
	// Bootstrap says that the object carries the label of the API server's own defaults.
	Bootstrap bool
}
