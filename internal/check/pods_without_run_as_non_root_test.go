package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsWithoutRunAsNonRoot(t *testing.T) {
	fails := []string{"pods_without_run_as_non_root"}
	everywhere := []string{
		"spec.initContainers[0].securityContext.runAsNonRoot", "spec.initContainers[1].securityContext.runAsNonRoot",
		"spec.containers[0].securityContext.runAsNonRoot", "spec.ephemeralContainers[0].securityContext.runAsNonRoot",
	}
	setPod := func(v *bool) edit { return podSecurity(func(s *corev1.PodSecurityContext) { s.RunAsNonRoot = v }) }
	setEvery := func(v bool) edit {
		return func(pod *corev1.Pod) {
			for _, name := range []string{"setup", "proxy", "app", "debug"} {
				container(pod, name).SecurityContext.RunAsNonRoot = new(v)
			}
		}
	}
	cases := append(everyKind(&podsWithoutRunAsNonRoot, "securityContext.runAsNonRoot", func(c *corev1.Container) {
		c.SecurityContext.RunAsNonRoot = new(false)
	}), []podCase{
		{name: "runAsUser 1000 without runAsNonRoot", pod: podWith(setPod(nil)), fails: fails, fields: everywhere},
		{name: "pod false", pod: podWith(setPod(new(false))), fails: fails, fields: everywhere},
		{name: "pod false, every container true", pod: podWith(setPod(new(false)), setEvery(true))},
		{name: "pod unset, every container true", pod: podWith(setPod(nil), setEvery(true))},
		{name: "pod true, containers without a security context", pod: podWith(in("app", func(c *corev1.Container) { c.SecurityContext = nil }))},
		{name: "no security context at all", fails: fails, pod: &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}}},
			fields: []string{"spec.containers[0].securityContext.runAsNonRoot"}},
		{name: "user namespace", pod: podWith(setPod(new(false)), inUserNamespace)},
		{name: "an observed UID does not replace the setting", pod: podWith(setPod(nil), uid("app", 1000)), fails: fails},
		{name: "Windows pod with the setting", pod: podWith(onWindows)},
		{name: "Windows pod without", pod: podWith(onWindows, setPod(nil)), fails: fails, fields: everywhere},
	}...)
	testPods(t, &podsWithoutRunAsNonRoot, cases)
}
