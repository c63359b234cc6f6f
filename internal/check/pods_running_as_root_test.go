package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// imageDecides leaves the user to the image.
func imageDecides(s *corev1.PodSecurityContext) { s.RunAsNonRoot, s.RunAsUser = nil, nil }

func declareRoot(s *corev1.PodSecurityContext) { s.RunAsNonRoot, s.RunAsUser = nil, new(int64(0)) }

func TestPodsRunningAsRoot(t *testing.T) {
	observed, declared, possible := []string{"observed"}, []string{"declared"}, []string{"possible"}
	const app = "spec.containers[0].securityContext"
	testPods(t, &podsRunningAsRoot, []podCase{
		{name: "nothing set", pod: podWith(podSecurity(imageDecides)), fails: possible, fields: []string{
			"spec.initContainers[0].securityContext", "spec.initContainers[1].securityContext", app, "spec.ephemeralContainers[0].securityContext",
		}},
		{name: "no security context at all", fails: possible, pod: podWith(func(pod *corev1.Pod) {
			pod.Spec = corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}}
		}), fields: []string{app}},
		{name: "pod runAsNonRoot true, container false", fails: possible, fields: []string{app}, pod: podWith(
			podSecurity(func(s *corev1.PodSecurityContext) { s.RunAsUser = nil }),
			security("app", func(s *corev1.SecurityContext) { s.RunAsNonRoot = new(false) }),
		)},
		{name: "pod runAsNonRoot false, container true", pod: podWith(
			podSecurity(func(s *corev1.PodSecurityContext) { s.RunAsNonRoot, s.RunAsUser = new(false), new(int64(1000)) }),
			security("app", func(s *corev1.SecurityContext) { s.RunAsNonRoot = new(true) }),
		)},
		{name: "runAsUser 1000 without runAsNonRoot", pod: podWith(podSecurity(func(s *corev1.PodSecurityContext) {
			s.RunAsNonRoot, s.RunAsUser = nil, new(int64(1000))
		}))},
		{name: "runAsUser 1000 and runAsNonRoot false", pod: podWith(podSecurity(func(s *corev1.PodSecurityContext) {
			s.RunAsNonRoot, s.RunAsUser = new(false), new(int64(1000))
		}))},
		{name: "runAsNonRoot true without a user is refused by the kubelet if root", pod: podWith(podSecurity(func(s *corev1.PodSecurityContext) {
			s.RunAsUser = nil
		}))},
		{name: "runAsNonRoot true and runAsUser 0 never starts", pod: podWith(podSecurity(func(s *corev1.PodSecurityContext) {
			s.RunAsUser = new(int64(0))
		}))},
		{name: "runAsGroup only", fails: possible, pod: podWith(podSecurity(imageDecides), podSecurity(func(s *corev1.PodSecurityContext) {
			s.RunAsGroup = new(int64(1000))
		}))},
		{name: "pod says root, container another user", fails: declared, fields: []string{
			"spec.initContainers[0].securityContext.runAsUser", "spec.initContainers[1].securityContext.runAsUser",
			"spec.ephemeralContainers[0].securityContext.runAsUser",
		}, pod: podWith(podSecurity(declareRoot), security("app", func(s *corev1.SecurityContext) { s.RunAsUser = new(int64(1000)) }))},
		{name: "sidecar root", fails: declared, fields: []string{"spec.initContainers[1].securityContext.runAsUser"}, pod: podWith(
			security("proxy", func(s *corev1.SecurityContext) { s.RunAsNonRoot, s.RunAsUser = new(false), new(int64(0)) }),
		)},
		{name: "ephemeral container root", fails: declared, fields: []string{"spec.ephemeralContainers[0].securityContext.runAsUser"}, pod: podWith(
			security("debug", func(s *corev1.SecurityContext) { s.RunAsNonRoot, s.RunAsUser = new(false), new(int64(0)) }),
		)},
		{name: "status uid 0 outranks everything declared", fails: observed, fields: []string{app}, pod: podWith(uid("app", 0))},
		{name: "status uid 0 of an init container", fails: observed, fields: []string{"spec.initContainers[0].securityContext"},
			pod: podWith(uid("setup", 0))},
		{name: "status uid nil is not 0", fails: possible, fields: []string{app}, pod: podWith(
			func(pod *corev1.Pod) {
				pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "app", User: &corev1.ContainerUser{}}}
			},
			security("app", func(s *corev1.SecurityContext) { s.RunAsNonRoot = new(false) }),
			podSecurity(func(s *corev1.PodSecurityContext) { s.RunAsUser = nil }),
		)},
		{name: "status uid 1000 outranks the image", pod: podWith(
			podSecurity(imageDecides), uid("setup", 1000), uid("proxy", 1000), uid("app", 1000),
			func(pod *corev1.Pod) { pod.Spec.EphemeralContainers = nil },
		)},
		{name: "status uid 1000 outranks a declared root", pod: podWith(
			security("app", func(s *corev1.SecurityContext) { s.RunAsNonRoot, s.RunAsUser = new(false), new(int64(0)) }), uid("app", 1000),
		)},
		{name: "the worst container decides", fails: observed, fields: []string{app}, pod: podWith(
			uid("app", 0), security("proxy", func(s *corev1.SecurityContext) { s.RunAsNonRoot, s.RunAsUser = new(false), new(int64(0)) }),
		)},
		{name: "user namespace", pod: podWith(podSecurity(declareRoot), uid("app", 0), inUserNamespace)},
		{name: "the node's user namespace asked for", fails: observed, pod: podWith(uid("app", 0), func(pod *corev1.Pod) {
			pod.Spec.HostUsers = new(true)
		})},
		{name: "Windows pod", pod: podWith(onWindows, podSecurity(imageDecides))},
		{name: "no containers", pod: &corev1.Pod{}},
	})
}
