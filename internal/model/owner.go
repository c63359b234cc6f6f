package model

import (
	"crypto/sha256"
	"slices"
	"strings"
	"unique"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
)

// UID is the digest of an object's uid, which is any text in a file. The zero value is no uid.
type UID [16]byte

// NewUID returns the digest of a uid, and the zero value for an empty one.
func NewUID(text string) (uid UID) {
	if text != "" {
		sum := sha256.Sum256([]byte(text))
		copy(uid[:], sum[:])
	}
	return uid
}

// Differs reports whether the uids are known and are not the same.
func (u UID) Differs(other UID) bool { return u != UID{} && other != UID{} && u != other }

// Owner is a controller reference, and what the controller above it is called by convention.
//
// The fallback is what the name of a built-in controller says of the one above it: a ReplicaSet
// named after its pod-template-hash belongs to a Deployment, a Job named after a minute belongs to
// a CronJob. It counts only when the object in between cannot be looked up.
type Owner struct {
	// Kind is the kind as findings show it: see KindName.
	Kind, Name string
	// GroupVersion is the API version that the reference names.
	GroupVersion string
	// UID is the uid that the reference names.
	UID                        UID
	FallbackKind, FallbackName string
}

// OwnerRef is an interned Owner, so that the replicas of one workload share it. The zero value is
// no controller.
type OwnerRef = unique.Handle[Owner]

// NewOwner interns a controller reference. podTemplateHash is the pod's pod-template-hash label,
// empty when it has none. It returns the zero value, no controller, for what cannot be a controller
// of that name: a kind that its built-in group does not have, and a Node. A Node owns the mirror of
// a static pod, and is not what a person would edit to change the pod.
func NewOwner(ref *metav1.OwnerReference, podTemplateHash string) OwnerRef {
	kind, ok := KindName(ref.APIVersion, ref.Kind)
	if !ok || kind == "Node" || ref.Name == "" {
		return OwnerRef{}
	}
	o := Owner{Kind: kind, Name: ref.Name, GroupVersion: ref.APIVersion, UID: NewUID(string(ref.UID))}
	switch kind {
	case "ReplicaSet":
		base, ok := strings.CutSuffix(ref.Name, "-"+podTemplateHash)
		if ok && podTemplateHash != "" && base != "" {
			o.FallbackKind, o.FallbackName = "Deployment", base
		}
	case "Job":
		if base, ok := cutScheduledTime(ref.Name); ok {
			o.FallbackKind, o.FallbackName = "CronJob", base
		}
	}
	return unique.Make(o)
}

// builtInKinds are the kinds of the API groups that findings leave out of a kind's name, by group
// and version. Source: the types that k8s.io/api registers for these versions, which a test
// compares.
var builtInKinds = map[string][]string{
	"v1": {
		"Binding", "ComponentStatus", "ConfigMap", "Endpoints", "Event", "LimitRange", "Namespace", "Node",
		"PersistentVolume", "PersistentVolumeClaim", "Pod", "PodTemplate", "RangeAllocation",
		"ReplicationController", "ResourceQuota", "Secret", "Service", "ServiceAccount",
	},
	"apps/v1":  {"ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"},
	"batch/v1": {"CronJob", "Job"},
}

// KindName returns a kind as findings and exemptions spell it: a kind of v1, apps/v1 and batch/v1
// stands alone, every other is followed by its API group, as in Job.batch.volcano.sh. It returns
// false for a kind that cannot exist: another version of those three groups, a kind that they do
// not have, and what is not the name of a kind, a group or a version.
func KindName(apiVersion, kind string) (string, bool) {
	for _, known := range builtInKinds[apiVersion] {
		if known == kind {
			return kind, true
		}
	}
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil || gv.Group == "" || gv.Group == "apps" || gv.Group == "batch" {
		return "", false
	}
	// A dot in the kind could move the border between kind and group.
	if !validKind(kind) || len(validation.IsDNS1123Subdomain(gv.Group)) > 0 ||
		len(validation.IsDNS1035Label(gv.Version)) > 0 {
		return "", false
	}
	return kind + "." + gv.Group, true
}

// BuiltInKinds returns the kinds that stand alone in findings because their API group is built in,
// sorted.
func BuiltInKinds() (all []string) {
	for _, kinds := range builtInKinds {
		all = append(all, kinds...)
	}
	slices.Sort(all)
	return all
}

// validKind reports whether the text can be the name of a kind, by the rule for custom resources
// (spec.names.kind of a CustomResourceDefinition).
func validKind(kind string) bool {
	return len(validation.IsDNS1035Label(strings.ToLower(kind))) == 0
}

// BuiltInGroupVersion reports whether every API server serves the version: the groups whose kinds
// stand alone in findings.
func BuiltInGroupVersion(apiVersion string) bool { return builtInKinds[apiVersion] != nil }

// cutScheduledTime removes the suffix that the CronJob controller gives its Jobs: a dash and the
// scheduled time in minutes since 1970, eight digits from 1989 to 2160.
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
