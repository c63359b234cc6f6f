package posture

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/calico"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
)

// NotServed is the version of a kind that the API server does not serve.
const NotServed = "not served"

// Snapshot is every projected object at one moment. Its order carries no meaning.
type Snapshot struct {
	// Have tells which kinds could be listed completely. What depends on another kind is absent from the report.
	Have [model.KindCount]bool
	// Versions are the resourceVersions that the objects are of, empty for objects that changed
	// meanwhile. Kinds that the API server does not serve have NotServed. Nothing is remembered by
	// them: they change without the objects.
	Versions [model.KindCount]string
	// Objects is how many objects of each kind there are.
	Objects [model.KindCount]int

	Pods            []*model.Pod
	Namespaces      []*model.Namespace
	Nodes           []*model.Node
	ServiceAccounts []*model.ServiceAccount
	LimitRanges     []*model.LimitRange
	ResourceQuotas  []*model.ResourceQuota
	Roles           []*model.Role
	Bindings        []*model.Binding
	// Policies are the network policies of every engine but Calico, whose kinds are apart.
	Policies       []*network.Object
	CalicoPolicies []*calico.Object
	CalicoTiers    []*calico.Tier
	DaemonSets     []*enforcer.Object
	// Groups are the API groups that are served; nil when nobody knows.
	Groups []string
	// GroupVersions are the API versions that are served, such as apps/v1; nil when that is not
	// known, as in files.
	GroupVersions []string

	// Controlled looks up the ReplicaSet or Job of that name, nil when there is none. A nil func
	// knows none.
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

// Add puts a projected object into the list of its type. Of others, such as ReplicaSets, it does nothing: they are looked up or counted.
func (s *Snapshot) Add(projected any) {
	switch o := projected.(type) {
	case *model.Pod:
		s.Pods = append(s.Pods, o)
	case *model.Namespace:
		s.Namespaces = append(s.Namespaces, o)
	case *model.Node:
		s.Nodes = append(s.Nodes, o)
	case *model.ServiceAccount:
		s.ServiceAccounts = append(s.ServiceAccounts, o)
	case *model.LimitRange:
		s.LimitRanges = append(s.LimitRanges, o)
	case *model.ResourceQuota:
		s.ResourceQuotas = append(s.ResourceQuotas, o)
	case *model.Role:
		s.Roles = append(s.Roles, o)
	case *model.Binding:
		s.Bindings = append(s.Bindings, o)
	case *network.Object:
		s.Policies = append(s.Policies, o)
	case *calico.Object:
		s.CalicoPolicies = append(s.CalicoPolicies, o)
	case *calico.Tier:
		s.CalicoTiers = append(s.CalicoTiers, o)
	case *enforcer.Object:
		s.DaemonSets = append(s.DaemonSets, o)
	}
}
