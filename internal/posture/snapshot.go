package posture

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Snapshot is every projected object at one moment. Its order carries no meaning.
type Snapshot struct {
	// Have tells which kinds could be listed completely. What depends on another kind is absent from the report.
	Have [model.KindCount]bool
	// Versions are the resourceVersions of the stores, read before the objects were; an empty one is never equal to another.
	Versions [model.KindCount]string
	// Objects is how many objects of each kind there are.
	Objects [model.KindCount]int

	Pods            []*model.Pod
	Namespaces      []*model.Namespace
	Nodes           []*model.Node
	ServiceAccounts []*model.ServiceAccount
	LimitRanges     []*model.LimitRange
	ResourceQuotas  []*model.ResourceQuota
	NetworkPolicies []*model.NetworkPolicy
	Roles           []*model.Role
	Bindings        []*model.Binding

	// Controlled looks up the ReplicaSet or Job of that name, nil when it is not known. A nil func knows none.
	Controlled func(kind model.Kind, namespace, name string) *model.Controlled
	// KubernetesVersion is the API server's, empty when nobody knows.
	KubernetesVersion string
}

func (s *Snapshot) has(kinds ...model.Kind) bool {
	for _, k := range kinds {
		if !s.Have[k] {
			return false
		}
	}
	return true
}
