package check

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// everyCapability stands for all of them, in drop and in add.
const everyCapability corev1.Capability = "ALL"

var podsWithoutDroppedCapabilities = Check{
	ID:       "pods_without_dropped_capabilities",
	Gap:      Root,
	Severity: Medium,
	Title: "Pods in which some container does not drop ALL capabilities and so keeps those that the runtime gives by default, or part " +
		"of them. Windows pods pass.",
	Why: "The default capabilities let a process forge packets on the pod network, take over files of other users and change its user. " +
		"The restricted standard demands that all are dropped: medium.",
	Remediation: "Set securityContext.capabilities.drop: [ALL] on every container, in capitals, and add back NET_BIND_SERVICE where a " +
		"port below 1024 needs it.",
	Control: "restricted/capabilities",
	CIS:     []Reference{{Edition: "cis-1.12", Control: "5.2.8"}, {Edition: "cis-1.12", Control: "5.2.9"}},
	Needs:   []model.Kind{model.Pods},
	Judge:   PodJudge(judgeDroppedCapabilities),
}

// judgeDroppedCapabilities: the standard wants every container, since 1.25 not on Windows, to name ALL among the capabilities that it
// drops. Only ALL in capitals counts, as for the standard; dropping every capability one by one does not, because the next kernel
// may have one more.
func judgeDroppedCapabilities(p *Pod, r *Report) {
	if p.OnWindows() {
		return
	}
	for i := range p.Containers {
		c := &p.Containers[i]
		s := c.SecurityContext
		if s == nil || s.Capabilities == nil || !slices.Contains(s.Capabilities.Drop, everyCapability) {
			r.Fail(0, c, "securityContext.capabilities.drop", "it does not contain ALL")
		}
	}
}
