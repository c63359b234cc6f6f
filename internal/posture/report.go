package posture

import (
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// Result is what became of one judged resource.
type Result uint8

// The results, in the order of their label values.
const (
	Pass Result = iota
	Fail
	Exempt
	Unknown
	ResultCount
)

// String returns the result as it stands in labels.
func (r Result) String() string { return [...]string{"pass", "fail", "exempt", "unknown"}[r] }

// Object is what a finding or a count is about: the top controller of pods, or the object itself.
type Object struct {
	// Namespace is an index into Report.Namespaces; 0 is no namespace.
	Namespace  int32
	Kind, Name string
}

// Finding says how many resources behind one object fail one check.
type Finding struct {
	Check, Object, Count int32
}

// CheckReport is what became of the resources that one check judged.
type CheckReport struct {
	// Judged is false when the check is switched off or a kind that it needs cannot be listed; then nothing is said.
	Judged  bool
	Results [ResultCount]int
}

// ExemptionReport is what became of one exemption.
type ExemptionReport struct {
	Name, Owner, Reason string
	Expires             time.Time
	// Matches is how many failing resources it covers, counted once per check; nothing is said of it, and Unknown is true, when one of
	// its checks cannot be judged, because a kind that the check needs cannot be listed.
	Matches int
	Unknown bool
}

// Admin is an identity that may do everything, by one of the bindings that make it so.
type Admin struct {
	Subject model.Subject
	// Origin is that of the binding's grant, whatever else makes the subject an admin.
	Origin        model.Origin
	Binding, Role string
}

// Access is how many subjects satisfy one who-can query.
type Access struct {
	Name     string
	Subjects int
}

// PrivilegedBinding is what is known of the age and the review of one privileged binding.
type PrivilegedBinding struct {
	Kind, Namespace, Name string
	Created               time.Time
	Review                rbac.Review
}

// NamespaceState is what is said about a namespace besides its checks.
type NamespaceState struct {
	Name   string
	Team   string
	System bool
	// Readable is false for a namespace that could not be decoded: its levels are not known.
	Readable bool
	// Levels are the Pod Security levels and versions in force for enforce, audit and warn.
	Levels [3]LevelVersion
	// Ready tells for baseline and restricted whether enforcing it would reject a pod that runs now; nothing is said where unknown.
	Ready [2]check.Answer
	// ReachableFrom is how many other namespaces hold a pod that may open a connection to a pod of this one, negative when nobody knows;
	// FromOutside says whether anything outside of the cluster may.
	ReachableFrom int
	FromOutside   check.Answer
}

func (n *NamespaceState) reach(i *isolation, name model.Sym) {
	n.ReachableFrom = -1
	if i == nil || i.reached == nil {
		return
	}
	if from, known := i.reached.From(name); known {
		n.ReachableFrom = from
	}
	n.FromOutside = i.reached.FromOutside(name)
}

// LevelVersion is a Pod Security level at a version of the standards.
type LevelVersion struct {
	Level   check.PodSecurityLevel
	Version string
}

// NodeState is what the pods on a node may take from it.
type NodeState struct {
	Name string
	// Overcommit is the sum of limits over what is allocatable; negative when the node does not say what is allocatable.
	Overcommit [model.ResourceCount]float64
	// Unbounded is how many pods may use all that the node has.
	Unbounded [model.ResourceCount]int
}

// Report is the posture of a cluster at one moment. A part that depends on a kind that cannot be listed is absent: its flag is false.
type Report struct {
	Settings *Settings
	// Blind is true when a check of resources in namespaces is switched on and not judged.
	Blind bool
	// Checks are in the order of the catalog.
	Checks []CheckReport
	// Namespaces are the names that the indexes in Object and Counts stand for; the first is empty and stands for no namespace.
	Namespaces []string
	// Counts is level 1: for each namespace and then each column, the failing resources, or NotJudged.
	Counts  []int32
	Columns []Column
	// Severities is for each namespace the resources that pass and that fail, by severity of the check: see Severity.
	Severities [][check.SeverityCount][2]int32
	Objects    []Object
	// Findings are those within the limit; Dropped counts the rest.
	Findings   []Finding
	Dropped    int
	Exemptions []ExemptionReport

	HaveNamespaces, HaveNodes, HaveAdmins, HavePrivileged bool
	States                                                []NamespaceState
	// Nodes, Admins and Privileged are those within MaxNames; Left counts the rest of each.
	Nodes  []NodeState
	Admins []Admin
	Left   Left
	// Access is by query; it is empty when the check rbac_subjects_with_access is not judged, or a role or binding cannot be read.
	Access []Access
	// Privileged are the privileged bindings, but those of the API server and the provider; empty
	// when a kind that tells is missing.
	Privileged        []PrivilegedBinding
	KubernetesVersion string
	// Enforcers are who enforces network policies: "none" where nobody does, "unknown" where nobody knows, and empty when a kind that tells
	// cannot be listed.
	Enforcers []string
	// Notes are sentences that a person should read once: policies that nobody can read, and by what the enforcers were told.
	Notes []string
}

func (r *Report) enforcement(v *enforcer.Verdict) {
	for _, e := range v.Enforcers {
		r.Enforcers = append(r.Enforcers, e.Name)
		r.Notes = append(r.Notes, "network policies are enforced by "+e.Name+": "+e.Evidence)
	}
	switch v.Enforced {
	case check.No:
		r.Enforcers = []string{enforcer.None}
	case check.Unknown:
		r.Enforcers = []string{"unknown"}
	}
	for _, note := range v.Notes {
		r.Notes = append(r.Notes, "who enforces network policies: "+note)
	}
}

// Severity returns how many resources of a namespace, by its index, pass and fail the checks of one severity; a resource counts once for each
// check. ok is false when nothing passes and nothing fails, and when a check that is switched on cannot be judged: half a sum says nothing.
func (r *Report) Severity(namespace int, severity check.Severity) (pass, fail int, ok bool) {
	if r.Blind {
		return 0, 0, false
	}
	counts := r.Severities[namespace][severity]
	return int(counts[Pass]), int(counts[Fail]), counts[Pass]+counts[Fail] > 0
}

// MaxNames is how long each list of names in a report may be that is not of findings: longer than
// Kubernetes' own limit on nodes, and than anybody reads.
const MaxNames = 20_000

// Left is how many things of each list are left out because there are more than MaxNames.
type Left struct{ Nodes, Admins, Privileged int }

// limitNames keeps each list of names within the limit: the bindings shared fairly between
// namespaces, and the subjects between the kinds and, of ServiceAccounts, namespaces.
func limitNames(r *Report) {
	limit := r.Settings.names
	r.Nodes, r.Left.Nodes = limitNamed(r.Nodes, limit, func(n *NodeState) (string, uint64) { return "", hashText(n.Name) })
	r.Admins, r.Left.Admins = limitNamed(r.Admins, limit, func(a *Admin) (string, uint64) {
		kind := a.Subject.Kind.String()
		return kind + "/" + a.Subject.Namespace, hashText(kind, a.Subject.Namespace, a.Subject.Name, a.Binding)
	})
	r.Privileged, r.Left.Privileged = limitNamed(r.Privileged, limit, func(b *PrivilegedBinding) (string, uint64) {
		return b.Namespace, hashText(b.Kind, b.Namespace, b.Name)
	})
}

// NotJudged stands in Report.Counts where no resource was judged.
const NotJudged = -1

// Column is one combination of label values of one check.
type Column struct {
	Entry *check.Entry
	Value int
}
