package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsWithoutRunAsNonRoot = Check{
	ID:       "pods_without_run_as_non_root",
	Gap:      Root,
	Severity: Medium,
	Title: "Pods in which the effective runAsNonRoot of some container is not true, so that nothing keeps a changed image from running " +
		"as root; runAsUser alone does not count. Pods with a user namespace of their own pass.",
	Why: "Without the setting the kubelet starts whatever user the image names: a rebuilt base image turns a pod into root without any " +
		"change to the cluster. The restricted standard demands it: medium.",
	Remediation: "Set spec.securityContext.runAsNonRoot: true and remove overrides in containers; give images a numeric USER. Where root " +
		"is needed inside, set spec.hostUsers: false.",
	Control: "restricted/runAsNonRoot",
	CIS:     []Reference{{Edition: "cis-1.12", Control: "5.2.7"}},
	Needs:   []model.Kind{model.Pods},
	Judge:   PodJudge(judgeWithoutRunAsNonRoot),
}

// judgeWithoutRunAsNonRoot: the standard wants runAsNonRoot to be true for every container, inherited from the pod or set by itself, and
// since 1.35 it accepts anything from a pod with a user namespace of its own. It also refuses a pod-level false that every container
// overrides; here only the value in force counts, because that is what the kubelet enforces. Windows pods are judged: the kubelet
// honors the setting there too.
func judgeWithoutRunAsNonRoot(p *Pod, r *Report) {
	if p.InUserNamespace() {
		return
	}
	for i := range p.Containers {
		c := &p.Containers[i]
		switch nonRoot := p.RunAsNonRoot(c); {
		case nonRoot == nil:
			r.Fail(0, c, "securityContext.runAsNonRoot", "it is not set, here or for the pod")
		case !*nonRoot:
			r.Fail(0, c, "securityContext.runAsNonRoot", "the value in force is false, set here or for the pod")
		}
	}
}
