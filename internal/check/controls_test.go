package check

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"
)

// TestChecksAgreeWithPodSecurity compares the checks that correspond to a control of the Pod Security Standards with the library that
// the API server uses, in its newest version, on random pods. Where a check knows better on purpose, the pods in question are left out.
func TestChecksAgreeWithPodSecurity(t *testing.T) {
	pods := randomPods(4, 2000)
	for _, c := range []struct {
		checks   []*Check
		controls []policy.Check
		// differs says that the two need not agree on the pod, for the reason given above the judge.
		differs func(p *Pod) bool
	}{
		{[]*Check{&podsWithoutRunAsNonRoot}, []policy.Check{policy.CheckRunAsNonRoot()}, func(p *Pod) bool {
			s := p.Spec.SecurityContext
			return s != nil && s.RunAsNonRoot != nil && !*s.RunAsNonRoot
		}},
		{[]*Check{&podsAllowingPrivilegeEscalation}, []policy.Check{policy.CheckAllowPrivilegeEscalation()}, func(p *Pod) bool {
			return anyContainer(p, func(c *Container) bool {
				return privileged(c) || c.SecurityContext != nil && addsSysAdmin(c.SecurityContext.Capabilities)
			})
		}},
		{[]*Check{&podsWithoutDroppedCapabilities, &podsWithAddedCapabilities}, []policy.Check{policy.CheckCapabilitiesRestricted()}, nil},
		{[]*Check{&podsWithoutSeccompProfile}, []policy.Check{policy.CheckSeccompProfileRestricted()}, func(p *Pod) bool {
			s := p.Spec.SecurityContext
			confines := []corev1.SeccompProfileType{"RuntimeDefault", "Localhost"}
			return anyContainer(p, privileged) || s != nil && s.SeccompProfile != nil && !slices.Contains(confines, s.SeccompProfile.Type)
		}},
		{[]*Check{&podsPrivileged}, []policy.Check{policy.CheckPrivileged(), policy.CheckWindowsHostProcess()}, func(p *Pod) bool {
			s := p.Spec.SecurityContext
			return s != nil && s.WindowsOptions != nil && s.WindowsOptions.HostProcess != nil && *s.WindowsOptions.HostProcess
		}},
		{[]*Check{&podsUsingHostNamespaces}, []policy.Check{policy.CheckHostNamespaces()}, nil},
		{[]*Check{&podsMountingHostPath}, []policy.Check{policy.CheckHostPathVolumes()}, nil},
		{[]*Check{&podsUsingHostPorts}, []policy.Check{policy.CheckHostPorts()}, func(p *Pod) bool { return p.Spec.HostNetwork }},
	} {
		t.Run(c.checks[0].ID, func(t *testing.T) {
			compared, forbidden := 0, 0
			for _, pod := range pods {
				p := NewPod(pod, nil)
				if c.differs != nil && c.differs(&p) {
					continue
				}
				if p.ClaimsWindows() && p.Spec.OS == nil && c.checks[0].LinuxOnly {
					continue // Pod Security goes by spec.os alone
				}
				want := slices.ContainsFunc(c.controls, func(control policy.Check) bool {
					newest := control.Versions[len(control.Versions)-1]
					return !newest.CheckPod(&pod.ObjectMeta, &pod.Spec).Allowed
				})
				got := slices.ContainsFunc(c.checks, func(check *Check) bool {
					fails, _, _ := verdict(t, check, pod)
					return len(fails) > 0
				})
				if got != want {
					t.Fatalf("fails: %t, forbidden by Pod Security: %t, for %+v", got, want, pod.Spec)
				}
				compared++
				if want {
					forbidden++
				}
			}
			if enough := 100; forbidden < enough || compared-forbidden < enough {
				t.Errorf("compared %d pods, of which %d are forbidden: want at least %d each way", compared, forbidden, enough)
			}
		})
	}
}

func anyContainer(p *Pod, is func(*Container) bool) bool {
	for i := range p.Containers {
		if is(&p.Containers[i]) {
			return true
		}
	}
	return false
}
