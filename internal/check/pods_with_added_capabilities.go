package check

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

var podsWithAddedCapabilities = Check{
	ID:       "pods_with_added_capabilities",
	Gap:      Root,
	Severity: Medium,
	Title: "Pods in which some container adds a capability other than NET_BIND_SERVICE. Capabilities that the runtime gives by default do " +
		"not count here, and Windows pods pass.",
	Why: "A capability is a part of root's power. Some are as good as the node, some are in the default set anyway; the restricted standard " +
		"forbids to add any but NET_BIND_SERVICE: medium.",
	Remediation: "Remove the capability from securityContext.capabilities.add, or exempt the workload with the reason why it needs it.",
	Control:     "restricted/capabilities",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.2.9"}},
	Needs:       []model.Kind{model.Pods},
	LinuxOnly:   true,
	Judge:       PodJudge(judgeAddedCapabilities),
}

// theHarmlessCapability lets a process listen on a port below 1024 and nothing else.
const theHarmlessCapability corev1.Capability = "NET_BIND_SERVICE"

// judgeAddedCapabilities: the standard lets a container, since 1.25 not on Windows, add NET_BIND_SERVICE and nothing else. The name counts
// as it is written, as for the standard: CAP_NET_BIND_SERVICE is another one.
func judgeAddedCapabilities(p *Pod, r *Report) {
	for i := range p.Containers {
		c := &p.Containers[i]
		if c.SecurityContext == nil || c.SecurityContext.Capabilities == nil {
			continue
		}
		for n, name := range c.SecurityContext.Capabilities.Add {
			if name != theHarmlessCapability {
				r.FailItem(0, c, Item{List: "securityContext.capabilities.add", Index: n}, "the capability is added", string(name))
			}
		}
	}
}
