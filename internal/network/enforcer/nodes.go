package enforcer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

const (
	k3sVersion = "+k3s"
	k3sArgs    = "k3s.io/node-args"
	k3sServer  = "server"
	k3sDisable = "--disable-network-policy"

	eksCompute = "eks.amazonaws.com/compute-type"
	eksAuto    = "auto"

	aksPolicy    = "kubernetes.azure.com/network-policy"
	aksNone      = "none"
	aksNetwork   = "azure-cns"
	aksNamespace = "kube-system"
)

// k3s asks the servers: they tell every node whether its controller runs. An agent's arguments say nothing about it.
func k3s(f *Facts) []finding {
	found := finding{name: "k3s", answer: check.Unknown, why: "no server of k3s is a node, so nobody knows what it was started with"}
	var on, off string
	there := false
	for i := range f.Nodes {
		n := &f.Nodes[i]
		if !strings.Contains(n.KubeletVersion, k3sVersion) {
			continue
		}
		there = true
		found.evidence = first(found.evidence, "node "+n.Name+": kubelet "+n.KubeletVersion)
		switch server, disabled := k3sArguments(n.Annotations[k3sArgs]); {
		case server && disabled:
			off = first(off, n.Name)
		case server:
			on = first(on, n.Name)
		}
	}
	switch {
	case !there:
		return nil
	case on != "" && off != "":
		found.why = fmt.Sprintf("the server %s has %s, the server %s has not", off, k3sDisable, on)
	case on != "":
		found.answer, found.evidence, found.why = check.Yes, "node "+on+": annotation "+k3sArgs+" has no "+k3sDisable, ""
	case off != "":
		found.answer, found.evidence, found.why = check.No, "node "+off+": annotation "+k3sArgs, k3sDisable
	}
	return []finding{found}
}

// first is the smaller of two texts, where an empty one counts for nothing.
func first(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// k3sArguments reads the annotation: a JSON list of what k3s was started with, its configuration file included, in which a flag and its
// value are two items.
func k3sArguments(annotation string) (server, disabled bool) {
	var args []string
	if err := json.Unmarshal([]byte(annotation), &args); err != nil {
		return false, false
	}
	command := slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") })
	if command < 0 || args[command] != k3sServer {
		return false, false
	}
	for i, arg := range args {
		name, value, has := strings.Cut(arg, "=")
		if name != k3sDisable {
			continue
		}
		if !has && i+1 < len(args) {
			value = args[i+1]
		}
		set, err := strconv.ParseBool(value)
		disabled = err != nil || set
	}
	return true, disabled
}

func eksAutoMode(f *Facts) []finding {
	name := ""
	for i := range f.Nodes {
		if n := &f.Nodes[i]; n.Labels[eksCompute] == eksAuto {
			name = first(name, n.Name)
		}
	}
	if name == "" {
		return nil
	}
	return []finding{{
		name: "eks-auto-mode", evidence: "node " + name + ": label " + eksCompute + "=" + eksAuto,
		why: "whether its node class enforces cannot be seen",
	}}
}

// aks believes the label where AKS provides the network; where it does not, the label is none whatever somebody installed. An engine that
// the label names is in the table itself.
func aks(f *Facts) []finding {
	provides := slices.ContainsFunc(f.DaemonSets, func(d DaemonSet) bool { return !d.Idle && d.isAzureNetwork() })
	none, other := "", ""
	for i := range f.Nodes {
		n := &f.Nodes[i]
		switch policy := n.Labels[aksPolicy]; {
		case policy == "":
		case policy == aksNone:
			none = first(none, n.Name)
		default:
			other = first(other, "node "+n.Name+": label "+aksPolicy+"="+policy)
		}
	}
	switch {
	case other != "":
		return []finding{{name: "aks", evidence: other, why: "an engine is found by its DaemonSet"}}
	case none != "" && provides:
		return []finding{{name: "aks", answer: check.No, evidence: "node " + none + ": label " + aksPolicy + "=" + aksNone}}
	}
	return nil
}

func (d *DaemonSet) isAzureNetwork() bool { return d.Namespace == aksNamespace && d.Name == aksNetwork }
