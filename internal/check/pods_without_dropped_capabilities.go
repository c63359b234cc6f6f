package check

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// everyCapability stands for all of them, in drop and in add.
const everyCapability corev1.Capability = "ALL"

var podsWithoutDroppedCapabilities = Check{
	ID:       "pods_without_dropped_capabilities",
	Gap:      Root,
	Severity: Medium,
	Title: "Pods in which some container does not drop ALL capabilities, in capitals as Pod Security wants it. It keeps those that the " +
		"runtime gives by default, or part of them; with all in other letters it keeps none and counts all the same. Windows pods pass.",
	Why: "The default capabilities let a process forge packets on the pod network, take over files of other users and change its user. " +
		"The restricted standard demands that all are dropped: medium.",
	Remediation: "Set securityContext.capabilities.drop: [ALL] on every container, in capitals, and add back NET_BIND_SERVICE where a " +
		"port below 1024 needs it.",
	Control:   "restricted/capabilities",
	CIS:       []Reference{{Edition: "cis-1.12", Control: "5.2.8"}, {Edition: "cis-1.12", Control: "5.2.9"}},
	Needs:     []model.Kind{model.Pods},
	LinuxOnly: true,
	Judge:     PodJudge(judgeDroppedCapabilities),
}

// judgeDroppedCapabilities: the standard wants every container, since 1.25 not on Windows, to name
// ALL among the capabilities that it drops. Only ALL in capitals counts, as for the standard,
// though containerd and CRI-O take it in any letters. Dropping every capability one by one does not
// count, because the next kernel may have one more.
func judgeDroppedCapabilities(p *Pod, r *Report) {
	for i := range p.Containers {
		c := &p.Containers[i]
		s := c.SecurityContext
		if s == nil || s.Capabilities == nil {
			r.Fail(0, c, "securityContext.capabilities.drop", "it does not contain ALL")
			continue
		}
		switch drop := s.Capabilities.Drop; {
		case slices.Contains(drop, everyCapability):
		case slices.ContainsFunc(drop, isEveryCapability):
			r.Fail(0, c, "securityContext.capabilities.drop", "it does not contain ALL in capitals: the runtime drops every "+
				"capability all the same, and Pod Security admission refuses the pod")
		default:
			r.Fail(0, c, "securityContext.capabilities.drop", "it does not contain ALL")
		}
	}
}

// isEveryCapability reports whether a container runtime takes the name for ALL.
func isEveryCapability(name corev1.Capability) bool {
	return strings.EqualFold(string(name), string(everyCapability))
}
