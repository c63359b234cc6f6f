package world

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func (w *World) policies(namespace string, visit func(runtime.Object)) {
	for i := range w.size.Policies {
		p := &networkingv1.NetworkPolicy{ObjectMeta: w.meta(namespace, fmt.Sprintf("policy-%d", i), nil)}
		switch {
		case i == 0 && w.one(2):
			p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		case w.one(10):
			p.Spec.PodSelector.MatchExpressions = []metav1.LabelSelectorRequirement{
				{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"web", "api"}},
			}
			p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
			p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{}}
		default:
			p.Spec.PodSelector.MatchLabels = map[string]string{"app.kubernetes.io/name": fmt.Sprintf("app-%d", i)}
			p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
			p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{
				{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "web"}}},
			}}}
		}
		visit(p)
	}
}

func (w *World) bindings(namespace string, visit func(runtime.Object)) {
	role := &rbacv1.Role{ObjectMeta: w.meta(namespace, "app", nil), Rules: []rbacv1.PolicyRule{
		{Verbs: []string{"get", "list", "watch"}, APIGroups: []string{""}, Resources: []string{"configmaps", "endpoints"}},
	}}
	visit(role)
	for i := range w.size.Bindings {
		ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "app"}
		if w.one(5) {
			ref = rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: []string{"admin", "edit", "view", "gone"}[w.rng.IntN(4)]}
		}
		subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: []string{"app", "ci", "removed"}[w.rng.IntN(3)]}}
		if w.one(3) {
			subjects = append(subjects, rbacv1.Subject{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: fmt.Sprintf("group-%d", w.rng.IntN(200))})
		}
		visit(&rbacv1.RoleBinding{ObjectMeta: w.meta(namespace, fmt.Sprintf("binding-%d", i), nil), RoleRef: ref, Subjects: subjects})
	}
}

// clusterRBAC makes the roles that every cluster has, with a few hands that reach too far.
func (w *World) clusterRBAC(visit func(runtime.Object)) {
	every := []rbacv1.PolicyRule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}
	read := []rbacv1.PolicyRule{{Verbs: []string{"get", "list", "watch"}, APIGroups: []string{""}, Resources: []string{"pods", "services", "secrets"}}}
	for _, name := range []string{"admin", "edit", "view"} {
		visit(&rbacv1.ClusterRole{ObjectMeta: w.meta("", name, nil), Rules: read})
	}
	visit(&rbacv1.ClusterRole{ObjectMeta: w.meta("", "cluster-admin", nil), Rules: every})
	for i := range 20 {
		visit(&rbacv1.ClusterRoleBinding{
			ObjectMeta: w.meta("", fmt.Sprintf("operator-%d", i), nil),
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: []string{"cluster-admin", "edit", "view"}[i%3]},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespaceName(i), Name: "ci"}},
		})
	}
}
