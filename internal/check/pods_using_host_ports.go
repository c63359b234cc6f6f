package check

import "github.com/kube-posture/kube-posture-exporter/internal/model"

var podsUsingHostPorts = Check{
	ID:       "pods_using_host_ports",
	Gap:      Root,
	Severity: High,
	Title: "Pods in which some container takes a port of its node. On the host network every port that a container declares is one, as the " +
		"API server fills it in; ports that are opened without being declared are not seen.",
	Why: "A host port is reachable at the node's address by everyone who reaches the node, beside every Service and often beside network " +
		"policies, and can take the place of a service of the node. The baseline standard forbids it: high.",
	Remediation: "Remove ports[].hostPort and spec.hostNetwork, and use a Service.",
	Control:     "baseline/hostPorts",
	CIS:         []Reference{{Edition: "cis-1.12", Control: "5.2.12"}},
	Needs:       []model.Kind{model.Pods},
	Judge:       PodJudge(judgeHostPorts),
}

// judgeHostPorts: the standard wants no port of any container to have a hostPort other than 0. It is applied after the API server has
// given every declared port of a pod on the host network the container port as its host port. A file need not have that default,
// so it is applied here; a pod says the same from a file as from the API.
func judgeHostPorts(p *Pod, r *Report) {
	for i := range p.Containers {
		c := &p.Containers[i]
		// The API server fills in nothing for ephemeral containers, which cannot have ports.
		filled := p.Spec.HostNetwork && c.Kind != Ephemeral
		for n := range c.Ports {
			at := Item{List: "ports", Index: n, Field: "hostPort"}
			switch port := &c.Ports[n]; {
			case port.HostPort != 0:
				r.FailItem(0, c, at, "the container takes a port of the node", port.Name)
			case filled && port.ContainerPort != 0:
				r.FailItem(0, c, at, "on the host network it defaults to the container port", port.Name)
			}
		}
	}
}
