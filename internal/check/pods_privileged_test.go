package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsPrivileged(t *testing.T) {
	fails := []string{"pods_privileged"}
	const hostProcessField = "securityContext.windowsOptions.hostProcess"
	hostProcess := func(v bool) *corev1.WindowsSecurityContextOptions {
		return &corev1.WindowsSecurityContextOptions{HostProcess: new(v)}
	}
	cases := append(everyKind(&podsPrivileged, "securityContext.privileged", func(c *corev1.Container) {
		c.SecurityContext.Privileged = new(true)
	}), everyKind(&podsPrivileged, hostProcessField, func(c *corev1.Container) {
		c.SecurityContext.WindowsOptions = hostProcess(true)
	})...)
	cases = append(cases, []podCase{
		{name: "privileged: false", pod: podWith(security("app", func(s *corev1.SecurityContext) { s.Privileged = new(false) }))},
		{name: "no security context", pod: podWith(in("app", func(c *corev1.Container) { c.SecurityContext = nil }))},
		{name: "privileged in a user namespace", fails: fails,
			pod: podWith(inUserNamespace, security("app", func(s *corev1.SecurityContext) { s.Privileged = new(true) }))},
		{name: "Windows pod", pod: podWith(onWindows)},
		{name: "Windows HostProcess pod", fails: fails, fields: []string{
			"spec.initContainers[0]." + hostProcessField, "spec.initContainers[1]." + hostProcessField,
			"spec.containers[0]." + hostProcessField, "spec.ephemeralContainers[0]." + hostProcessField,
		}, pod: podWith(onWindows, podSecurity(func(s *corev1.PodSecurityContext) { s.WindowsOptions = hostProcess(true) }))},
		{name: "HostProcess: false for the pod", pod: podWith(onWindows, podSecurity(func(s *corev1.PodSecurityContext) {
			s.WindowsOptions = hostProcess(false)
		}))},
		{name: "other Windows options of the container keep the pod's hostProcess", fails: fails, pod: podWith(onWindows,
			podSecurity(func(s *corev1.PodSecurityContext) { s.WindowsOptions = hostProcess(true) }),
			in("app", func(c *corev1.Container) {
				c.SecurityContext = &corev1.SecurityContext{WindowsOptions: &corev1.WindowsSecurityContextOptions{RunAsUserName: new("app")}}
			}),
		)},
		{name: "every container overrides the pod's hostProcess", pod: podWith(
			podSecurity(func(s *corev1.PodSecurityContext) { s.WindowsOptions = hostProcess(true) }),
			func(pod *corev1.Pod) {
				for _, name := range []string{"setup", "proxy", "app", "debug"} {
					container(pod, name).SecurityContext.WindowsOptions = hostProcess(false)
				}
			},
		)},
	}...)
	testPods(t, &podsPrivileged, cases)
}
