package docs

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Permissions renders docs/permissions.md: what the exporter lists and watches, and what is absent without it.
func Permissions(set *check.Set, table []informers.Kind) []byte {
	var p page
	p.marked("Permissions", "the table of kinds in `informers`")
	p.paragraph("The exporter lists and watches the kinds below in the whole cluster, and nothing else: no Secret, no ConfigMap, no " +
		"`nodes/proxy`, and it writes nothing. It also asks for `/version` and for the API groups that are served, which the API server's defaults " +
		"allow to everybody; it goes on without an answer.")
	p.paragraph("With `--web.authorization=kubernetes` it also creates `tokenreviews` and `subjectaccessreviews`, which are questions to the API server " +
		"and leave nothing behind: bind the ClusterRole `system:auth-delegator` to its ServiceAccount for that, by a ClusterRoleBinding.")
	p.kinds(table)
	p.paragraph("A kind that may not be listed takes with it exactly what needs it; the exporter runs on, logs it, and serves " +
		"`kube_posture_informer_synced{resource=\"…\"} 0`. Once the permission is there, the kind is back within half a minute or so, without a restart.")
	p.line("## The least ClusterRole\n")
	p.paragraph("With a namespace `kube-posture`, and a ServiceAccount `kube-posture-exporter` in it:")
	p.clusterRole(table)
	p.line("## What is absent without a kind\n")
	p.paragraph("Names are without `kube_posture_`; `kube_posture_check_resources` and `kube_posture_finding` lose the series of the checks named.")
	p.absences(set, table)
	p.paragraph("A kind of another policy engine that is served and may not be listed takes nothing with it: what such a policy could change is " +
		"`result=\"unknown\"`. A kind that is not served has no objects, which is known, and no `kube_posture_informer_synced`.")
	return p.Bytes()
}

func (p *page) kinds(table []informers.Kind) {
	var rows [][]string
	for _, k := range table {
		what := "whole objects, reduced on arrival"
		if k.MetadataOnly {
			what = "metadata only"
		}
		use := "posture"
		switch {
		case k.Optional:
			use = "isolation by other policy engines, where the kind is served"
		case !k.Required:
			use = "the names of top controllers; without it they come from naming conventions"
		}
		rows = append(rows, []string{or(k.Group, "core"), k.Version, code(k.Plural()), "`list`, `watch`", what, use})
	}
	p.table([]string{"API group", "version", "resource", "verbs", "reads", "for"}, rows)
}

// groups lists the API groups in the order in which the table first names them.
func groups(table []informers.Kind) []string {
	var list []string
	for _, k := range table {
		if !slices.Contains(list, k.Group) {
			list = append(list, k.Group)
		}
	}
	return list
}

func (p *page) clusterRole(table []informers.Kind) {
	p.line("```yaml")
	p.line("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: kube-posture-exporter\nrules:")
	for _, group := range groups(table) {
		var resources []string
		for _, k := range table {
			if k.Group == group {
				resources = append(resources, k.Plural())
			}
		}
		p.line("  - apiGroups: [%q]\n    resources: [%s]\n    verbs: [list, watch]", group, strings.Join(resources, ", "))
	}
	p.line("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: kube-posture-exporter\n" +
		"roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: kube-posture-exporter\n" +
		"subjects:\n  - kind: ServiceAccount\n    name: kube-posture-exporter\n    namespace: kube-posture")
	p.line("```\n")
}

func (p *page) absences(set *check.Set, table []informers.Kind) {
	var rows [][]string
	for _, k := range table {
		if k.Optional {
			continue
		}
		var names []string
		for _, e := range set.Entries() {
			if slices.Contains(e.Needs, k.Kind) {
				names = append(names, e.ID)
			}
		}
		names = append(names, stateOf(k.Kind)...)
		rows = append(rows, []string{code(k.String()), or(codes(names), "nothing")})
	}
	p.table([]string{"kind", "absent without it"}, rows)
}

// stateOf lists the families besides the checks' own that need a kind, in alphabetical order.
func stateOf(kind model.Kind) []string {
	var names []string
	for name, f := range families() {
		if slices.Contains(f.needs, kind) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
