package informers

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// known projects the types that the table asks for; an object that is projected already stays what it is. It returns nil for others.
func (p *Projector) known(obj any) any {
	switch o := obj.(type) {
	case *model.Pod, *model.Namespace, *model.Node, *model.ServiceAccount, *model.LimitRange, *model.ResourceQuota,
		*model.NetworkPolicy, *model.Role, *model.Binding, *model.Controlled:
		return o
	case *corev1.Pod:
		return p.Pod(o)
	case *corev1.Namespace:
		return &model.Namespace{
			Namespaced: namespaced(o), Self: model.Intern(o.Name), Labels: o.Labels, Terminating: o.Status.Phase == corev1.NamespaceTerminating,
		}
	case *corev1.Node:
		return projectNode(o)
	case *corev1.ServiceAccount:
		return &model.ServiceAccount{Namespaced: namespaced(o), Verdicts: p.set.ServiceAccount(o.AutomountServiceAccountToken, p.onPanic)}
	case *corev1.LimitRange:
		return projectLimitRange(o)
	case *corev1.ResourceQuota:
		return &model.ResourceQuota{Namespaced: namespaced(o), HasHard: len(o.Spec.Hard) > 0}
	case *networkingv1.NetworkPolicy:
		return projectNetworkPolicy(o)
	case *rbacv1.Role:
		return p.role(o, o.Rules)
	case *rbacv1.ClusterRole:
		return p.role(o, o.Rules)
	case *rbacv1.RoleBinding:
		return projectBinding(o, o.RoleRef, o.Subjects)
	case *rbacv1.ClusterRoleBinding:
		return projectBinding(o, o.RoleRef, o.Subjects)
	}
	return nil
}

func projectNode(o *corev1.Node) *model.Node {
	n := &model.Node{Namespaced: namespaced(o), Version: strings.Clone(o.Status.NodeInfo.KubeletVersion)}
	n.Allocatable = [model.ResourceCount]int64{o.Status.Allocatable.Cpu().MilliValue(), o.Status.Allocatable.Memory().Value()}
	return n
}

// projectLimitRange: an item of type Container gives a container without a limit its default, and the API server fills a missing
// default from max. Items of other types give nothing.
func projectLimitRange(o *corev1.LimitRange) *model.LimitRange {
	l := &model.LimitRange{Namespaced: namespaced(o)}
	for i := range o.Spec.Limits {
		item := &o.Spec.Limits[i]
		if item.Type != corev1.LimitTypeContainer {
			continue
		}
		for r, name := range resourceNames {
			limit, ok := item.Default[name]
			if !ok {
				limit, ok = item.Max[name]
			}
			l.DefaultsLimit[r] = l.DefaultsLimit[r] || ok && limit.Sign() > 0
		}
	}
	return l
}

var resourceNames = [model.ResourceCount]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}

func projectNetworkPolicy(o *networkingv1.NetworkPolicy) *model.NetworkPolicy {
	p := &model.NetworkPolicy{Namespaced: namespaced(o)}
	selector, err := metav1.LabelSelectorAsSelector(&o.Spec.PodSelector)
	if err == nil {
		p.Selector, err = model.NewSelector(selector)
	}
	if err != nil {
		p.Invalid = true
		return p
	}
	p.Rules = [model.DirectionCount]int{len(o.Spec.Ingress), len(o.Spec.Egress)}
	// The API server stores this default; files do not carry it.
	p.Applies = [model.DirectionCount]bool{len(o.Spec.PolicyTypes) == 0, len(o.Spec.PolicyTypes) == 0 && len(o.Spec.Egress) > 0}
	for _, t := range o.Spec.PolicyTypes {
		switch t {
		case networkingv1.PolicyTypeIngress:
			p.Applies[model.Ingress] = true
		case networkingv1.PolicyTypeEgress:
			p.Applies[model.Egress] = true
		}
	}
	for i := range o.Spec.Ingress {
		r := &o.Spec.Ingress[i]
		p.AllowsAll[model.Ingress] = p.AllowsAll[model.Ingress] || len(r.Ports) == 0 && everyPeer(r.From)
	}
	for i := range o.Spec.Egress {
		r := &o.Spec.Egress[i]
		p.AllowsAll[model.Egress] = p.AllowsAll[model.Egress] || len(r.Ports) == 0 && everyPeer(r.To)
	}
	return p
}

// everyPeer says whether a list of peers admits everyone: no list, every pod of every namespace, or every address.
func everyPeer(peers []networkingv1.NetworkPolicyPeer) bool {
	if len(peers) == 0 {
		return true
	}
	for i := range peers {
		p := &peers[i]
		if p.IPBlock != nil {
			if len(p.IPBlock.Except) == 0 && (p.IPBlock.CIDR == "0.0.0.0/0" || p.IPBlock.CIDR == "::/0") {
				return true
			}
			continue
		}
		if p.NamespaceSelector != nil && empty(p.NamespaceSelector) && (p.PodSelector == nil || empty(p.PodSelector)) {
			return true
		}
	}
	return false
}

func empty(s *metav1.LabelSelector) bool {
	return len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0
}

// The label that the API server puts on the roles and bindings that it makes itself.
const bootstrapLabel, bootstrapValue = "kubernetes.io/bootstrapping", "rbac-defaults"

func (p *Projector) role(o metav1.Object, rules []rbacv1.PolicyRule) *model.Role {
	r := &model.Role{Namespaced: namespaced(o), Rules: make([]model.Rule, len(rules)), Bootstrap: o.GetLabels()[bootstrapLabel] == bootstrapValue}
	for i := range rules {
		r.Rules[i] = model.Rule{
			Verbs: rules[i].Verbs, APIGroups: rules[i].APIGroups, Resources: rules[i].Resources,
			ResourceNames: rules[i].ResourceNames, NonResourceURLs: rules[i].NonResourceURLs,
		}
	}
	r.Verdicts = p.set.Role(r, p.onPanic)
	return r
}

// longAnnotation is from where on an annotation is not kept: a date, a name or a ticket is shorter, a copy of a manifest is longer.
const longAnnotation = 256

func projectBinding(o metav1.Object, role rbacv1.RoleRef, subjects []rbacv1.Subject) *model.Binding {
	b := &model.Binding{
		Namespaced: namespaced(o), RoleKind: role.Kind, RoleName: role.Name, Labels: o.GetLabels(),
		Created: o.GetCreationTimestamp().UTC(), Bootstrap: o.GetLabels()[bootstrapLabel] == bootstrapValue,
	}
	for i := range subjects {
		s := &subjects[i]
		if identity, ok := rbac.Identity(s.Kind, s.APIGroup, s.Namespace, s.Name, b.Namespace()); ok {
			b.Subjects = append(b.Subjects, identity)
		}
	}
	for k, v := range o.GetAnnotations() {
		if len(v) < longAnnotation {
			if b.Annotations == nil {
				b.Annotations = make(map[string]string)
			}
			b.Annotations[k] = v
		}
	}
	return b
}
