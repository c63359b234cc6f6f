package informers

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/calico"
	"github.com/kube-posture/kube-posture-exporter/internal/network/cilium"
	"github.com/kube-posture/kube-posture-exporter/internal/network/clusterpolicy"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
)

// projectUnstructured projects what only the packages for policy engines know, nil when none of them does.
func projectUnstructured(kind model.Kind, o *unstructured.Unstructured) any {
	switch o.GroupVersionKind().Group {
	case clusterpolicy.Group:
		return &network.Object{Namespaced: namespaced(o), Kind: kind, Policies: []network.Policy{clusterpolicy.Policy(o)}}
	case "cilium.io":
		return &network.Object{Namespaced: namespaced(o), Kind: kind, Policies: cilium.Policies(o)}
	case calico.GroupV1, calico.GroupV3:
		if tier, ok := calico.ProjectTier(o); ok {
			tier.Namespaced = namespaced(o)
			return &tier
		}
		policy := calico.Project(o)
		policy.Namespaced = namespaced(o)
		return &policy
	}
	return nil
}

// projectDaemonSet keeps of a DaemonSet what tells whether it enforces network policies. Manifests have no status, and then want to run.
func projectDaemonSet(o *appsv1.DaemonSet) *enforcer.Object {
	d := enforcer.DaemonSet{
		Namespace: o.Namespace, Name: o.Name, Idle: o.Status.ObservedGeneration > 0 && o.Status.DesiredNumberScheduled == 0,
		HostNetwork: o.Spec.Template.Spec.HostNetwork,
	}
	for i := range o.Spec.Template.Spec.Containers {
		c := &o.Spec.Template.Spec.Containers[i]
		d.Containers = append(d.Containers, enforcer.Container{
			Name: c.Name, Image: c.Image, NetAdmin: mayChangeNetwork(c),
			Args: append(append([]string(nil), c.Command...), c.Args...), Env: environment(c.Env),
		})
	}
	out := &enforcer.Object{Namespaced: namespaced(o), UID: model.NewUID(string(o.UID))}
	out.DaemonSet, out.Tells = d.Reduced()
	return out
}

// mayChangeNetwork reports whether the container has what changing the network takes on a node. A
// capability may be written with CAP_ before it, and ALL is all of them.
func mayChangeNetwork(c *corev1.Container) bool {
	s := c.SecurityContext
	if s == nil {
		return false
	}
	return s.Privileged != nil && *s.Privileged || s.Capabilities != nil &&
		slices.ContainsFunc(s.Capabilities.Add, func(added corev1.Capability) bool {
			name := strings.TrimPrefix(strings.ToUpper(string(added)), "CAP_")
			return name == "NET_ADMIN" || name == "SYS_ADMIN" || name == "ALL"
		})
}

// environment are the variables that have a value of their own.
func environment(list []corev1.EnvVar) map[string]string {
	out := make(map[string]string, len(list))
	for i := range list {
		if list[i].ValueFrom == nil {
			out[list[i].Name] = list[i].Value
		}
	}
	return out
}

// unreadPolicy stands for a policy, or for what decides what policies mean, of which nobody knows more than the name; nil for other kinds.
func unreadPolicy(kind model.Kind, object metav1.Object) any {
	const why = "the object cannot be decoded: correct it"
	row, n := rowOf(kind), namespaced(object)
	switch kind {
	case model.CalicoNetworkPolicies, model.CalicoGlobalNetworkPolicies, model.StoredCalicoNetworkPolicies, model.StoredCalicoGlobalNetworkPolicies:
		policy := calico.Unread(kind, row.Group, row.Object, n.Namespace(), n.Name(), why)
		policy.Namespaced = n
		return &policy
	case model.CalicoTiers, model.StoredCalicoTiers:
		tier := calico.UnreadTier(row.Group, n.Name(), why)
		tier.Namespaced = n
		return &tier
	}
	source := network.Source{Kind: row.Object, Namespace: n.Namespace(), Name: n.Name()}
	if policies := network.Unread(kind, source, why); policies != nil {
		return &network.Object{Namespaced: n, Kind: kind, Policies: policies}
	}
	return nil
}

func rowOf(kind model.Kind) Kind {
	for _, k := range Table() {
		if k.Kind == kind {
			return k
		}
	}
	return Kind{Kind: kind}
}
