package manifests

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

// name is that of the objects in the base, and the chart's.
const name = "kube-posture-exporter"

// namespace is where the documentation installs the exporter.
const namespace = "monitoring"

// engine is a group of optional kinds that somebody switches on together.
type engine struct {
	// key is its name below rbac.optional in the chart's values, suffix that of its ClusterRole and of its kustomize component.
	key, suffix string
	// groups are its API groups.
	groups []string
	// more are rules beside those that list and watch the kinds.
	more string
}

// calicoTiers is what Calico's own API server asks besides: it lists, and without a word, only the policies of the tiers that one may get and in
// which one may list policies. Some that are missing would be a false answer about isolation. See
// https://docs.tigera.io/calico/latest/network-policy/policy-tiers/rbac-tiered-policies.
const calicoTiers = `  # Calico's own API server shows only the policies of tiers in which one may list them.
  - apiGroups: ["projectcalico.org"]
    resources: [tier.networkpolicies, tier.globalnetworkpolicies]
    verbs: [list, watch]
  - apiGroups: ["projectcalico.org"]
    resources: [tiers]
    verbs: [get]
`

// engines are the policy engines in the table of kinds.
var engines = []engine{
	{"clusterNetworkPolicies", "cluster-network-policies", []string{"policy.networking.k8s.io"}, ""},
	{"cilium", "cilium", []string{"cilium.io"}, ""},
	{"calico", "calico", []string{"projectcalico.org", "crd.projectcalico.org"}, calicoTiers},
}

// rule is a rule of a ClusterRole.
type rule struct {
	group     string
	resources []string
}

// rulesOf lists and watches the kinds, one rule for each API group in the order in which the kinds first name them.
func rulesOf(kinds []informers.Kind) []rule {
	var list []rule
	for _, k := range kinds {
		i := slices.IndexFunc(list, func(r rule) bool { return r.group == k.Group })
		if i < 0 {
			i = len(list)
			list = append(list, rule{group: k.Group})
		}
		list[i].resources = append(list[i].resources, k.Plural())
	}
	return list
}

// split tells the kinds that every API server has from those of each engine. A kind of a group that no engine has is an error: nobody could
// switch it on.
func split(table []informers.Kind) (always []informers.Kind, byEngine [][]informers.Kind, err error) {
	byEngine = make([][]informers.Kind, len(engines))
	for _, k := range table {
		i := slices.IndexFunc(engines, func(e engine) bool { return slices.Contains(e.groups, k.Group) })
		switch {
		case !k.Optional:
			always = append(always, k)
		case i < 0:
			return nil, nil, fmt.Errorf("%s: no policy engine in internal/manifests has the API group %s", k, k.Group)
		default:
			byEngine[i] = append(byEngine[i], k)
		}
	}
	return always, byEngine, nil
}

// identity is what names a role and its binding.
type identity struct{ name, labels, account, namespace string }

// inBase are the names in the kustomize base; suffix is empty or begins with a dash.
func inBase(suffix string) identity {
	return identity{name: name + suffix, labels: "    app.kubernetes.io/name: " + name, account: name, namespace: namespace}
}

// inChart are the references of the chart that stand for those names.
func inChart(suffix string) identity {
	return identity{
		name: `{{ include "kube-posture-exporter.fullname" . }}` + suffix, labels: `    {{- include "kube-posture-exporter.labels" . | nindent 4 }}`,
		account: `{{ include "kube-posture-exporter.serviceAccountName" . }}`, namespace: "{{ .Release.Namespace }}",
	}
}

// role writes a ClusterRole that lists and watches the kinds, with more rules behind, and its binding to the exporter's ServiceAccount.
func (i identity) role(kinds []informers.Kind, more string) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: %s\n  labels:\n%s\nrules:", i.name, i.labels)
	for _, r := range rulesOf(kinds) {
		line("  - apiGroups: [%q]\n    resources: [%s]\n    verbs: [list, watch]", r.group, strings.Join(r.resources, ", "))
	}
	out.WriteString(more)
	line("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: %s\n  labels:\n%s", i.name, i.labels)
	line("roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: %s", i.name)
	line("subjects:\n  - kind: ServiceAccount\n    name: %s\n    namespace: %s", i.account, i.namespace)
	return out.String()
}

// roles are the files with ClusterRoles: one for the base, one for each engine's component, and one with all of them for the chart.
func roles(table []informers.Kind) ([]File, error) {
	always, byEngine, err := split(table)
	if err != nil {
		return nil, err
	}
	const from = "the table of kinds in informers"
	files := []File{{base + "clusterrole.yaml", []byte(marked(from) + inBase("").role(always, ""))}}
	var template strings.Builder
	template.WriteString("{{- /* " + strings.TrimPrefix(markedLine(from), "# ") + " */ -}}\n{{- if .Values.rbac.create }}\n" + inChart("").role(always, ""))
	for i, e := range engines {
		files = append(files, File{components + e.suffix + "/clusterrole.yaml", []byte(marked(from) + inBase("-"+e.suffix).role(byEngine[i], e.more))})
		template.WriteString("{{- if .Values.rbac.optional." + e.key + " }}\n---\n" + inChart("-"+e.suffix).role(byEngine[i], e.more) + "{{- end }}\n")
	}
	template.WriteString("{{- end }}\n")
	return append(files, File{chart + "templates/clusterrole.yaml", []byte(template.String())}), nil
}
