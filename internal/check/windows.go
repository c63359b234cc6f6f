package check

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// ClaimsWindows reports whether the specification says that the pod runs on Windows: spec.os
// decides where it is set; else a node selector or a required node affinity for
// kubernetes.io/os=windows, or a HostProcess container, which only Windows has. It is a claim:
// spec.nodeName goes past every selector, so the operating system of the pod's node outranks it.
// Pod Security admission goes by spec.os alone.
func (p *Pod) ClaimsWindows() bool {
	if p.Spec.OS != nil {
		return p.Spec.OS.Name == corev1.Windows
	}
	if p.Spec.NodeSelector[corev1.LabelOSStable] == string(corev1.Windows) || requiresWindows(p.Spec.Affinity) {
		return true
	}
	return slices.ContainsFunc(p.Containers, func(c Container) bool { return hostProcess(p, &c) })
}

// requiresWindows reports whether every node that the affinity allows runs Windows: its terms are
// alternatives, and the expressions of a term hold together.
func requiresWindows(a *corev1.Affinity) bool {
	if a == nil || a.NodeAffinity == nil || a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return false
	}
	terms := a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	return len(terms) > 0 && !slices.ContainsFunc(terms, func(t corev1.NodeSelectorTerm) bool {
		return !slices.ContainsFunc(t.MatchExpressions, func(r corev1.NodeSelectorRequirement) bool {
			return r.Key == corev1.LabelOSStable && r.Operator == corev1.NodeSelectorOpIn &&
				slices.Equal(r.Values, []string{string(corev1.Windows)})
		})
	})
}
