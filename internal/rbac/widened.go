package rbac

import (
	_ "embed"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

//go:embed default_rules.txt
var defaultRules string

// parseDefaultRules returns what each role behind a default binding grants by default.
func parseDefaultRules(text string) map[roleKey][]rbacv1.PolicyRule {
	rules := make(map[roleKey][]rbacv1.PolicyRule)
	var at roleKey
	for line := range strings.Lines(text) {
		switch fields := strings.Fields(line); {
		case len(fields) == 0 || fields[0] == "#":
		case !strings.HasPrefix(line, "\t"):
			at = roleKey{name: fields[0]}
			if ns, name, ok := strings.Cut(fields[0], "/"); ok {
				at = roleKey{ns, name}
			}
		default:
			rules[at] = append(rules[at], defaultRule(fields))
		}
	}
	return rules
}

// defaultRule makes a rule of verbs, API groups, resources and, if any, resourceNames.
func defaultRule(fields []string) rbacv1.PolicyRule {
	r := rbacv1.PolicyRule{Verbs: strings.Split(fields[0], ",")}
	if fields[1] == "-" {
		r.NonResourceURLs = strings.Split(fields[2], ",")
		return r
	}
	r.APIGroups, r.Resources = strings.Split(fields[1], ","), strings.Split(fields[2], ",")
	for i, g := range r.APIGroups {
		if g == "core" {
			r.APIGroups[i] = coreGroup
		}
	}
	if len(fields) > 3 {
		r.ResourceNames = strings.Split(fields[3], ",")
	}
	return r
}

// DefaultRules returns what a ClusterRole, or a Role of a namespace, that stands behind a default binding of the API server
// grants by default in any supported version; nil for another role.
func DefaultRules(namespace, name string) []model.Rule {
	return modelRules(parseDefaultRules(defaultRules)[roleKey{namespace, name}])
}

// Widened reports whether the binding is a default of the API server whose role was given a power
// that no supported version of Kubernetes gives it: everything, or an access on the escalation
// list. The API server leaves such rules there. Extra rules without such a power, as those of
// versions long gone, do not count.
func (m *Model) Widened(b *model.Binding) bool {
	return m.widened[roleKey{b.Namespace(), b.Name()}]
}

// findWidened compares the power of each default binding with that of the rules that its role has
// by default.
func (m *Model) findWidened() {
	var defaults Input
	var known map[roleKey][]rbacv1.PolicyRule
	for i := range m.bindings {
		b := m.bindings[i].source
		role := m.RoleOf(b)
		if role == nil || !m.BuiltInBinding(b) || !m.Privileged(b) {
			continue
		}
		if known == nil {
			known = parseDefaultRules(defaultRules)
		}
		rules := known[roleKey{role.Namespace(), role.Name()}]
		if ok, _ := validation.Covers(rules, policyRules(role, role.Namespace() != "")); ok {
			continue
		}
		defaults.Roles = append(defaults.Roles, &model.Role{Namespaced: role.Namespaced, Rules: modelRules(rules)})
		bare := *b
		bare.Bootstrap = false // no default, so that the comparison ends here
		defaults.Bindings = append(defaults.Bindings, &bare)
	}
	if len(defaults.Roles) == 0 {
		return
	}
	before := Build(defaults)
	m.widened = make(map[roleKey]bool)
	for _, b := range defaults.Bindings {
		if m.morePowerful(b, before) {
			m.widened[roleKey{b.Namespace(), b.Name()}] = true
		}
	}
}

// morePowerful reports whether the binding gives a power here that it does not give in the other
// model.
func (m *Model) morePowerful(b *model.Binding, other *Model) bool {
	if m.Everything(b) && !other.Everything(b) || m.Privileged(b) && !other.Privileged(b) {
		return true
	}
	had := other.Escalations(b)
	return slices.ContainsFunc(m.Escalations(b), func(name string) bool { return !slices.Contains(had, name) })
}

func modelRules(rules []rbacv1.PolicyRule) []model.Rule {
	out := make([]model.Rule, len(rules))
	for i, r := range rules {
		out[i] = model.Rule{
			Verbs: r.Verbs, APIGroups: r.APIGroups, Resources: r.Resources, ResourceNames: r.ResourceNames,
			NonResourceURLs: r.NonResourceURLs,
		}
	}
	return out
}
