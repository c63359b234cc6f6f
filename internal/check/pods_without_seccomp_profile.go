package check

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

var podsWithoutSeccompProfile = Check{
	ID:       "pods_without_seccomp_profile",
	Gap:      Root,
	Severity: Medium,
	Title: "Pods in which some container runs without a seccomp profile: the effective type is neither RuntimeDefault nor Localhost, or " +
		"the container is privileged, which switches seccomp off. A kubelet's own default is not seen; Windows pods pass.",
	Why: "Without a profile every system call of the kernel is open to the container, the ones behind most container escapes included. " +
		"The restricted standard demands one: medium.",
	Remediation: "Set spec.securityContext.seccompProfile.type: RuntimeDefault, and remove overrides and privileged from containers.",
	Control:     "restricted/seccompProfile",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.6.2"}},
	Needs:       []model.Kind{model.Pods},
	LinuxOnly:   true,
	Judge:       PodJudge(judgeSeccompProfile),
}

// judgeSeccompProfile: the standard wants every container, since 1.25 not on Windows, to have a profile of type RuntimeDefault or Localhost,
// its own or the pod's. It also refuses an Unconfined pod whose containers all override it; here only the profile in force counts.
// And it believes a privileged container, which Kubernetes documents as always unconfined: it has no profile, so it fails here.
// Whether kubelets run with seccompDefault, which would give RuntimeDefault to an unset profile, is in no object that is read.
func judgeSeccompProfile(p *Pod, r *Report) {
	for i := range p.Containers {
		c := &p.Containers[i]
		switch profile := p.SeccompProfile(c); {
		case profile == nil:
			r.Fail(0, c, "securityContext.seccompProfile", "it is not set, here or for the pod")
		case profile.Type != corev1.SeccompProfileTypeRuntimeDefault && profile.Type != corev1.SeccompProfileTypeLocalhost:
			r.Fail(0, c, "securityContext.seccompProfile.type", "the type in force, set here or for the pod, confines nothing")
		case privileged(c):
			r.Fail(0, c, "securityContext.privileged", "a privileged container runs unconfined, whatever its profile says")
		}
	}
}
