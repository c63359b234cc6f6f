package informers

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
