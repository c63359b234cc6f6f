package informers

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Kind is one row of the table of kinds.
type Kind struct {
	model.Kind
	// Group, Version and Object name the kind as the API does.
	Group, Version, Object string
	// Required kinds must be decided, listed or refused, before anything is said about posture. The others only improve names.
	Required bool
	// Optional kinds are served only where their definition is installed. Where it is not, there are no objects of them, and that is known.
	Optional bool
	// MetadataOnly kinds are asked for without their specification.
	MetadataOnly bool
	// Example is an empty object of the kind.
	Example runtime.Object
}

// Table is every kind that the exporter lists and watches, and nothing else. Its permissions are generated from it.
func Table() []Kind {
	return append(builtIn(), optional()...)
}

func builtIn() []Kind {
	return []Kind{
		{Kind: model.Pods, Version: "v1", Object: "Pod", Required: true, Example: &corev1.Pod{}},
		{Kind: model.Namespaces, Version: "v1", Object: "Namespace", Required: true, Example: &corev1.Namespace{}},
		{Kind: model.Nodes, Version: "v1", Object: "Node", Required: true, Example: &corev1.Node{}},
		{Kind: model.ServiceAccounts, Version: "v1", Object: "ServiceAccount", Required: true, Example: &corev1.ServiceAccount{}},
		{Kind: model.LimitRanges, Version: "v1", Object: "LimitRange", Required: true, Example: &corev1.LimitRange{}},
		{Kind: model.ResourceQuotas, Version: "v1", Object: "ResourceQuota", Required: true, Example: &corev1.ResourceQuota{}},
		{
			Kind: model.NetworkPolicies, Group: networkingv1.GroupName, Version: "v1", Object: "NetworkPolicy", Required: true,
			Example: &networkingv1.NetworkPolicy{},
		},
		{Kind: model.Roles, Group: rbacv1.GroupName, Version: "v1", Object: "Role", Required: true, Example: &rbacv1.Role{}},
		{Kind: model.ClusterRoles, Group: rbacv1.GroupName, Version: "v1", Object: "ClusterRole", Required: true, Example: &rbacv1.ClusterRole{}},
		{Kind: model.RoleBindings, Group: rbacv1.GroupName, Version: "v1", Object: "RoleBinding", Required: true, Example: &rbacv1.RoleBinding{}},
		{
			Kind: model.ClusterRoleBindings, Group: rbacv1.GroupName, Version: "v1", Object: "ClusterRoleBinding", Required: true,
			Example: &rbacv1.ClusterRoleBinding{},
		},
		{Kind: model.ReplicaSets, Group: "apps", Version: "v1", Object: "ReplicaSet", MetadataOnly: true, Example: &metav1.PartialObjectMetadata{}},
		{Kind: model.Jobs, Group: "batch", Version: "v1", Object: "Job", MetadataOnly: true, Example: &metav1.PartialObjectMetadata{}},
		{Kind: model.DaemonSets, Group: "apps", Version: "v1", Object: "DaemonSet", Required: true, Example: &appsv1.DaemonSet{}},
	}
}

// optional are the policies of other engines, and what decides what they mean. A kind that is stored in one group and shown in another is
// in the table twice.
func optional() []Kind {
	policies := func(kind model.Kind, version, object string) Kind {
		_, group, _ := strings.Cut(kind.String(), ".")
		return Kind{
			Kind: kind, Group: group, Version: version, Object: object, Required: true, Optional: true, Example: &unstructured.Unstructured{},
		}
	}
	existing := func(kind model.Kind, version, object string) Kind {
		k := policies(kind, version, object)
		k.MetadataOnly, k.Example = true, &metav1.PartialObjectMetadata{}
		return k
	}
	return []Kind{
		policies(model.ClusterNetworkPolicies, "v1alpha2", "ClusterNetworkPolicy"),
		policies(model.AdminNetworkPolicies, "v1alpha1", "AdminNetworkPolicy"),
		policies(model.BaselineAdminNetworkPolicies, "v1alpha1", "BaselineAdminNetworkPolicy"),
		policies(model.CiliumNetworkPolicies, "v2", "CiliumNetworkPolicy"),
		policies(model.CiliumClusterwideNetworkPolicies, "v2", "CiliumClusterwideNetworkPolicy"),
		policies(model.CalicoNetworkPolicies, "v3", "NetworkPolicy"),
		policies(model.CalicoGlobalNetworkPolicies, "v3", "GlobalNetworkPolicy"),
		policies(model.CalicoTiers, "v3", "Tier"),
		existing(model.CalicoNetworkSets, "v3", "NetworkSet"),
		existing(model.CalicoGlobalNetworkSets, "v3", "GlobalNetworkSet"),
		policies(model.StoredCalicoNetworkPolicies, "v1", "NetworkPolicy"),
		policies(model.StoredCalicoGlobalNetworkPolicies, "v1", "GlobalNetworkPolicy"),
		policies(model.StoredCalicoTiers, "v1", "Tier"),
		existing(model.StoredCalicoNetworkSets, "v1", "NetworkSet"),
		existing(model.StoredCalicoGlobalNetworkSets, "v1", "GlobalNetworkSet"),
	}
}

// GroupVersionKind names the kind as manifests do.
func (k *Kind) GroupVersionKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: k.Group, Version: k.Version, Kind: k.Object}
}

// Plural names the kind as the API's paths do, without the group that tells it from others of the same name.
func (k *Kind) Plural() string {
	plural, _, _ := strings.Cut(k.String(), ".")
	return plural
}

// GroupVersionResource names the kind as the API's paths do.
func (k *Kind) GroupVersionResource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: k.Group, Version: k.Version, Resource: k.Plural()}
}
