package model

import (
	"strings"
	"unique"
)

// Sym is an interned string: eight bytes wherever it stands, compared by pointer, freed when nothing refers to it.
// Names that repeat across thousands of objects (namespaces, nodes, ServiceAccounts, label sets) are kept as Syms.
type Sym = unique.Handle[string]

// Intern returns the Sym of s. The interned copy never pins a larger string that s is a part of.
func Intern(s string) Sym { return unique.Make(s) }

// Text returns the string behind a Sym; the zero Sym is the empty string.
func Text(s Sym) string {
	if s == (Sym{}) {
		return ""
	}
	return s.Value()
}

// Owner names the controller of a pod, and what the controller above it is called by convention.
//
// Kind and Name are the pod's own controller reference. The fallback is what the hash-suffix rule makes of it: a ReplicaSet named
// after its pod-template-hash belongs to a Deployment, a Job named after a minute belongs to a CronJob. It is used only when the
// object in between cannot be looked up.
type Owner struct {
	Kind, Name                 string
	FallbackKind, FallbackName string
}

// OwnerRef is an interned Owner, so that the replicas of one workload share it.
type OwnerRef = unique.Handle[Owner]

// NewOwner interns the controller of a pod. podTemplateHash is the pod's pod-template-hash label, empty when it has none.
func NewOwner(kind, name, podTemplateHash string) OwnerRef {
	o := Owner{Kind: kind, Name: name}
	switch kind {
	case "ReplicaSet":
		if base, ok := strings.CutSuffix(name, "-"+podTemplateHash); ok && podTemplateHash != "" && base != "" {
			o.FallbackKind, o.FallbackName = "Deployment", base
		}
	case "Job":
		if base, ok := cutScheduledTime(name); ok {
			o.FallbackKind, o.FallbackName = "CronJob", base
		}
	}
	return unique.Make(o)
}

// cutScheduledTime removes the suffix that the CronJob controller gives its Jobs: a dash and the scheduled time in minutes since
// 1970, eight digits from 1989 to 2160.
func cutScheduledTime(name string) (string, bool) {
	const digits = 8
	cut := len(name) - digits - 1
	if cut < 1 || name[cut] != '-' {
		return "", false
	}
	for _, c := range name[cut+1:] {
		if c < '0' || c > '9' {
			return "", false
		}
	}
	return name[:cut], true
}
