package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsAllowingPrivilegeEscalation(t *testing.T) {
	const at = "spec.containers[0].securityContext"
	fails := []string{"pods_allowing_privilege_escalation"}
	adding := func(name corev1.Capability) *corev1.Pod {
		return podWith(security("app", func(s *corev1.SecurityContext) { s.Capabilities.Add = []corev1.Capability{"CHOWN", name} }))
	}
	cases := append(everyKind(&podsAllowingPrivilegeEscalation, "securityContext.allowPrivilegeEscalation", func(c *corev1.Container) {
		c.SecurityContext.AllowPrivilegeEscalation = new(true)
	}), []podCase{
		{name: "unset is allowed", fails: fails, fields: []string{at + ".allowPrivilegeEscalation"},
			pod: podWith(security("app", func(s *corev1.SecurityContext) { s.AllowPrivilegeEscalation = nil }))},
		{name: "no security context", fails: fails, fields: []string{at + ".allowPrivilegeEscalation"},
			pod: podWith(in("app", func(c *corev1.Container) { c.SecurityContext = nil }))},
		{name: "false beside privileged", fails: fails, fields: []string{at + ".privileged"},
			pod: podWith(security("app", func(s *corev1.SecurityContext) { s.Privileged = new(true) }))},
		{name: "false beside privileged: false", pod: podWith(security("app", func(s *corev1.SecurityContext) { s.Privileged = new(false) }))},
		{name: "false beside CAP_SYS_ADMIN", fails: fails, fields: []string{at + ".capabilities.add"}, pod: adding("CAP_SYS_ADMIN")},
		{name: "false beside SYS_ADMIN", fails: fails, fields: []string{at + ".capabilities.add"}, pod: adding("SYS_ADMIN")},
		{name: "false beside sys_admin", fails: fails, fields: []string{at + ".capabilities.add"}, pod: adding("sys_admin")},
		{name: "false beside every capability", fails: fails, fields: []string{at + ".capabilities.add"}, pod: adding("ALL")},
		{name: "false beside another capability", pod: adding("NET_ADMIN")},
		{name: "false and no capabilities", pod: podWith(security("app", func(s *corev1.SecurityContext) { s.Capabilities = nil }))},
		{name: "Windows pod", pod: podWith(onWindows)},
	}...)
	testPods(t, &podsAllowingPrivilegeEscalation, cases)
}
