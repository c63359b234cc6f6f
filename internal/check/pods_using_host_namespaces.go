package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// The label values of pods_using_host_namespaces.
const (
	hostNetwork = iota
	hostPID
	hostIPC
)

var podsUsingHostNamespaces = Check{
	ID:       "pods_using_host_namespaces",
	Gap:      Root,
	Severity: High,
	Title: "Pods that share the node's network, PID or IPC namespace, by namespace; a pod that shares several counts in each. The user " +
		"namespace is not among them.",
	Why: "On the node's network a pod escapes network policies and reaches what listens on the node's loopback address; with its processes " +
		"it sees their arguments and environment; with its IPC it reads their shared memory. The baseline standard forbids each: high. " +
		"Together with privileged it is the node, which pods_privileged reports.",
	Remediation: "Remove spec.hostNetwork, hostPID and hostIPC. Node agents that need them: an exemption with an owner and an expiry.",
	Labels:      []Label{{Name: "host_namespace", Values: []string{"network", "pid", "ipc"}}},
	Control:     "baseline/hostNamespaces",
	CIS: []Reference{
		{Edition: "cis-1.12", Control: "5.2.3"}, {Edition: "cis-1.12", Control: "5.2.4"}, {Edition: "cis-1.12", Control: "5.2.5"},
	},
	Needs: []model.Kind{model.Pods},
	Judge: PodJudge(judgeHostNamespaces),
}

// judgeHostNamespaces: the standard wants hostNetwork, hostPID and hostIPC to be false or unset, on every operating system.
func judgeHostNamespaces(p *Pod, r *Report) {
	if p.Spec.HostNetwork {
		r.Fail(hostNetwork, nil, "spec.hostNetwork", "it is true")
	}
	if p.Spec.HostPID {
		r.Fail(hostPID, nil, "spec.hostPID", "it is true")
	}
	if p.Spec.HostIPC {
		r.Fail(hostIPC, nil, "spec.hostIPC", "it is true")
	}
}
