package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestPodsViolatingPodSecurity(t *testing.T) {
	check := podsViolatingPodSecurity()
	restricted, both := []string{"restricted"}, []string{"baseline", "restricted"}
	root := func(s *corev1.PodSecurityContext) { s.RunAsNonRoot, s.RunAsUser = nil, new(int64(0)) }
	testPods(t, &check, []podCase{
		{name: "privileged container", fails: both, pod: podWith(security("app", func(s *corev1.SecurityContext) {
			s.Privileged, s.AllowPrivilegeEscalation = new(true), nil
		}))},
		{name: "host network", fails: both, pod: podWith(func(pod *corev1.Pod) { pod.Spec.HostNetwork = true })},
		{name: "hostPath volume", fails: both, pod: podWith(volume("host", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}))},
		{name: "runAsUser 1000 without runAsNonRoot", fails: restricted, fields: []string{"spec"},
			pod: podWith(podSecurity(func(s *corev1.PodSecurityContext) { s.RunAsNonRoot, s.RunAsUser = nil, new(int64(1000)) }))},
		{name: "pod runAsNonRoot true, container false", fails: restricted, pod: podWith(
			security("app", func(s *corev1.SecurityContext) { s.RunAsNonRoot = new(false) }))},
		{name: "pod runAsNonRoot false, every container true", fails: restricted, pod: podWith(
			podSecurity(func(s *corev1.PodSecurityContext) { s.RunAsNonRoot = new(false) }),
			security("setup", nonRoot), security("proxy", nonRoot), security("app", nonRoot), security("debug", nonRoot))},
		{name: "root", fails: restricted, pod: podWith(podSecurity(root))},
		{name: "hostUsers false root under the latest policy", pod: podWith(podSecurity(root), inUserNamespace)},
		{name: "Windows pod", pod: podWith(onWindows)},
		{name: "Windows pod on root's terms", fails: restricted, pod: podWith(onWindows,
			podSecurity(func(s *corev1.PodSecurityContext) { s.RunAsNonRoot = nil }))},
		{name: "added capability of the baseline", fails: restricted, pod: podWith(security("proxy", func(s *corev1.SecurityContext) {
			s.Capabilities.Add = []corev1.Capability{"CHOWN"}
		}))},
		{name: "added capability beyond the baseline in an ephemeral container", fails: both,
			pod: podWith(security("debug", func(s *corev1.SecurityContext) { s.Capabilities.Add = []corev1.Capability{"SYS_PTRACE"} }))},
		{name: "no security context at all", fails: restricted, pod: podWith(func(pod *corev1.Pod) {
			pod.Spec.SecurityContext = nil
			for _, name := range []string{"setup", "proxy", "app", "debug"} {
				container(pod, name).SecurityContext = nil
			}
		})},
	})
}

func nonRoot(s *corev1.SecurityContext) { s.RunAsNonRoot = new(true) }

// TestPodSecurityDetail: a person is told every control that is violated, and by which container.
func TestPodSecurityDetail(t *testing.T) {
	check := podsViolatingPodSecurity()
	pod := podWith(func(pod *corev1.Pod) { pod.Spec.HostPID = true }, security("app", func(s *corev1.SecurityContext) {
		s.Capabilities.Add = []corev1.Capability{"CHOWN"}
	}))
	byLevel := map[int][]string{}
	for _, v := range (&Entry{Check: &check}).Explain(pod) {
		byLevel[v.Value] = append(byLevel[v.Value], v.Message)
	}
	if diff := cmp.Diff([]int{1, 2}, []int{len(byLevel[belowBaseline]), len(byLevel[belowRestricted])}); diff != "" {
		t.Errorf("controls violated by level (-want +got):\n%s\n%v", diff, byLevel)
	}
	if all := strings.Join(byLevel[belowRestricted], "\n"); !strings.Contains(all, "hostPID=true") || !strings.Contains(all, `"app"`) {
		t.Errorf("explanation names neither the field nor the container:\n%s", all)
	}
}

// TestPodSecurityWithoutEvaluator: where the library could not be set up, nobody knows.
func TestPodSecurityWithoutEvaluator(t *testing.T) {
	p := NewPod(goodPod(), nil)
	var r Report
	judgePodSecurity(nil, &p, &r)
	if diff := cmp.Diff([]string{"baseline", "restricted"}, combinations(new(podsViolatingPodSecurity()), uint64(r.Unknowns()))); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
	if r.Fails() != 0 || r.Skips() != 0 {
		t.Errorf("fails %b, skips %b, want neither", r.Fails(), r.Skips())
	}
}
