package scale

import (
	"fmt"
	"hash/fnv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// fitMeta takes out what only the API server may say.
func fitMeta(m *metav1.ObjectMeta) {
	m.ResourceVersion, m.ManagedFields, m.CreationTimestamp = "", nil, metav1.Time{}
}

// fitPod makes a generated pod one that the API server takes, with what it would have in a real cluster. owner is the ReplicaSet's.
func fitPod(pod *corev1.Pod, owner types.UID) {
	fitMeta(&pod.ObjectMeta)
	for i := range pod.OwnerReferences {
		pod.OwnerReferences[i].UID, pod.OwnerReferences[i].BlockOwnerDeletion = owner, new(true)
	}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		// On the host network two containers cannot have the same port.
		c.Ports[0].Name, c.Ports[0].ContainerPort = c.Name, 8080+int32(i)
		c.LivenessProbe.HTTPGet.Port = intstr.FromString(c.Ports[0].Name)
		c.ReadinessProbe = c.LivenessProbe.DeepCopy()
		c.ReadinessProbe.HTTPGet.Path = "/readyz"
		for j := range c.Env {
			if from := c.Env[j].ValueFrom; from != nil {
				from.SecretKeyRef.Name = "credentials"
			}
		}
	}
	for i := range pod.Spec.Volumes {
		if p := pod.Spec.Volumes[i].Projected; p != nil {
			p.Sources = append(p.Sources,
				corev1.VolumeProjection{ConfigMap: &corev1.ConfigMapProjection{
					LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"}, Items: []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}},
				}},
				corev1.VolumeProjection{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{
					{Path: "namespace", FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: "metadata.namespace"}},
				}}})
		}
	}
}

// running gives a created pod the status that the kubelet would, from the generated one: the users of its containers above all. n is its
// number in the cluster.
func running(pod *corev1.Pod, generated *corev1.PodStatus, n int64) {
	began := pod.CreationTimestamp
	s := &pod.Status
	s.Phase, s.StartTime, s.Conditions = corev1.PodRunning, &began, nil
	for _, c := range []corev1.PodConditionType{
		corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled,
	} {
		s.Conditions = append(s.Conditions, corev1.PodCondition{Type: c, Status: corev1.ConditionTrue, LastTransitionTime: began})
	}
	s.ContainerStatuses = generated.ContainerStatuses
	for i := range s.ContainerStatuses {
		c := &s.ContainerStatuses[i]
		c.Started, c.State.Running = new(true), &corev1.ContainerStateRunning{StartedAt: began}
	}
	place(pod, n)
}

// replicaSet is the one that the generated metadata stand for, with the pod as its template.
func replicaSet(made *metav1.PartialObjectMetadata, pod *corev1.Pod) *appsv1.ReplicaSet {
	set := &appsv1.ReplicaSet{ObjectMeta: *made.ObjectMeta.DeepCopy()}
	fitMeta(&set.ObjectMeta)
	for i := range set.OwnerReferences {
		o := &set.OwnerReferences[i]
		o.UID = uid(set.Namespace, o.Kind, o.Name)
	}
	template := pod.DeepCopy()
	fitPod(template, "")
	template.Spec.NodeName = ""
	set.Spec.Selector = &metav1.LabelSelector{MatchLabels: template.Labels}
	set.Spec.Template.ObjectMeta = metav1.ObjectMeta{Labels: template.Labels, Annotations: template.Annotations}
	set.Spec.Template.Spec = template.Spec
	return set
}

// uid is one for an owner that does not exist itself: nothing reads Deployments.
func uid(parts ...string) types.UID {
	h := fnv.New64a()
	fmt.Fprint(h, parts)
	return types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012x", h.Sum64()&0xffffffffffff))
}

// reader is a ClusterRole that half of the world has, and clusterBinding gives it to a ServiceAccount of a namespace.
func reader() *rbacv1.ClusterRole {
	return &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "node-reader"}, Rules: []rbacv1.PolicyRule{
		{Verbs: []string{"get", "list", "watch"}, APIGroups: []string{""}, Resources: []string{"nodes"}},
	}}
}

func clusterBinding(namespace string) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "node-reader-" + namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "node-reader"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: "app"}},
	}
}

// marker is a privileged pod.
func marker(namespace, name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.PodSpec{NodeName: "node-0000", Containers: []corev1.Container{
			{Name: "app", Image: "images.invalid/app:1.0", SecurityContext: &corev1.SecurityContext{Privileged: new(true)}},
		}},
	}
}
