package snapshot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var clusterRoleGVK = schema.GroupVersionKind{Group: rbacv1.GroupName, Version: "v1", Kind: "ClusterRole"}

// aggregated is a ClusterRole that the controller manager fills in.
type aggregated struct {
	key       objectKey
	role      *rbacv1.ClusterRole
	selectors []labels.Selector
	// rules are the written ones, then those of the parts.
	rules   ruleSet
	written int
	// unknown names a part of the role that is undecodable, "" if there is none.
	unknown string
}

// aggregateRoles fills in the ClusterRoles with an aggregationRule as the
// controller manager does: from the ClusterRoles that match one of the
// selectors, in the order of the selectors and then of the names, each rule
// once, and again until nothing is added, because a part can be aggregated
// itself. Unlike the controller it keeps the rules that are written: a
// recording may lack the parts that they came from. A role without written
// rules of which a part is undecodable is undecodable. Objects are replaced,
// never changed, because they may be served already.
func aggregateRoles(objects map[objectKey]*entry) {
	var parts []objectKey
	roles := map[objectKey]*aggregated{}
	for key, e := range objects {
		if key.kind != clusterRoleGVK {
			continue
		}
		parts = append(parts, key)
		if role, ok := e.obj.(*rbacv1.ClusterRole); ok && role.AggregationRule != nil {
			if a := newAggregated(key, role); a != nil {
				roles[key] = a
			}
		}
	}
	if len(roles) == 0 {
		return
	}
	byName := func(a, b objectKey) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(parts, byName)
	for grown := true; grown; {
		grown = false
		for _, key := range parts {
			if a := roles[key]; a != nil && a.take(parts, objects, roles) {
				grown = true
			}
		}
	}
	for key, a := range roles {
		a.fill(key, objects)
	}
}

// newAggregated returns nil for a role with a selector that is not valid: the
// controller leaves such a role as it is.
func newAggregated(key objectKey, role *rbacv1.ClusterRole) *aggregated {
	a := &aggregated{key: key, role: role}
	for i := range role.AggregationRule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&role.AggregationRule.ClusterRoleSelectors[i])
		if err != nil {
			return nil
		}
		a.selectors = append(a.selectors, selector)
	}
	a.rules.add(role.Rules)
	a.written = len(a.rules.list)
	return a
}

// take adds the present rules of the role's parts and reports whether that
// changed anything.
func (a *aggregated) take(parts []objectKey, objects map[objectKey]*entry, roles map[objectKey]*aggregated) (changed bool) {
	for _, selector := range a.selectors {
		for _, key := range parts {
			if key == a.key || !selector.Matches(labels.Set(objects[key].obj.GetLabels())) {
				continue
			}
			unknown := ""
			switch part := roles[key]; {
			case part != nil:
				changed = a.rules.add(part.rules.list) || changed
				unknown = part.unknown
			default:
				if role, ok := objects[key].obj.(*rbacv1.ClusterRole); ok {
					changed = a.rules.add(role.Rules) || changed
				} else {
					unknown = key.Name
				}
			}
			if a.unknown == "" && unknown != "" {
				a.unknown, changed = unknown, true
			}
		}
	}
	return changed
}

// fill puts the filled-in role in the place of the written one.
func (a *aggregated) fill(key objectKey, objects map[objectKey]*entry) {
	switch {
	case a.unknown != "" && len(a.role.Rules) == 0:
		u := &Undecodable{ObjectMeta: *a.role.ObjectMeta.DeepCopy(), Err: fmt.Sprintf("it aggregates ClusterRole %q, which is undecodable", a.unknown)}
		u.SetGroupVersionKind(key.kind)
		u.SetResourceVersion("")
		objects[key] = &entry{key: key, obj: u}
	case len(a.rules.list) > a.written:
		role := unserved(a.role.DeepCopy()).(*rbacv1.ClusterRole)
		role.Rules = append(role.Rules, a.rules.list[a.written:]...)
		objects[key] = &entry{key: key, obj: role}
	}
}

// ruleSet keeps the order in which rules were added. Two rules are the same if
// they list the same in the same order.
type ruleSet struct {
	list []rbacv1.PolicyRule
	seen map[string]bool
}

// add reports whether any of the rules was new.
func (s *ruleSet) add(rules []rbacv1.PolicyRule) (added bool) {
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	for i := range rules {
		r := &rules[i]
		var text []string
		for _, list := range [][]string{r.Verbs, r.APIGroups, r.Resources, r.ResourceNames, r.NonResourceURLs} {
			text = append(text, fmt.Sprintf("%q", list))
		}
		if key := strings.Join(text, " "); !s.seen[key] {
			s.seen[key] = true
			s.list = append(s.list, *r.DeepCopy())
			added = true
		}
	}
	return added
}
