package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// The label values of pods_running_as_root, from the worst to the least bad.
const (
	rootObserved = iota
	rootDeclared
	rootPossible
	notRoot
)

var podsRunningAsRoot = Check{
	ID:       "pods_running_as_root",
	Gap:      Root,
	Severity: Medium,
	Title: "Pods in which a container runs as UID 0 (evidence observed), is told to (declared), or may because only the image " +
		"decides (possible); the worst container decides. Pods with a user namespace of their own and Windows pods pass.",
	Why: "A process that is root in its container is root on the node the moment it escapes, through a kernel bug, a mounted path or " +
		"a capability. The restricted standard forbids it: medium.",
	Remediation: "Build the image with a numeric USER other than 0, set securityContext.runAsNonRoot: true and, where the image's user " +
		"is not numeric, runAsUser. Where root is needed inside, set spec.hostUsers: false.",
	Labels:    []Label{{Name: "evidence", Values: []string{"observed", "declared", "possible"}}},
	Control:   "restricted/runAsUser",
	CIS:       []Reference{{Edition: "cis-1.12", Control: "5.2.7"}},
	Needs:     []model.Kind{model.Pods},
	LinuxOnly: true,
	Judge:     PodJudge(judgeRunningAsRoot),
}

// judgeRunningAsRoot: the standard wants no container to set runAsUser to 0. Whether one really is root is more than that, and less:
// the kernel's word, where the runtime passed it on, outranks the specification; runAsNonRoot: true outranks a missing user and even
// runAsUser: 0, because the kubelet refuses to start UID 0; and the specification outranks the image, which the API does not show.
// A container that has ended is judged like one that runs: it was root on this node and is again when the pod restarts.
func judgeRunningAsRoot(p *Pod, r *Report) {
	if p.InUserNamespace() {
		return
	}
	worst := notRoot
	for i := range p.Containers {
		worst = min(worst, rootEvidence(p, &p.Containers[i]))
	}
	if worst == notRoot {
		return
	}
	field, message := rootReason(worst)
	for i := range p.Containers {
		if c := &p.Containers[i]; rootEvidence(p, c) == worst {
			r.Fail(worst, c, field, message)
		}
	}
}

// rootEvidence is the worst thing that is known of one container. A UID of 0 and no UID at all are different things.
func rootEvidence(p *Pod, c *Container) int {
	if s := c.Status; s != nil && s.User != nil && s.User.Linux != nil {
		if s.User.Linux.UID == 0 {
			return rootObserved
		}
		return notRoot
	}
	if nonRoot := p.RunAsNonRoot(c); nonRoot != nil && *nonRoot {
		return notRoot
	}
	switch user := p.RunAsUser(c); {
	case user == nil:
		return rootPossible
	case *user == 0:
		return rootDeclared
	default:
		return notRoot
	}
}

// rootReason gives the field to change, which is not always the field that told.
func rootReason(evidence int) (field, message string) {
	switch evidence {
	case rootObserved:
		return "securityContext", "the container's status says that its first process has UID 0"
	case rootDeclared:
		return "securityContext.runAsUser", "the user in force is 0, set here or for the pod"
	default:
		return "securityContext", "neither runAsNonRoot nor runAsUser is set, here or for the pod: the image decides"
	}
}
