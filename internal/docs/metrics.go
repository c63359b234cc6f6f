package docs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// Metrics renders docs/metrics.md: every family that the exporter serves for a set of checks.
func Metrics(set *check.Set) []byte {
	var p page
	p.marked("Metrics", "the descriptors in `collector`")
	p.reading()
	p.definitions()
	all := collector.Metrics(set)
	p.line("## Checks, by gap\n")
	p.paragraph("Level 1: failing, non-exempt resources by namespace. [checks.md](checks.md) says of each why it matters and what to do.")
	for _, gap := range gaps(set) {
		p.line("### Gap: %s\n", gap)
		var rows [][]string
		for _, m := range all {
			if e := set.Entry(strings.TrimPrefix(m.Name, collector.Namespace)); e != nil && e.Gap == gap {
				name := fmt.Sprintf("[`%s`](checks.md#%s)", m.Name, e.ID)
				rows = append(rows, []string{name, m.Type, checkLabels(e.Check), prose(m.Help), kinds(e.Needs)})
			}
		}
		p.families(rows)
	}
	known := families()
	for g := range groupCount {
		p.line("## %s\n", sections[g].title)
		p.paragraph("%s", sections[g].intro)
		var rows [][]string
		for _, m := range all {
			if f, ok := known[strings.TrimPrefix(m.Name, collector.Namespace)]; ok && f.group == g && !isCheck(set, m) {
				rows = append(rows, []string{code(m.Name), m.Type, or(familyLabels(m, f), "–"), prose(m.Help), needs(f)})
			}
		}
		p.families(rows)
	}
	return p.Bytes()
}

// reading explains the numbers.
func (p *page) reading() {
	p.paragraph("Three levels, from the cluster to the offender:")
	p.table([]string{"level", "family", "says"}, [][]string{
		{"0", "`kube_posture_check_resources{check,result}`", "resources judged in the whole cluster, zeros included"},
		{"1", "`kube_posture_<check>{namespace}`", "failing, non-exempt resources in a namespace; 0 where some were judged and none fails"},
		{"2", "`kube_posture_finding{check,namespace,kind,name}`", "failing resources behind one object: the top controller of pods, or the object itself"},
	})
	p.line("- **Absent is not zero.** Before every required kind has been listed or refused there is no posture at all, and what needs a kind that " +
		"cannot be listed is absent (the column *needs*) for as long as `kube_posture_informer_synced` of that kind is 0. An alert on a gauge " +
		"should be accompanied by one on that metric.")
	p.line("- **Three-valued.** What the API does not tell is `result=\"unknown\"`; it is in no level-1 gauge, neither as pass nor as fail.")
	p.line("- At levels 0 and 2 a resource counts once per check, whatever its extra labels say; at level 1 it counts under each label value that it fails.")
	p.line("- An exempt resource is judged: it keeps its namespace's series at level 1, and does not add to it.")
	p.line("- The `namespace` label is empty for cluster-scoped objects, which to Prometheus is the same as no label.")
	p.line("- `kube_posture_cluster_admin_subjects` also counts, at level 1, subjects that pass: those that Kubernetes or the provider of the cluster " +
		"makes admins (`origin`). They are no findings.")
	p.paragraph("- Replicas of the exporter say the same: aggregate with `max without(instance, pod)`, never with `sum`.")
}

// definitions states what a name leaves open.
func (p *page) definitions() {
	p.line("## What the words mean\n")
	p.line("- **Finished**: a pod of phase Succeeded or Failed. It is judged by no check, and selected by no network policy. It still *uses* its " +
		"ServiceAccount: a binding of an account that only finished pods ran as is not unused.")
	p.line("- **Selects**: a network policy selects pods that have not finished and are not on the host network. A policy whose selector matches only pods " +
		"on the host network selects nothing.")
	p.line("- **A token for the API server**: one whose audience is %s. For any other audience, a cloud provider's issuer among them, it is a token for "+
		"another service.", audiences())
	p.line("- **A namespace that is being deleted** has the phase Terminating. No check of namespaces judges it and it has no " +
		"`kube_posture_namespace_pod_security_ready`; its pods, bindings and policies are judged, and its level is shown.")
	p.paragraph("- **Origin** (`kube_posture_cluster_admin_subjects`, `kube_posture_cluster_admin_subject_info`): `builtin` is a grant by a binding that the " +
		"API server of this version or kubeadm makes, `provider` one by a binding that EKS, AKS, GKE, OpenShift, K3s or RKE2 makes in its clusters, and " +
		"`custom` any other. The name, the role and the subject must all be theirs, and the versions, nodes or API groups must not show another platform. A " +
		"default whose role was given a power that it has in no version is custom. The info has the origin of its binding's grant; a subject counts as custom " +
		"by any custom grant, else as the provider's by any of those. See [ADR 0013](adr/0013-kubernetes-own-rbac-is-counted-but-not-found.md).")
}

func audiences() string {
	var list []string
	for _, a := range check.APIAudiences() {
		if a == "" {
			list = append(list, "empty")
		} else {
			list = append(list, code(a))
		}
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

func (p *page) families(rows [][]string) {
	p.table([]string{"metric", "type", "labels", "what it says", "needs"}, rows)
}

func isCheck(set *check.Set, m collector.Metric) bool {
	return set.Entry(strings.TrimPrefix(m.Name, collector.Namespace)) != nil
}

// familyLabels lists the labels of a family, with their values where they are closed.
func familyLabels(m collector.Metric, f family) string {
	var list []string
	for _, l := range m.Labels {
		if values, ok := f.closed[l]; ok {
			list = append(list, closed(l, values))
		} else {
			list = append(list, code(l))
		}
	}
	return strings.Join(list, "; ")
}

func needs(f family) string {
	if f.perList != nil {
		return "what the list needs"
	}
	if f.perCheck {
		return "what the check needs"
	}
	if f.everyCheck {
		return "what every check needs that is switched on"
	}
	return or(kinds(slices.Clone(f.needs)), "–")
}
