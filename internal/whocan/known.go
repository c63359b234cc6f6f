package whocan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Known is what a question may name: what Kubernetes has, and whatever else a role of the cluster names. It is immutable.
type Known struct {
	// byName finds resources by plural, singular and short name: Kubernetes' own before others, these sorted by group.
	byName map[string][]*known
	// groups are the API groups; those of Kubernetes itself are true.
	groups map[string]bool
	// verbs and urlVerbs are sorted, the usual ones first.
	verbs, urlVerbs []string
	namespaces      map[string]bool
}

// known is a resource, with every subresource that anything names.
type known struct {
	resource
	subs []string
	// anyGroup says that a rule names the resource for every group, so that nobody can tell which it is in.
	anyGroup bool
	// guessed says that nothing names the resource but the question.
	guessed bool
}

// NewKnown collects what may be named. Namespaces are those that exist; none means that nobody knows.
func NewKnown(roles []*model.Role, namespaces []*model.Namespace) *Known {
	k := &Known{byName: make(map[string][]*known), groups: make(map[string]bool), namespaces: make(map[string]bool)}
	for i := range builtIn {
		r := &known{resource: builtIn[i], subs: append(strings.Fields(builtIn[i].subresources), finalizers)}
		k.groups[r.group] = true
		for _, name := range append(strings.Fields(r.short), r.plural, r.singular) {
			if !slices.Contains(k.byName[name], r) {
				k.byName[name] = append(k.byName[name], r)
			}
		}
	}
	named := newNamed()
	for _, r := range roles {
		for i := range r.Rules {
			named.add(&r.Rules[i])
		}
	}
	k.addNamed(named)
	k.verbs, k.urlVerbs = with(resourceVerbs, named.verbs), with(urlVerbs, named.urlVerbs)
	for _, ns := range namespaces {
		k.namespaces[ns.Name()] = true
	}
	return k
}

// named is what rules name.
type named struct {
	verbs, urlVerbs map[string]bool
	groups          map[string]bool
	// resources are their subresources by plural and group, "*" for every group.
	resources map[[2]string]map[string]bool
	// everywhere are the subresources that a rule names for every resource.
	everywhere map[string]bool
}

func newNamed() *named {
	return &named{
		verbs: make(map[string]bool), urlVerbs: make(map[string]bool), groups: make(map[string]bool),
		resources: make(map[[2]string]map[string]bool), everywhere: make(map[string]bool),
	}
}

func (n *named) add(rule *model.Rule) {
	for _, v := range rule.Verbs {
		if len(rule.Resources) > 0 {
			n.verbs[v] = true
		}
		if len(rule.NonResourceURLs) > 0 {
			n.urlVerbs[v] = true
		}
	}
	for _, g := range rule.APIGroups {
		switch {
		case g == "*":
		case g != "" && len(validation.IsDNS1123Subdomain(g)) > 0: // no API has any other
			continue
		default:
			n.groups[g] = true
		}
		for _, text := range rule.Resources {
			plural, sub, _ := strings.Cut(text, "/")
			switch {
			case strings.Contains(sub, "*"): // it matches nothing that exists
			case plural == "*":
				n.everywhere[sub] = true
			case len(validation.IsDNS1123Label(plural)) == 0: // no API has any other
				n.resource(plural, g)[sub] = true
			}
		}
	}
}

func (n *named) resource(plural, group string) map[string]bool {
	key := [2]string{plural, group}
	if n.resources[key] == nil {
		n.resources[key] = make(map[string]bool)
	}
	return n.resources[key]
}

// addNamed adds the resources that rules name in a group, then those they name in every group, then subresources of everything.
func (k *Known) addNamed(n *named) {
	for g := range n.groups {
		if !k.groups[g] {
			k.groups[g] = false // known, and not Kubernetes' own
		}
	}
	var everyGroup [][2]string
	for _, key := range slices.SortedFunc(maps.Keys(n.resources), compareKeys) {
		if key[1] == "*" {
			everyGroup = append(everyGroup, key)
			continue
		}
		k.add(key[0], key[1]).name(n.resources[key])
	}
	for _, key := range everyGroup {
		if k.plural(key[0]) == nil {
			k.add(key[0], "").anyGroup = true
		}
		for _, r := range k.plural(key[0]) {
			r.name(n.resources[key])
		}
	}
	for _, list := range k.byName {
		for _, r := range list {
			r.name(n.everywhere)
		}
	}
}

func compareKeys(a, b [2]string) int {
	return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
}

// plural returns the resources of that plural.
func (k *Known) plural(name string) (list []*known) {
	for _, r := range k.byName[name] {
		if r.plural == name {
			list = append(list, r)
		}
	}
	return list
}

// add returns the resource of that plural and group, and makes it known if it is not.
func (k *Known) add(plural, group string) *known {
	for _, r := range k.plural(plural) {
		if r.group == group {
			return r
		}
	}
	r := unnamed(plural, group)
	k.byName[plural] = append(k.byName[plural], r)
	return r
}

// unnamed is a resource about which nothing more is known than that it may exist.
func unnamed(plural, group string) *known {
	return &known{
		resource: resource{plural: plural, singular: plural, group: group},
		subs:     append(slices.Clone(customSubresources), finalizers),
	}
}

// name adds subresources.
func (r *known) name(subs map[string]bool) { r.subs = with(r.subs, subs) }

// with adds to a list, in order, what is not in it and not empty.
func with(list []string, more map[string]bool) []string {
	out := slices.Clone(list)
	for m := range more {
		if m != "" && !slices.Contains(list, m) {
			out = append(out, m)
		}
	}
	slices.Sort(out[len(list):])
	return out
}
