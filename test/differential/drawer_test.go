package differential_test

import (
	"math/rand/v2"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// drawer draws questions: most begin as something that is granted, because of what is asked at random nearly nothing is.
type drawer struct {
	*rand.Rand
	raw    *objects
	askers []model.Subject
}

// newDrawer makes a drawer; population are those that a Model knows, who are asked about together with those that are written.
func newDrawer(r *rand.Rand, raw *objects, population []model.Subject) *drawer {
	d := &drawer{Rand: r, raw: raw, askers: slices.Clone(population)}
	for i := range raw.bindings {
		for _, s := range raw.bindings[i].Subjects {
			d.askers = append(d.askers, asker(s, raw.bindings[i].Namespace))
		}
	}
	for _, s := range strangers {
		d.askers = append(d.askers, asker(s, ""))
	}
	return d
}

// asker is the subject by the user name or group that it stands for, found without the exporter's idea of identities.
func asker(s rbacv1.Subject, bindingNamespace string) model.Subject {
	switch s.Kind {
	case "Group":
		return model.Subject{Kind: model.Group, Name: s.Name}
	case "ServiceAccount":
		namespace := s.Namespace
		if namespace == "" {
			namespace = bindingNamespace
		}
		return model.Subject{Kind: model.User, Name: "system:serviceaccount:" + namespace + ":" + s.Name}
	default:
		return model.Subject{Kind: model.User, Name: s.Name}
	}
}

// question draws a request and who asks.
func (d *drawer) question() question {
	q := question{subject: pick(d.Rand, d.askers)}
	q.attributes, q.subject = d.granted(q.subject)
	switch d.IntN(10) {
	case 0, 1:
		q.attributes = d.attributes()
	case 2, 3, 4:
		d.mutate(&q.attributes)
	}
	if d.IntN(4) == 0 {
		q.subject = pick(d.Rand, d.askers)
	}
	if d.IntN(6) == 0 {
		q.groups = some(d.Rand, extraGroups, 2)
	}
	if d.IntN(300) == 0 {
		q.groups = append(q.groups, "system:masters")
	}
	return q
}

// query draws a request.
func (d *drawer) query() rbac.Attributes {
	a, _ := d.granted(model.Subject{})
	if d.IntN(3) == 0 {
		d.mutate(&a)
	}
	return a
}

// granted draws a request that some binding grants, and somebody to whom; or anything, by the one who is given, when the binding that
// it comes upon grants nothing to nobody.
func (d *drawer) granted(otherwise model.Subject) (rbac.Attributes, model.Subject) {
	from := d.raw.worldsOwn
	if d.IntN(4) == 0 {
		from = d.raw.bindings
	}
	b := &from[d.IntN(len(from))]
	rules := d.raw.rulesOf(b)
	if len(rules) == 0 || len(b.Subjects) == 0 {
		return d.attributes(), otherwise
	}
	a := d.within(&rules[d.IntN(len(rules))])
	if b.Namespace != "" {
		a.Namespace = b.Namespace
	}
	return a, d.member(asker(pick(d.Rand, b.Subjects), b.Namespace))
}

// member returns the subject or, for a group that Kubernetes adds, at times somebody who is in it.
func (d *drawer) member(s model.Subject) model.Subject {
	if s.Kind != model.Group || d.IntN(2) == 0 {
		return s
	}
	namespace, ofNamespace := strings.CutPrefix(s.Name, "system:serviceaccounts:")
	switch {
	case ofNamespace && namespace != "":
		return model.Subject{Kind: model.User, Name: "system:serviceaccount:" + namespace + ":member"}
	case s.Name == "system:serviceaccounts":
		return model.Subject{Kind: model.ServiceAccountSubject, Namespace: pick(d.Rand, namespaces), Name: "member"}
	case s.Name == "system:authenticated":
		return pick(d.Rand, d.askers)
	case s.Name == "system:unauthenticated":
		return model.Subject{Kind: model.User, Name: "system:anonymous"}
	default:
		return s
	}
}

// within draws a request that the rule allows, or nearly: a star is filled with anything, or left as it is.
func (d *drawer) within(rule *rbacv1.PolicyRule) rbac.Attributes {
	fill := func(from, with []string) string {
		if s := pick(d.Rand, from); s != "*" || d.IntN(6) == 0 {
			return s
		}
		return pick(d.Rand, with)
	}
	a := rbac.Attributes{Verb: fill(rule.Verbs, verbs)}
	if len(rule.NonResourceURLs) > 0 {
		a.NonResourceURL = pick(d.Rand, rule.NonResourceURLs)
		if before, star := strings.CutSuffix(a.NonResourceURL, "*"); star && d.IntN(4) > 0 {
			a.NonResourceURL = strings.TrimRight(before, "*") + pick(d.Rand, []string{"", "x", "/x", "/a/b", "*"})
		}
		if a.NonResourceURL == "" {
			a.NonResourceURL = pick(d.Rand, urls)
		}
		return a
	}
	a.APIGroup, a.Namespace = fill(rule.APIGroups, groups), pick(d.Rand, askedNamespaces)
	resource, subresource, _ := strings.Cut(fill(rule.Resources, resources), "/")
	a.Resource, a.Subresource = resource, subresource
	if a.Resource == "*" && d.IntN(4) > 0 {
		a.Resource = pick(d.Rand, resources)
	}
	if a.Subresource == "" && slices.Contains(rule.Resources, "*") || a.Subresource == "*" && d.IntN(2) == 0 {
		a.Subresource = pick(d.Rand, subresources)
	}
	if len(rule.ResourceNames) > 0 && d.IntN(3) > 0 {
		a.Name = pick(d.Rand, rule.ResourceNames)
	} else {
		a.Name = pick(d.Rand, askedNames)
	}
	return a
}

// mutate changes one thing of the request, seldom to what it is already.
func (d *drawer) mutate(a *rbac.Attributes) {
	if a.NonResourceURL != "" {
		if d.IntN(3) == 0 {
			a.Verb = pick(d.Rand, verbs)
		} else {
			a.NonResourceURL = pick(d.Rand, slices.Concat(urls, []string{a.NonResourceURL + "/", a.NonResourceURL + "x", a.NonResourceURL + "*"}))
		}
		return
	}
	switch d.IntN(7) {
	case 0:
		a.Verb = pick(d.Rand, verbs)
	case 1:
		a.APIGroup = pick(d.Rand, groups)
	case 2:
		a.Resource = pick(d.Rand, resources)
	case 3:
		a.Subresource = pick(d.Rand, subresources)
	case 4:
		a.Name = pick(d.Rand, askedNames)
	case 5:
		a.Namespace = pick(d.Rand, askedNamespaces)
	default:
		// Some clients send the subresource as part of the resource.
		if a.Subresource != "" {
			a.Resource, a.Subresource = a.Resource+"/"+a.Subresource, ""
		}
	}
}

// attributes draws any request.
func (d *drawer) attributes() rbac.Attributes {
	a := rbac.Attributes{Verb: pick(d.Rand, verbs)}
	if d.IntN(6) == 0 {
		a.NonResourceURL = pick(d.Rand, urls)
		return a
	}
	a.APIGroup, a.Resource, a.Subresource = pick(d.Rand, groups), pick(d.Rand, resources), pick(d.Rand, subresources)
	a.Name, a.Namespace = pick(d.Rand, askedNames), pick(d.Rand, askedNamespaces)
	return a
}
