package whocan

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// version is how the API versions its groups; kubectl takes deployments.v1.apps.
var version = regexp.MustCompile(`^v[0-9]+((alpha|beta)[0-9]+)?(\.|$)`)

// fewSlips are how many make a name one that was mistyped, where a name that nobody knows may be right: custom resources and their
// groups are often called alike.
const fewSlips = 2

// target finds the resource and the subresource that a question is about.
func (k *Known) target(q Question) (r *known, sub string, err error) {
	name, sub, slashed := strings.Cut(q.Target, "/")
	switch {
	case name == "" || name[0] == '.':
		return nil, "", bad("name one, as in who-can get pods", "the resource is empty")
	case slashed && sub == "":
		return nil, "", bad("write "+strconv.Quote(name)+", or a subresource after the slash", "%s ends in a slash", strconv.Quote(q.Target))
	case slashed && q.Subresource != "" && q.Subresource != sub:
		return nil, "", bad("leave one of them out", "%s and --subresource=%s name two subresources", strconv.Quote(q.Target), strconv.Quote(q.Subresource))
	case !slashed:
		sub = q.Subresource
	}
	name, dotted, hasDot := strings.Cut(strings.ToLower(name), ".")
	group := q.APIGroup
	if hasDot {
		dotted = version.ReplaceAllString(dotted, "")
		if group != nil && *group != dotted {
			return nil, "", bad("leave one of them out", "%s and --api-group=%s name two groups", strconv.Quote(q.Target), strconv.Quote(*group))
		}
		group = &dotted
	}
	if r, err = k.resource(name, group); err != nil {
		return nil, "", err
	}
	return r, sub, k.checkSubresource(r, sub)
}

// resource finds a resource by any of its names. Without a group it is Kubernetes' own of that name, or the only other one.
func (k *Known) resource(name string, group *string) (*known, error) {
	if name == "*" {
		return k.everything(group)
	}
	list := k.byName[name]
	if group != nil {
		return k.inGroup(name, *group, list)
	}
	switch {
	case len(list) == 0:
		fix := "write the plural as `kubectl api-resources` lists it, with its group if no role names it"
		if best := k.meant(name, nil); best != "" {
			fix = "did you mean " + strconv.Quote(best) + "?"
		}
		return nil, bad(fix, "unknown resource %s", strconv.Quote(name))
	case list[0].anyGroup:
		return nil, bad("add the group, as in "+name+".GROUP", "nothing says which API group %s is in", strconv.Quote(name))
	case list[0].scope == scopeUnknown && len(list) > 1:
		return nil, bad("write "+strings.Join(full(list), " or "), "there is more than one %s", strconv.Quote(name))
	}
	return list[0], nil
}

func (k *Known) everything(group *string) (*known, error) {
	r := &known{resource: resource{plural: "*", group: "*"}}
	if group != nil {
		if err := k.checkGroup(*group); err != nil {
			return nil, err
		}
		r.group = *group
	}
	for _, list := range k.byName {
		for _, other := range list {
			r.subs = append(r.subs, other.subs...)
		}
	}
	slices.Sort(r.subs)
	r.subs = slices.Compact(r.subs)
	return r, nil
}

// inGroup finds a resource in a group. What is in a group that is not Kubernetes' own cannot be known but by its roles, so a name that
// is like no other is taken as it is.
func (k *Known) inGroup(name, group string, list []*known) (*known, error) {
	for _, r := range list {
		if r.group == group && !r.anyGroup {
			return r, nil
		}
	}
	if group == "*" && len(list) > 0 {
		return &known{resource: resource{plural: list[0].plural, group: "*"}, subs: list[0].subs}, nil
	}
	if len(list) > 0 && list[0].anyGroup {
		r := *list[0]
		r.group, r.anyGroup = group, false
		return &r, nil
	}
	if err := k.checkGroup(group); err != nil {
		if len(list) > 0 {
			err = bad("did you mean "+strings.Join(full(list), " or ")+"?", "unknown API group %s", strconv.Quote(group))
		}
		return nil, err
	}
	best := k.meant(name, &group)
	if !k.groups[group] && slips([]rune(name), []rune(best)) > fewSlips {
		best = ""
	}
	switch {
	case best != "":
		return nil, bad("did you mean "+strconv.Quote(best)+"?", "unknown resource %s in the API group %s", strconv.Quote(name), strconv.Quote(group))
	case k.groups[group] && len(list) > 0:
		return nil, bad("did you mean "+strings.Join(full(list), " or ")+"?", "the API group %s has no %s", strconv.Quote(group), strconv.Quote(name))
	case k.groups[group] || len(validation.IsDNS1123Label(name)) > 0:
		return nil, bad("write the plural as `kubectl api-resources` lists it", "unknown resource %s in the API group %s", strconv.Quote(name), strconv.Quote(group))
	}
	r := unnamed(name, group)
	r.guessed = true
	return r, nil
}

// checkGroup takes a group that is known, or that a custom resource could have and that is not like a known one.
func (k *Known) checkGroup(group string) error {
	if _, ok := k.groups[group]; ok || group == "*" {
		return nil
	}
	var groups []string
	for g := range k.groups {
		groups = append(groups, g)
	}
	possible := strings.Contains(group, ".") && len(validation.IsDNS1123Subdomain(group)) == 0
	if possible && within(fewSlips, group, groups) == "" {
		return nil
	}
	return bad(suggest(group, groups, "leave it out, or write it without a version, as apps"), "unknown API group %s", strconv.Quote(group))
}

func (k *Known) checkSubresource(r *known, sub string) error {
	if sub == "" || slices.Contains(r.subs, sub) {
		return nil
	}
	return bad(suggest(sub, r.subs, "use "+strings.Join(r.subs, ", ")+", and --name for the name of an object"),
		"%s has no subresource %s", r.plural, strconv.Quote(sub))
}

// meant returns the plural of the resource that was probably meant, of any group or of one, and nothing when none is like it.
func (k *Known) meant(name string, group *string) string {
	plural := make(map[string]string)
	for known, list := range k.byName {
		for _, r := range list {
			if (known == r.plural || known == r.singular) && (group == nil || r.group == *group) {
				plural[known] = r.plural
			}
		}
	}
	return plural[nearest(name, slices.Collect(maps.Keys(plural)))]
}

// full returns the names that are not in doubt.
func full(list []*known) (names []string) {
	for _, r := range list {
		names = append(names, r.full())
	}
	return names
}

// full is the plural with its group, as kubectl takes it.
func (r *resource) full() string {
	if r.group == "" {
		return r.plural
	}
	return r.plural + "." + r.group
}
