package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsWithoutSeccompProfile(t *testing.T) {
	const at = "spec.containers[0].securityContext."
	fails := []string{"pods_without_seccomp_profile"}
	profile := func(kind corev1.SeccompProfileType) *corev1.SeccompProfile { return &corev1.SeccompProfile{Type: kind} }
	setPod := func(v *corev1.SeccompProfile) edit {
		return podSecurity(func(s *corev1.PodSecurityContext) { s.SeccompProfile = v })
	}
	setApp := func(v *corev1.SeccompProfile) edit {
		return security("app", func(s *corev1.SecurityContext) { s.SeccompProfile = v })
	}
	setEvery := func(pod *corev1.Pod) {
		for _, name := range []string{"setup", "proxy", "app", "debug"} {
			container(pod, name).SecurityContext.SeccompProfile = profile(corev1.SeccompProfileTypeRuntimeDefault)
		}
	}
	cases := append(everyKind(&podsWithoutSeccompProfile, "securityContext.seccompProfile.type", func(c *corev1.Container) {
		c.SecurityContext.SeccompProfile = profile(corev1.SeccompProfileTypeUnconfined)
	}), []podCase{
		{name: "unset", pod: podWith(setPod(nil)), fails: fails, fields: []string{
			"spec.initContainers[0].securityContext.seccompProfile", "spec.initContainers[1].securityContext.seccompProfile",
			at + "seccompProfile", "spec.ephemeralContainers[0].securityContext.seccompProfile",
		}},
		{name: "no security context, the pod's is inherited", pod: podWith(in("app", func(c *corev1.Container) { c.SecurityContext = nil }))},
		{name: "Localhost", pod: podWith(setApp(profile(corev1.SeccompProfileTypeLocalhost)))},
		{name: "unknown type", pod: podWith(setApp(profile("Whatever"))), fails: fails, fields: []string{at + "seccompProfile.type"}},
		{name: "empty type", pod: podWith(setApp(profile(""))), fails: fails, fields: []string{at + "seccompProfile.type"}},
		{name: "pod unconfined", pod: podWith(setPod(profile(corev1.SeccompProfileTypeUnconfined))), fails: fails},
		{name: "pod unconfined, every container confined", pod: podWith(setPod(profile(corev1.SeccompProfileTypeUnconfined)), setEvery)},
		{name: "privileged switches it off", fails: fails, fields: []string{at + "privileged"},
			pod: podWith(security("app", func(s *corev1.SecurityContext) { s.Privileged = new(true) }))},
		{name: "user namespace changes nothing", pod: podWith(setPod(nil), inUserNamespace), fails: fails},
		{name: "Windows pod", pod: podWith(onWindows)},
	}...)
	testPods(t, &podsWithoutSeccompProfile, cases)
}
