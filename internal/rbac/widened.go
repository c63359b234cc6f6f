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

// DefaultRules returns what a ClusterRole, or a Role of a namespace, that stands behind a default
// binding of the API server grants by default in any supported version; nil for another role.
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
	var defaults map[roleKey][]rbacv1.PolicyRule
	for i := range m.bindings {
		b := &m.bindings[i]
		if b.role < 0 || !m.BuiltInBinding(b.source) {
			continue
		}
		r := &m.roles[b.role]
		if !r.everything && m.list.satisfied(&r.gives) == 0 && len(r.gives.names) == 0 {
			continue
		}
		if defaults == nil {
			defaults, m.widened = parseDefaultRules(defaultRules), make(map[roleKey]bool)
		}
		rules := defaults[roleKey{r.source.Namespace(), r.source.Name()}]
		if ok, _ := validation.Covers(rules, policyRules(r.source, r.source.Namespace() != "")); !ok && m.givesMore(r, rules) {
			m.widened[roleKey{b.source.Namespace(), b.source.Name()}] = true
		}
	}
}

// givesMore reports whether the role gives a power that the rules do not give.
func (m *Model) givesMore(r *role, rules []rbacv1.PolicyRule) bool {
	compiled, everything := make([]rule, len(rules)), false
	for i, source := range modelRules(rules) {
		compiled[i] = newRule(&source)
		everything = everything || compiled[i].everything()
	}
	if everything {
		return false
	}
	by := m.list.weigh(compiled)
	if r.everything || m.list.satisfied(&r.gives)&^m.list.satisfied(&by) != 0 {
		return true
	}
	return slices.ContainsFunc(r.gives.names, func(n nameList) bool {
		held := by.any
		if n.and {
			held = by.and
		}
		known := by.named(n.way, n.and)
		return held&(1<<n.way) == 0 && slices.ContainsFunc(n.list, func(name string) bool { return !slices.Contains(known, name) })
	})
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
