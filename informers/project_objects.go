package informers

import (
	"cmp"
	"maps"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/calico"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// known projects the types that the table asks for; an object that is projected already stays what it is. It returns nil for others.
func (p *Projector) known(kind model.Kind, obj any) any {
	switch o := obj.(type) {
	case *model.Pod, *model.Namespace, *model.Node, *model.ServiceAccount, *model.LimitRange, *model.ResourceQuota,
		*model.Role, *model.Binding, *model.Controlled, *model.Existing, *network.Object, *calico.Object, *calico.Tier, *enforcer.Object:
		return o
	case *corev1.Pod:
		return p.Pod(o)
	case *corev1.Namespace:
		return projectNamespace(o)
	case *corev1.Node:
		return projectNode(o)
	case *corev1.ServiceAccount:
		return &model.ServiceAccount{Namespaced: namespaced(o), Verdicts: p.set.ServiceAccount(o.AutomountServiceAccountToken, p.onPanic)}
	case *corev1.LimitRange:
		return projectLimitRange(o)
	case *corev1.ResourceQuota:
		return &model.ResourceQuota{Namespaced: namespaced(o), HasHard: len(o.Spec.Hard) > 0}
	case *appsv1.DaemonSet:
		return projectDaemonSet(o)
	case *networkingv1.NetworkPolicy:
		return &network.Object{Namespaced: namespaced(o), Kind: kind, Policies: p.said.policies(&o.Spec)}
	case *unstructured.Unstructured:
		return projectUnstructured(kind, o)
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

func projectNamespace(o *corev1.Namespace) *model.Namespace {
	ns := &model.Namespace{
		Namespaced: namespaced(o), Self: model.Intern(o.Name), Terminating: o.Status.Phase == corev1.NamespaceTerminating,
	}
	for k, v := range o.Labels {
		if strings.HasPrefix(k, podSecurityPrefix) {
			if ns.PodSecurity == nil {
				ns.PodSecurity = make(map[string]string)
			}
			ns.PodSecurity[k] = v
		}
	}
	labels := o.Labels
	if labels[corev1.LabelMetadataName] != o.Name {
		// The API server sees to it; files need not have it.
		if labels = maps.Clone(labels); labels == nil {
			labels = make(map[string]string, 1)
		}
		labels[corev1.LabelMetadataName] = o.Name
	}
	ns.Labels = model.BoundedLabels(labels)
	return ns
}

// podSecurityPrefix begins every label that the Pod Security admission plugin reads.
const podSecurityPrefix = "pod-security.kubernetes.io/"

func projectNode(o *corev1.Node) *model.Node {
	n := &model.Node{Namespaced: namespaced(o), Version: strings.Clone(o.Status.NodeInfo.KubeletVersion)}
	full := enforcer.Node{Labels: o.Labels, Annotations: o.Annotations, KubeletVersion: o.Status.NodeInfo.KubeletVersion}
	reduced := full.Reduced()
	n.Labels, n.Annotations = reduced.Labels, reduced.Annotations
	n.OS = model.NewOS(cmp.Or(o.Status.NodeInfo.OperatingSystem, o.Labels[corev1.LabelOSStable]))
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
		Namespaced: namespaced(o), RoleKind: roleKind(role.Kind), RoleName: role.Name, Labels: model.NewLabelSet(o.GetLabels()),
		Created: o.GetCreationTimestamp().UTC(), Bootstrap: o.GetLabels()[bootstrapLabel] == bootstrapValue,
	}
	own := b.Namespace()
	for i := range subjects {
		s := &subjects[i]
		namespace := s.Namespace
		if namespace == own {
			namespace = own // one copy of it
		}
		if identity, ok := rbac.Identity(s.Kind, s.APIGroup, namespace, s.Name, own); ok {
			b.Subjects = append(b.Subjects, identity)
		}
	}
	short := make(map[string]string)
	for k, v := range o.GetAnnotations() {
		if len(v) < longAnnotation {
			short[k] = v
		}
	}
	b.Annotations = model.NewLabelSet(short)
	return b
}

// roleKind is the kind of a role, kept once where it is one that there is.
func roleKind(kind string) string {
	switch kind {
	case "Role":
		return "Role"
	case "ClusterRole":
		return "ClusterRole"
	}
	return kind
}
