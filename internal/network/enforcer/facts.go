package enforcer

import "github.com/kube-posture/kube-posture-exporter/internal/check"

// Facts are what a verdict is told from. DaemonSets and Nodes may be reduced first, see there.
// Nodes are believed: only kubelets and administrators write them.
type Facts struct {
	DaemonSets []DaemonSet
	Nodes      []Node
	// Groups are the API groups that are served.
	Groups []string
	// Stated is what the configuration says: the name of who enforces, "none", or nothing. It outranks everything that is found.
	Stated string
	// Trusted are the namespaces that no tenant can write to. A DaemonSet in another one is a hint.
	Trusted []string
}

// DaemonSet is what there is to know about a DaemonSet.
type DaemonSet struct {
	Namespace, Name string
	// Idle says that it wants to run on no node, as one does that was switched off by a node selector. Nothing is told from it.
	Idle bool
	// HostNetwork says that its pods are on the network of their node.
	HostNetwork bool
	Containers  []Container
}

// Container is a regular container of a DaemonSet.
type Container struct {
	Name, Image string
	// NetAdmin says that the container may change the network that it is on: it is privileged, or
	// has the capability NET_ADMIN or SYS_ADMIN.
	NetAdmin bool
	// Args are the command and its arguments.
	Args []string
	// Env are the environment variables that have a value of their own.
	Env map[string]string
}

// Node is what there is to know about a node.
type Node struct {
	Name                string
	Labels, Annotations map[string]string
	KubeletVersion      string
}

// Verdict says whether network policies are enforced.
type Verdict struct {
	// Enforced is unknown when nothing that is known was found, when it cannot be seen whether it is switched on, or when nobody who was
	// found enforces and there are signs of others.
	Enforced check.Answer
	// Enforcers are those who do, by name, each once. There are none unless Enforced is Yes.
	Enforcers []Enforcer
	// Notes are for the log: what else was found, and why that does not settle it. They are sorted.
	Notes []string
}

// Enforcer is somebody who enforces network policies.
type Enforcer struct {
	// Name is a short name from the table, or the one that the configuration states.
	Name string
	// Evidence says where it was found.
	Evidence string
}
