package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsWithWritableRootFilesystem(t *testing.T) {
	const field = "securityContext.readOnlyRootFilesystem"
	fails := []string{"pods_with_writable_root_filesystem"}
	cases := append(everyKind(&podsWithWritableRootFilesystem, field, func(c *corev1.Container) {
		c.SecurityContext.ReadOnlyRootFilesystem = new(false)
	}), []podCase{
		{name: "unset is writable", fails: fails, fields: []string{"spec.containers[0]." + field},
			pod: podWith(security("app", func(s *corev1.SecurityContext) { s.ReadOnlyRootFilesystem = nil }))},
		{name: "no security context", fails: fails, fields: []string{"spec.containers[0]." + field},
			pod: podWith(in("app", func(c *corev1.Container) { c.SecurityContext = nil }))},
		{name: "a writable volume is none of its business", pod: podWith(in("app", func(c *corev1.Container) {
			c.VolumeMounts = []corev1.VolumeMount{{Name: "scratch", MountPath: "/tmp"}}
		}))},
		{name: "Windows pod", pod: podWith(onWindows)},
	}...)
	testPods(t, &podsWithWritableRootFilesystem, cases)
}
