package check

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

var podsPrivileged = Check{
	ID:       "pods_privileged",
	Gap:      Root,
	Severity: Critical,
	Title: "Pods in which some container is privileged, or is a Windows HostProcess container. A pod with a user namespace of its own " +
		"counts too.",
	Why: "A privileged container has every capability, every device and no confinement: whoever controls it controls the node at once, " +
		"and with the node every pod and token on it. That is critical.",
	Remediation: "Remove securityContext.privileged and windowsOptions.hostProcess; give the container the single capabilities, devices or " +
		"paths it needs instead. For node agents that cannot do without, make an exemption with an owner and an expiry.",
	Control: "baseline/privileged",
	CIS:     []Reference{{Edition: "cis-1.12", Control: "5.2.2"}, {Edition: "cis-1.12", Control: "5.2.10"}},
	Needs:   []model.Kind{model.Pods},
	Judge:   PodJudge(judgePrivileged),
}

// judgePrivileged: the standard forbids every container privileged: true and, in a control of its own, hostProcess: true to containers and
// pods on Windows, which is the same thing there: a process on the node with the node's rights. For hostProcess the value in force counts,
// the container's before the pod's. What the pod says its operating system is does not matter: it may be left out.
func judgePrivileged(p *Pod, r *Report) {
	for i := range p.Containers {
		c := &p.Containers[i]
		if privileged(c) {
			r.Fail(0, c, "securityContext.privileged", "it is true")
		}
		if hostProcess(p, c) {
			r.Fail(0, c, "securityContext.windowsOptions.hostProcess", "the value in force is true, set here or for the pod")
		}
	}
}

func privileged(c *Container) bool {
	return c.SecurityContext != nil && c.SecurityContext.Privileged != nil && *c.SecurityContext.Privileged
}

func hostProcess(p *Pod, c *Container) bool {
	var own, pods *corev1.WindowsSecurityContextOptions
	if c.SecurityContext != nil {
		own = c.SecurityContext.WindowsOptions
	}
	if p.Spec.SecurityContext != nil {
		pods = p.Spec.SecurityContext.WindowsOptions
	}
	// Unlike other options, those for Windows are inherited one by one.
	if own != nil && own.HostProcess != nil {
		return *own.HostProcess
	}
	return pods != nil && pods.HostProcess != nil && *pods.HostProcess
}
