package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsMountingHostPath(t *testing.T) {
	fails := []string{"pods_mounting_host_path"}
	volumes := func(sources ...corev1.VolumeSource) edit {
		return func(pod *corev1.Pod) {
			for _, s := range sources {
				pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "v", VolumeSource: s})
			}
		}
	}
	hostPath := corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/log"}}
	emptyDir := corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
	claim := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}
	mount := func(readOnly bool) edit {
		return in("app", func(c *corev1.Container) {
			c.VolumeMounts = []corev1.VolumeMount{{Name: "v", MountPath: "/logs", ReadOnly: readOnly}}
		})
	}
	testPods(t, &podsMountingHostPath, []podCase{
		{name: "mounted", pod: podWith(volumes(hostPath), mount(false)), fails: fails, fields: []string{"spec.volumes[0].hostPath"}},
		{name: "mounted read-only", pod: podWith(volumes(hostPath), mount(true)), fails: fails, fields: []string{"spec.volumes[0].hostPath"}},
		{name: "mounted by no container", pod: podWith(volumes(hostPath)), fails: fails, fields: []string{"spec.volumes[0].hostPath"}},
		{name: "the places of several", pod: podWith(volumes(emptyDir, hostPath, claim, hostPath)), fails: fails,
			fields: []string{"spec.volumes[1].hostPath", "spec.volumes[3].hostPath"}},
		{name: "other volumes", pod: podWith(volumes(emptyDir, claim), mount(false))},
		{name: "Windows pod", pod: podWith(onWindows, volumes(hostPath)), fails: fails},
	})
}
