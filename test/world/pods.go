package world

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func resources(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

// Workload makes a Deployment's ReplicaSet, as its metadata, and its pods.
func (w *World) Workload(namespace, name string, replicas int, visit func(runtime.Object)) {
	hash := fmt.Sprintf("%09x", w.rng.Uint64()&0xfffffffff)
	set := &metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"},
		ObjectMeta: w.meta(namespace, name+"-"+hash, nil),
	}
	set.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: name, Controller: new(true)}}
	visit(set)
	template := w.podTemplate(namespace, name, hash)
	for i := range replicas {
		pod := template.DeepCopy()
		pod.Name = fmt.Sprintf("%s-%s-%05x", name, hash, i+w.rng.IntN(1<<12)<<8)
		pod.Spec.NodeName = nodeName(w.rng.IntN(max(w.size.Nodes, 1)))
		visit(pod)
	}
}

// podTemplate is a pod of three containers with what pods in production carry: probes, environment, volumes, annotations, managed
// fields and a status.
func (w *World) podTemplate(namespace, name, hash string) *corev1.Pod {
	labels := map[string]string{
		"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": namespace, "app.kubernetes.io/version": fmt.Sprintf("1.%d.0", w.rng.IntN(50)),
		"tier": []string{"web", "api", "db"}[w.rng.IntN(3)], "pod-template-hash": hash,
	}
	pod := &corev1.Pod{ObjectMeta: w.meta(namespace, "", labels)}
	pod.Annotations = map[string]string{"checksum/config": fmt.Sprintf("%064x", w.rng.Uint64()), "prometheus.io/scrape": "true", "prometheus.io/port": "8080"}
	pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: name + "-" + hash, Controller: new(true)}}
	pod.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kube-controller-manager", Operation: "Update", APIVersion: "v1",
		FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{}}}`)}}
	pod.Spec.ServiceAccountName = []string{"default", "app", "app", "ci"}[w.rng.IntN(4)]
	if w.one(2) {
		pod.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: new(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
	}
	pod.Spec.HostNetwork = w.one(100)
	for i := range 3 {
		c := w.container([]string{"app", "proxy", "metrics"}[i])
		pod.Spec.Containers = append(pod.Spec.Containers, c)
		uid := int64(w.rng.IntN(2) * 1000)
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, ImageID: fmt.Sprintf("sha256:%064x", w.rng.Uint64()), Ready: true,
			User: &corev1.ContainerUser{Linux: &corev1.LinuxContainerUser{UID: uid, GID: uid}},
		})
	}
	pod.Spec.Volumes = append(pod.Spec.Volumes,
		corev1.Volume{Name: "kube-api-access", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token"}}},
		}}},
		corev1.Volume{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}},
		corev1.Volume{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
	pod.Status.Phase = corev1.PodRunning
	return pod
}

func (w *World) container(name string) corev1.Container {
	c := corev1.Container{
		Name: name, Image: "images.invalid/" + name + ":1.0",
		Ports:         []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}},
		LivenessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(8080)}}},
		VolumeMounts: []corev1.VolumeMount{
			{Name: "config", MountPath: "/etc/app"}, {Name: "tmp", MountPath: "/tmp"},
			{Name: "kube-api-access", MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", ReadOnly: true},
		},
	}
	for i := range 6 {
		c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("SETTING_%d", i), Value: fmt.Sprintf("value-%d", i)})
	}
	if w.one(4) {
		c.Env = append(c.Env, corev1.EnvVar{Name: "PASSWORD", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: "password"}}})
	}
	if !w.one(3) {
		c.Resources = corev1.ResourceRequirements{Limits: resources("500m", "256Mi"), Requests: resources("100m", "128Mi")}
	}
	if w.one(2) {
		c.SecurityContext = &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
			Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}
	}
	if w.one(200) {
		c.SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
	}
	return c
}
