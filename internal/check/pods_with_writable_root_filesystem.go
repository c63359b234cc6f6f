package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsWithWritableRootFilesystem = Check{
	ID:       "pods_with_writable_root_filesystem",
	Gap:      Root,
	Severity: Low,
	Title: "Pods in which some container can write its root filesystem, because readOnlyRootFilesystem is not true. Writable volumes do " +
		"not count, and Windows pods, which have no such setting, pass.",
	Why: "Whoever gets into a container with a writable root filesystem can replace its programs and leave tools behind. No Pod " +
		"Security Standard asks for it, and it opens nothing by itself: hygiene, low.",
	Remediation: "Set securityContext.readOnlyRootFilesystem: true on every container and mount an emptyDir where it must write, " +
		"usually at /tmp.",
	Needs:     []model.Kind{model.Pods},
	LinuxOnly: true,
	Judge:     PodJudge(judgeWritableRootFilesystem),
}

// judgeWritableRootFilesystem: no standard demands a read-only root filesystem, benchmarks recommend it. The setting exists for single
// containers only, and the API refuses it for Windows, where no runtime could honor it.
func judgeWritableRootFilesystem(p *Pod, r *Report) {
	for i := range p.Containers {
		c := &p.Containers[i]
		if s := c.SecurityContext; s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
			r.Fail(0, c, "securityContext.readOnlyRootFilesystem", "it is not true, and by default the root filesystem is writable")
		}
	}
}
