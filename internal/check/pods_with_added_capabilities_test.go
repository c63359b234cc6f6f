package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsWithAddedCapabilities(t *testing.T) {
	const field = "securityContext.capabilities.add"
	fails := []string{"pods_with_added_capabilities"}
	adding := func(names ...corev1.Capability) edit {
		return security("app", func(s *corev1.SecurityContext) { s.Capabilities.Add = names })
	}
	cases := append(everyKind(&podsWithAddedCapabilities, field+"[0]", func(c *corev1.Container) {
		c.SecurityContext.Capabilities.Add = []corev1.Capability{"NET_ADMIN"}
	}), []podCase{
		{name: "NET_BIND_SERVICE", pod: podWith(adding("NET_BIND_SERVICE"))},
		{name: "the place of the bad ones", pod: podWith(adding("SYS_TIME", "NET_BIND_SERVICE", "CHOWN")), fails: fails,
			fields: []string{"spec.containers[0]." + field + "[0]", "spec.containers[0]." + field + "[2]"}},
		{name: "a default one", pod: podWith(adding("CHOWN")), fails: fails},
		{name: "ALL", pod: podWith(adding("ALL")), fails: fails},
		{name: "another spelling", pod: podWith(adding("CAP_NET_BIND_SERVICE")), fails: fails},
		{name: "nothing dropped, nothing added", pod: podWith(security("app", func(s *corev1.SecurityContext) { s.Capabilities = nil }))},
		{name: "no security context", pod: podWith(in("app", func(c *corev1.Container) { c.SecurityContext = nil }))},
		{name: "Windows pod that no API server would take", pod: podWith(adding("NET_ADMIN"), func(pod *corev1.Pod) {
			pod.Spec.OS = &corev1.PodOS{Name: corev1.Windows}
		})},
		{name: "Linux pod that says so", fails: fails, pod: podWith(adding("NET_ADMIN"), func(pod *corev1.Pod) {
			pod.Spec.OS = &corev1.PodOS{Name: corev1.Linux}
		})},
	}...)
	testPods(t, &podsWithAddedCapabilities, cases)
}

func TestAddedCapabilityIsNamedAndQuoted(t *testing.T) {
	pod := podWith(security("app", func(s *corev1.SecurityContext) { s.Capabilities.Add = []corev1.Capability{"SYS_TIME\n"} }))
	violations := (&Entry{Check: &podsWithAddedCapabilities}).Explain(pod)
	want := Violation{
		Container: "app", Field: "spec.containers[0].securityContext.capabilities.add[0]", Message: `the capability is added: "SYS_TIME\n"`,
	}
	if len(violations) != 1 || violations[0] != want {
		t.Errorf("explained by %+v, want %+v", violations, want)
	}
}
