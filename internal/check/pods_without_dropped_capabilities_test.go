package check

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodsWithoutDroppedCapabilities(t *testing.T) {
	const field = "securityContext.capabilities.drop"
	fails, app := []string{"pods_without_dropped_capabilities"}, []string{"spec.containers[0]." + field}
	dropping := func(names ...corev1.Capability) *corev1.Pod {
		return podWith(security("app", func(s *corev1.SecurityContext) { s.Capabilities.Drop = names }))
	}
	cases := append(everyKind(&podsWithoutDroppedCapabilities, field, func(c *corev1.Container) {
		c.SecurityContext.Capabilities.Drop = nil
	}), []podCase{
		{name: "no capabilities", fails: fails, fields: app,
			pod: podWith(security("app", func(s *corev1.SecurityContext) { s.Capabilities = nil }))},
		{name: "no security context", fails: fails, fields: app, pod: podWith(in("app", func(c *corev1.Container) { c.SecurityContext = nil }))},
		{name: "some dropped", fails: fails, fields: app, pod: dropping("NET_RAW", "CHOWN")},
		{name: "all in small letters", fails: fails, fields: app, pod: dropping("all")},
		{name: "CAP_ALL", fails: fails, fields: app, pod: dropping("CAP_ALL")},
		{name: "ALL among others", pod: dropping("NET_RAW", "ALL")},
		{name: "ALL dropped and one added", pod: podWith(security("app", func(s *corev1.SecurityContext) {
			s.Capabilities.Add = []corev1.Capability{"NET_ADMIN"}
		}))},
		{name: "Windows pod", pod: podWith(onWindows)},
	}...)
	testPods(t, &podsWithoutDroppedCapabilities, cases)
	// The reason says what the runtime does: containerd and CRI-O take ALL in any letters.
	set, err := NewSet([]Check{podsWithoutDroppedCapabilities})
	if err != nil {
		t.Fatal(err)
	}
	for name, keeps := range map[corev1.Capability]bool{"all": false, "All": false, "CAP_ALL": true, "NET_RAW": true} {
		found := set.Entries()[0].Explain(dropping(name))
		if len(found) != 1 || strings.Contains(found[0].Message, "the runtime drops every capability") == keeps {
			t.Errorf("drop: [%s]: %+v", name, found)
		}
	}
}
