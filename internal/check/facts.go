package check

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Answer is the answer to a question about the cluster. Its zero value is that nobody knows.
type Answer uint8

// The answers.
const (
	Unknown Answer = iota
	No
	Yes
)

// Known turns a bool into an Answer.
func Known(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

// Isolation is what the network policies make of a pod in one direction. Its zero value is that nobody knows.
type Isolation uint8

// The verdicts.
const (
	IsolationUnknown Isolation = iota
	// NotIsolated pods are selected by no policy for the direction.
	NotIsolated
	// Isolated pods are selected by at least one.
	Isolated
	// IsolatedButOpen pods are selected, yet a selecting policy admits every peer.
	IsolatedButOpen
)

// PodFacts is what other objects make of a pod.
type PodFacts struct {
	Pod *model.Pod
	// Isolated tells for each direction whether any policy isolates the pod, Open whether one does and all traffic passes all the same.
	Isolated, Open [model.DirectionCount]Answer
	// Granted tells whether the pod's ServiceAccount may do anything that not every authenticated user may.
	Granted Answer
	// Powerful tells whether it may do anything on the escalation list, or everything in some
	// namespace.
	Powerful Answer
}

// ServiceAccountFacts is what other objects make of a ServiceAccount.
type ServiceAccountFacts struct {
	ServiceAccount *model.ServiceAccount
	// Granted tells whether it may do anything that not every authenticated user may.
	Granted Answer
}

// NamespaceFacts is what the objects in a namespace make of it.
type NamespaceFacts struct {
	Namespace *model.Namespace
	// DefaultDeny tells for each direction whether a policy denies all traffic of every pod that no other policy allows.
	DefaultDeny [model.DirectionCount]Answer
	// DefaultsLimit tells for each resource whether a LimitRange gives containers a limit.
	DefaultsLimit [model.ResourceCount]Answer
	HasQuota      Answer
	// Enforce is the enforced Pod Security level.
	Enforce PodSecurityLevel
}

// PolicyFacts is what the rest of the cluster makes of a network policy of any engine.
type PolicyFacts struct {
	// Selects tells whether the policy selects a pod that has not finished.
	Selects Answer
	// Enforced tells whether anybody enforces policies of its kind.
	Enforced Answer
}

// BindingFacts is what the objects that a binding refers to make of it.
type BindingFacts struct {
	Binding *model.Binding
	// MissingRole tells whether the role does not exist.
	MissingRole Answer
	// MissingServiceAccount tells whether a ServiceAccount it names does not exist although its namespace does.
	MissingServiceAccount Answer
	// MissingNamespace tells whether the namespace of a ServiceAccount it names does not exist.
	MissingNamespace Answer
	// Origin is where the binding comes from. A default of the API server whose role was widened is
	// custom.
	Origin model.Origin
	// EmptyByDesign says that it is a default of the API server that has no subject by default.
	EmptyByDesign bool
	// Unused tells whether every subject is a ServiceAccount that no pod runs as.
	Unused Answer
	// Privileged tells whether the binding gives everything, in the cluster or in its namespace, or
	// anything on the escalation list.
	Privileged Answer
	// ReviewOverdue tells whether the binding should have been reviewed by now.
	ReviewOverdue Answer
}

// SubjectFacts is what every binding together makes of an identity, cluster-wide.
type SubjectFacts struct {
	Subject model.Subject
	// Admin tells whether it may do everything.
	Admin Answer
	// Origin is where an admin's power comes from: custom when any custom binding gives
	// it.
	Origin model.Origin
	// Escalates tells whether a binding that is neither the API server's nor the provider's gives
	// it anything on the escalation list.
	Escalates Answer
}

// NamespaceSubjectFacts is what the bindings of one namespace make of an identity.
type NamespaceSubjectFacts struct {
	Subject   model.Subject
	Namespace string
	// Admin tells whether it may do everything in the namespace by bindings of the namespace.
	Admin Answer
}

// PodSecurityLevel is a level of the Pod Security Standards. Its zero value is privileged, which forbids nothing.
type PodSecurityLevel uint8

// The levels, each stricter than the one before.
const (
	Privileged PodSecurityLevel = iota
	Baseline
	Restricted
)

// String returns the level as it stands in labels.
func (l PodSecurityLevel) String() string {
	return [...]string{"privileged", "baseline", "restricted"}[l]
}
