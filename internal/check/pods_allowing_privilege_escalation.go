package check

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

var podsAllowingPrivilegeEscalation = Check{
	ID:       "pods_allowing_privilege_escalation",
	Gap:      Root,
	Severity: Medium,
	Title: "Pods in which a process of some container can gain more privileges than its parent: allowPrivilegeEscalation is true or " +
		"unset, or the container is privileged or has CAP_SYS_ADMIN. Windows pods pass.",
	Why: "A set-user-ID program in the image is enough to become root from any user, which undoes a non-root user. The restricted " +
		"standard forbids it: medium.",
	Remediation: "Set securityContext.allowPrivilegeEscalation: false on every container, and neither privileged nor CAP_SYS_ADMIN.",
	Control:     "restricted/allowPrivilegeEscalation",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.2.6"}},
	Needs:       []model.Kind{model.Pods},
	LinuxOnly:   true,
	Judge:       PodJudge(judgePrivilegeEscalation),
}

// judgePrivilegeEscalation: the standard wants every container to set allowPrivilegeEscalation to false, because unset means allowed,
// and lets Windows pods off, which cannot set it. A false beside privileged or CAP_SYS_ADMIN means nothing: Kubernetes defines such
// containers as always allowed to. The API server rejects most such combinations, but not the capability under its short name, and a
// file may hold any of them.
func judgePrivilegeEscalation(p *Pod, r *Report) {
	for i := range p.Containers {
		c := &p.Containers[i]
		s := c.SecurityContext
		switch {
		case s == nil || s.AllowPrivilegeEscalation == nil:
			r.Fail(0, c, "securityContext.allowPrivilegeEscalation", "it is not set, which allows it")
		case *s.AllowPrivilegeEscalation:
			r.Fail(0, c, "securityContext.allowPrivilegeEscalation", "it is true")
		case privileged(c):
			r.Fail(0, c, "securityContext.privileged", "being privileged always allows it, whatever allowPrivilegeEscalation says")
		case addsSysAdmin(s.Capabilities):
			r.Fail(0, c, "securityContext.capabilities.add", "CAP_SYS_ADMIN always allows it, whatever allowPrivilegeEscalation says")
		}
	}
}

// addsSysAdmin says whether the capabilities end up with CAP_SYS_ADMIN. Runtimes take names with and without the prefix, in any case.
func addsSysAdmin(caps *corev1.Capabilities) bool {
	if caps == nil {
		return false
	}
	for _, name := range caps.Add {
		s := string(name)
		if strings.EqualFold(s, "SYS_ADMIN") || strings.EqualFold(s, "CAP_SYS_ADMIN") || strings.EqualFold(s, string(everyCapability)) {
			return true
		}
	}
	return false
}
