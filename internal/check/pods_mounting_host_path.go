package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsMountingHostPath = Check{
	ID:       "pods_mounting_host_path",
	Gap:      Root,
	Severity: High,
	Title: "Pods with a hostPath volume, whatever its path, read-only or not, and whether or not a container mounts it. Local persistent " +
		"volumes do not count.",
	Why: "A path of the node is a way into it: the runtime's socket or the kubelet's directory give every pod and Secret there, and a " +
		"writable path can plant programs for the node to run. The baseline standard forbids it: high.",
	Remediation: "Use a persistent volume, an emptyDir or a projected volume. Node agents that need a path: mount the narrowest one with " +
		"readOnly: true, and make an exemption with an owner and an expiry.",
	Control: "baseline/hostPathVolumes",
	CIS:     []Reference{{Edition: "cis-1.12", Control: "5.2.11"}},
	Needs:   []model.Kind{model.Pods},
	Judge:   PodJudge(judgeHostPath),
}

// judgeHostPath: the standard wants no volume of the pod to be a hostPath. Although the name says mounting, the volume counts and not its
// mounts, as for the standard: whoever may debug the pod can mount it into an ephemeral container at any time.
func judgeHostPath(p *Pod, r *Report) {
	for i := range p.Spec.Volumes {
		if v := &p.Spec.Volumes[i]; v.HostPath != nil {
			r.FailItem(0, nil, Item{List: "spec.volumes", Index: i, Field: "hostPath"}, "the volume is a path of the node", v.HostPath.Path)
		}
	}
}
