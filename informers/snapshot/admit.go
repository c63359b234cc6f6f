package snapshot

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

const (
	// tokenVolume begins the name of the volume with a pod's API token; the API
	// server makes up the rest.
	tokenVolume = "kube-api-access-"
	// tokenPath is where containers find the token.
	tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"
	// tokenSeconds is how long the token is valid.
	tokenSeconds = 3607
)

var (
	podGVK            = schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	serviceAccountGVK = schema.GroupVersionKind{Version: "v1", Kind: "ServiceAccount"}
)

// admitPods gives each pod that no API server has stored what the
// ServiceAccount admission would give it: see mountToken. Objects are replaced,
// never changed, because they may be served already.
func admitPods(objects map[objectKey]*entry) {
	for key, e := range objects {
		pod, ok := e.obj.(*corev1.Pod)
		if !ok || key.kind != podGVK || !bare(pod, e.admitted) {
			continue
		}
		pod = unserved(pod.DeepCopy()).(*corev1.Pod)
		if pod.Spec.ServiceAccountName == "" {
			pod.Spec.ServiceAccountName = pod.Spec.DeprecatedServiceAccount
		}
		if pod.Spec.ServiceAccountName == "" {
			pod.Spec.ServiceAccountName = "default"
		}
		account := objectKey{serviceAccountGVK, types.NamespacedName{Namespace: key.Namespace, Name: pod.Spec.ServiceAccountName}}
		if automounts(pod, objects[account]) {
			mountToken(&pod.Spec)
		}
		objects[key] = &entry{key: key, obj: pod}
	}
}

// bare reports whether a pod was never admitted. The API server leaves mirror
// pods, which stand for static ones, as they are.
func bare(pod *corev1.Pod, stored bool) bool {
	_, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]
	return !stored && !mirror && pod.Status.Phase == ""
}

// automounts reports whether a pod gets a token. What the pod says wins, then
// what its ServiceAccount says, and by default it does. A ServiceAccount that
// is missing or undecodable says nothing.
func automounts(pod *corev1.Pod, account *entry) bool {
	if says := pod.Spec.AutomountServiceAccountToken; says != nil {
		return *says
	}
	if account == nil {
		return true
	}
	sa, ok := account.obj.(*corev1.ServiceAccount)
	return !ok || sa.AutomountServiceAccountToken == nil || *sa.AutomountServiceAccountToken
}

// mountToken does what plugin/pkg/admission/serviceaccount of Kubernetes does:
// each container and init container mounts the token, except where something
// else is mounted in its place.
func mountToken(spec *corev1.PodSpec) {
	name, there := tokenVolume+"admit", false
	for i := range spec.Volumes {
		if strings.HasPrefix(spec.Volumes[i].Name, tokenVolume) {
			name, there = spec.Volumes[i].Name, true
			break
		}
	}
	mounted := false
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			if c := &containers[i]; !mountsAt(c, tokenPath) {
				c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: name, ReadOnly: true, MountPath: tokenPath})
				mounted = true
			}
		}
	}
	if there || !mounted {
		return
	}
	seconds := int64(tokenSeconds)
	spec.Volumes = append(spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
		Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{
			ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: corev1.ServiceAccountTokenKey, ExpirationSeconds: &seconds},
		}}},
	}})
}

func mountsAt(c *corev1.Container, path string) bool {
	for i := range c.VolumeMounts {
		if c.VolumeMounts[i].MountPath == path {
			return true
		}
	}
	return false
}
