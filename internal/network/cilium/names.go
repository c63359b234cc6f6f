package cilium

import (
	"slices"
	"strings"
)

// Where a label comes from, as it stands before the colon of a selector's key.
const (
	sourceAny      = "any"
	sourceK8s      = "k8s"
	sourceReserved = "reserved"
)

// The labels that Cilium gives to a pod besides its own. A pod's own label under one of these names is dropped, so it is never asked for.
const (
	ownPrefix      = "io.cilium.k8s"
	namespaceLabel = "io.kubernetes.pod.namespace"
	spacePrefix    = ownPrefix + ".namespace.labels."
	accountLabel   = ownPrefix + ".policy.serviceaccount"
	clusterLabel   = ownPrefix + ".policy.cluster"
	metadataName   = "kubernetes.io/metadata.name"
	initLabel      = "init"
	betaLabels     = "beta.kubernetes.io"
)

// worlds are the identities of what is outside of the cluster: one where Cilium knows one family of addresses, the other two where it
// knows both.
var worlds = [...]string{"world", "world-ipv4", "world-ipv6"}

// ignored are the beginnings of labels that Cilium does not tell pods apart by unless it is configured to, which the API does not tell.
var ignored = [...]string{
	"annotation",
	"apps.kubernetes.io/pod-index",
	"batch.kubernetes.io/controller-uid",
	"batch.kubernetes.io/job-completion-index",
	"controller-revision-hash",
	"controller-uid",
	"etcd_node",
	"io.kubernetes",
	"k8s.io",
	"kubernetes.io",
	"pod-template-generation",
	"pod-template-hash",
	"statefulset.kubernetes.io/pod-name",
	"topology.kubernetes.io",
}

// field is the fact about a pod that a label stands for.
type field uint8

const (
	// podLabel is one of the pod's own labels.
	podLabel field = iota
	// spaceLabel is a label of its namespace, spaceName the name of that.
	spaceLabel
	spaceName
	// accountName is the name of its ServiceAccount.
	accountName
	// clusterName is what Cilium calls the cluster: every pod has one, and nobody here knows it.
	clusterName
	// nothing is a label that no pod has.
	nothing
	// untold is a label of which nobody here knows who has it.
	untold
)

// resolve says what a selector's key stands for, and what remains of the key.
func resolve(source, key string) (field, string) {
	switch source {
	case sourceReserved:
		return nothing, key
	case sourceAny, sourceK8s:
	default:
		return untold, key
	}
	switch key {
	case namespaceLabel:
		return spaceName, key
	case accountLabel:
		return accountName, key
	case clusterLabel:
		return clusterName, key
	}
	if rest, ok := strings.CutPrefix(key, spacePrefix); ok {
		switch {
		case rest == metadataName:
			// The API server keeps this label equal to the name.
			return spaceName, rest
		case strings.Contains(rest, betaLabels):
			return untold, rest
		}
		return spaceLabel, rest
	}
	begins := func(with string) bool { return strings.HasPrefix(key, with) }
	if begins(ownPrefix) || strings.Contains(key, betaLabels) || slices.ContainsFunc(ignored[:], begins) {
		return untold, key
	}
	return podLabel, key
}
