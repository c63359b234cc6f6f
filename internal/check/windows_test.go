package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestClaimsWindows: which specifications say that a pod runs on Windows.
func TestClaimsWindows(t *testing.T) {
	const os = "kubernetes.io/os"
	term := func(key string, op corev1.NodeSelectorOperator, values ...string) corev1.NodeSelectorTerm {
		return corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: op, Values: values}}}
	}
	requires := func(terms ...corev1.NodeSelectorTerm) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
				RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: terms},
			}}
		}
	}
	selects := func(key, value string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) { pod.Spec.NodeSelector = map[string]string{key: value} }
	}
	named := func(name corev1.OSName) func(*corev1.Pod) {
		return func(pod *corev1.Pod) { pod.Spec.OS = &corev1.PodOS{Name: name} }
	}
	hostProcess := &corev1.WindowsSecurityContextOptions{HostProcess: new(true)}
	both := term(os, "In", "windows")
	both.MatchExpressions = append(both.MatchExpressions, term("zone", "Exists").MatchExpressions...)
	for name, tc := range map[string]struct {
		pod  *corev1.Pod
		want bool
	}{
		"nothing said":                      {podWith(), false},
		"spec.os":                           {podWith(named("windows")), true},
		"spec.os linux and a node selector": {podWith(named("linux"), selects(os, "windows")), false},
		"node selector":                     {podWith(selects(os, "windows")), true},
		"node selector for Linux":           {podWith(selects(os, "linux")), false},
		"another label":                     {podWith(selects("os", "windows")), false},
		"required affinity":                 {podWith(requires(term(os, "In", "windows"))), true},
		"required affinity with more":       {podWith(requires(both)), true},
		"every term":                        {podWith(requires(term(os, "In", "windows"), both)), true},
		"one of two terms":                  {podWith(requires(term(os, "In", "windows"), term("zone", "Exists"))), false},
		"either system":                     {podWith(requires(term(os, "In", "windows", "linux"))), false},
		"not Windows":                       {podWith(requires(term(os, "NotIn", "windows"))), false},
		"no terms":                          {podWith(requires()), false},
		"preferred affinity only":           {podWith(func(p *corev1.Pod) { p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}} }), false},
		"hostProcess for the pod":           {podWith(podSecurity(func(s *corev1.PodSecurityContext) { s.WindowsOptions = hostProcess })), true},
		"hostProcess of a container":        {podWith(security("app", func(s *corev1.SecurityContext) { s.WindowsOptions = hostProcess })), true},
		"a Windows option that is no proof": {podWith(security("app", func(s *corev1.SecurityContext) { s.WindowsOptions = &corev1.WindowsSecurityContextOptions{} })), false},
	} {
		p := NewPod(tc.pod, nil)
		if got := p.ClaimsWindows(); got != tc.want {
			t.Errorf("%s: %t, want %t", name, got, tc.want)
		}
	}
}
