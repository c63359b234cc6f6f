package snapshot

import (
	"fmt"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
)

// clusterRoleText is the manifest of a ClusterRole with a label and a rule for
// each of the resources; aggregate is the label that it aggregates.
func clusterRoleText(name, label, aggregate string, resources ...string) string {
	text := "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: " + name
	if label != "" {
		text += ", labels: {" + label + ": part}"
	}
	text += "}\n"
	if aggregate != "" {
		text += "aggregationRule:\n  clusterRoleSelectors:\n"
		for l := range strings.SplitSeq(aggregate, ",") {
			text += "  - matchLabels: {" + l + ": part}\n"
		}
	}
	text += "rules:"
	if len(resources) == 0 {
		return text + " []\n"
	}
	for _, r := range resources {
		text += "\n- {apiGroups: [\"\"], resources: [" + r + "], verbs: [get]}"
	}
	return text + "\n"
}

// allowed describes the rules of each ClusterRole by their resources.
func allowed(t *testing.T, s *Source) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, o := range list(t, s, clusterRole) {
		switch o := o.(type) {
		case *rbacv1.ClusterRole:
			var resources []string
			for _, r := range o.Rules {
				resources = append(resources, r.Resources...)
			}
			all[name] = strings.Join(resources, " ")
		case *Undecodable:
			all[name] = o.Err
		}
	}
	return all
}

func TestAggregatedClusterRoles(t *testing.T) {
	const undecodable = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: odd, labels: {a: part}}\nrules: 7\n"
	const why = `it aggregates ClusterRole "odd", which is undecodable`
	for name, c := range map[string]struct {
		roles []string
		want  map[string]string
	}{
		"parts by name, each rule once": {
			[]string{clusterRoleText("all", "", "a"), clusterRoleText("z", "a", "", "pods", "nodes"), clusterRoleText("b", "a", "", "secrets", "pods"), clusterRoleText("other", "b", "", "events")},
			map[string]string{"all": "secrets pods nodes", "z": "pods nodes", "b": "secrets pods", "other": "events"},
		},
		"by selector, then by name": {
			[]string{clusterRoleText("all", "", "b,a"), clusterRoleText("x", "a", "", "pods"), clusterRoleText("y1", "b", "", "secrets")},
			map[string]string{"all": "secrets pods", "x": "pods", "y1": "secrets"},
		},
		"no part": {[]string{clusterRoleText("all", "", "a")}, map[string]string{"all": ""}},
		"chain": {
			[]string{clusterRoleText("a1", "", "a"), clusterRoleText("a2", "a", "b"), clusterRoleText("a3", "b", "c"), clusterRoleText("part", "c", "", "pods")},
			map[string]string{"a1": "pods", "a2": "pods", "a3": "pods", "part": "pods"},
		},
		"circle": {
			[]string{clusterRoleText("one", "a", "b", "pods"), clusterRoleText("two", "b", "a", "secrets")},
			map[string]string{"one": "pods secrets", "two": "secrets pods"},
		},
		"itself": {[]string{clusterRoleText("one", "a", "a", "pods")}, map[string]string{"one": "pods"}},
		"recorded without its parts": {
			[]string{clusterRoleText("all", "", "a", "pods", "pods", "nodes"), clusterRoleText("x", "a", "", "secrets", "nodes")},
			map[string]string{"all": "pods pods nodes secrets", "x": "secrets nodes"},
		},
		"undecodable part": {
			[]string{clusterRoleText("all", "b", "a"), undecodable, clusterRoleText("above", "", "b"), clusterRoleText("filled", "", "a", "pods")},
			map[string]string{"all": why, "above": why, "filled": "pods", "odd": "json: cannot unmarshal number into Go struct field ClusterRole.rules of type []v1.PolicyRule"},
		},
		"empty selector matches all": {
			[]string{strings.Replace(clusterRoleText("all", "", "a"), "matchLabels: {a: part}", "{}", 1), clusterRoleText("x", "", "", "pods")},
			map[string]string{"all": "pods", "x": "pods"},
		},
		"selector that is not valid": {
			[]string{strings.Replace(clusterRoleText("all", "", "a"), "matchLabels: {a: part}", "matchExpressions: [{key: a, operator: Like}]", 1), clusterRoleText("x", "a", "", "pods")},
			map[string]string{"all": "", "x": "pods"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for i, text := range c.roles { // in files of their own, in any order
				write(t, dir, fmt.Sprintf("%d.yaml", len(c.roles)-i), text)
			}
			s, _ := open(t, dir)
			same(t, "resources", allowed(t, s), c.want)
		})
	}
}

// TestAggregatedRoleFollowsItsParts: it is a new version when a part in another
// file changes, and none when nothing does.
func TestAggregatedRoleFollowsItsParts(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "all.yaml", clusterRoleText("all", "", "a"))
	write(t, dir, "part.yaml", clusterRoleText("part", "a", "", "pods"))
	s, _ := open(t, dir)
	first := list(t, s, clusterRole)["all"]
	reload(t, s)
	if again := list(t, s, clusterRole)["all"]; again != first {
		t.Error("a role that has not changed is a new object")
	}
	write(t, dir, "part.yaml", clusterRoleText("part", "a", "", "secrets"))
	reload(t, s)
	same(t, "resources", allowed(t, s), map[string]string{"all": "secrets", "part": "secrets"})
	if now := list(t, s, clusterRole)["all"]; now.GetResourceVersion() == first.GetResourceVersion() || first.(*rbacv1.ClusterRole).Rules[0].Resources[0] != "pods" {
		t.Error("the role is no new version, or the old one was changed")
	}
	remove(t, dir, "part.yaml")
	reload(t, s)
	same(t, "resources without the part", allowed(t, s), map[string]string{"all": ""})
}
