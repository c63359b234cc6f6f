package review

import (
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// Input is all that a report is made of. The same input gives the same report.
type Input struct {
	Snapshot *posture.Snapshot
	// Cluster says in a few words what was read.
	Cluster string
	// Date is the day of the report in UTC. It counts to its end, so that a review of that day is one.
	Date time.Time
	Rule rbac.ReviewRule
	// OwnerLabel is the label of a binding or namespace that names the owning team; empty for none.
	OwnerLabel string
	// Notes are sentences about the reading that somebody who signs the report must know.
	Notes []string
}

// Report is the review of one cluster. Its JSON form is stable: names stay, and lists are never null.
type Report struct {
	Cluster string `json:"cluster"`
	// KubernetesVersion is empty when nobody knows.
	KubernetesVersion string `json:"kubernetesVersion"`
	// Date is YYYY-MM-DD; HoldsUntil is when a review of that day is due again.
	Date       string `json:"date"`
	HoldsUntil string `json:"holdsUntil"`
	// Annotation is where reviews are recorded, and Period how long one holds.
	Annotation string   `json:"annotation"`
	Period     string   `json:"period"`
	Summary    Summary  `json:"summary"`
	Notes      []string `json:"notes"`
	// Privileged are the bindings to decide, the most powerful first; those of which nobody can tell are among them.
	Privileged []Binding `json:"privileged"`
	// Stale are the bindings that are left over and give nothing privileged.
	Stale []Binding `json:"stale"`
	// BuiltIn are the privileged bindings that the API server makes itself.
	BuiltIn []Binding `json:"builtIn"`
	// Provider are the privileged bindings that the provider or the distribution of the cluster
	// makes itself.
	Provider []Binding `json:"provider"`
}

// Summary counts bindings.
type Summary struct {
	Privileged int `json:"privileged"`
	// Overdue and the rest up to PrivilegedStale are of the privileged ones.
	Overdue         int `json:"overdue"`
	NeverReviewed   int `json:"neverReviewed"`
	PrivilegedStale int `json:"privilegedStale"`
	Stale           int `json:"stale"`
	BuiltIn         int `json:"builtIn"`
	Provider        int `json:"provider"`
}

// Binding is one RoleBinding or ClusterRoleBinding.
type Binding struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Role      Role   `json:"role"`
	// Widened says that the API server makes the binding, and that its role was given more power
	// than by default.
	Widened  bool      `json:"widened"`
	Subjects []Subject `json:"subjects"`
	Power    Power     `json:"power"`
	// Can are the names of the escalation list, or "everything", in the cluster or, by a RoleBinding, in its namespace.
	Can []string `json:"can"`
	// Owners are teams; empty when nobody knows.
	Owners []string `json:"owners"`
	// Created and AgeDays are nil when nobody knows; AgeDays is negative for a binding made after the date of the report.
	Created *time.Time `json:"created"`
	AgeDays *int       `json:"ageDays"`
	// LastReview is nil when there was none that counts; ReviewProblem says why what is written down, ReviewText, does not.
	LastReview    *time.Time `json:"lastReview"`
	ReviewText    string     `json:"reviewText"`
	ReviewProblem string     `json:"reviewProblem"`
	// Due is when the next review is due, nil when nobody can tell.
	Due     *time.Time `json:"due"`
	Overdue bool       `json:"overdue"`
	Stale   []Reason   `json:"stale"`
	// Unused says that every subject is a ServiceAccount as which no pod runs; nil when nobody can tell.
	Unused   *bool    `json:"unused"`
	Commands Commands `json:"commands"`
	// unreadable says which of the binding and its role could not be read.
	unreadable string
}

// Role is what a binding refers to, whether it exists or not.
type Role struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Subject is one identity that a binding names.
type Subject struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Team owns the ServiceAccount's namespace.
	Team string `json:"team"`
	// Means says who is behind a subject that stands for many; empty for others.
	Means string `json:"means"`
	// Added says that somebody gave a binding of the API server to the subject, which does not have it by default.
	Added bool `json:"added"`
	// Gone says that the ServiceAccount, or its namespace, does not exist.
	Gone bool `json:"gone"`
}

// Power is what sort of privilege a binding gives.
type Power string

// The powers.
const (
	// Everything is every verb on every resource, in the cluster or in one namespace.
	Everything Power = "everything"
	// Escalation is something from the escalation list, cluster-wide.
	Escalation Power = "escalation"
	// Unknown is that of a binding that could not be read, or whose role could not.
	Unknown Power = "unknown"
	// None is nothing privileged.
	None Power = "none"
)

// Reason says why a binding is left over.
type Reason struct {
	// Reason is a value of the label of kube_posture_rbac_bindings_stale.
	Reason string `json:"reason"`
	// Detail is a sentence without its stop.
	Detail string `json:"detail"`
}

// Commands are for a shell, one for each decision; empty where there is no such decision.
type Commands struct {
	// Keep records the review.
	Keep   string `json:"keep"`
	Delete string `json:"delete"`
	// Edit opens the binding in an editor, where only some of its subjects are to go.
	Edit string `json:"edit"`
}
