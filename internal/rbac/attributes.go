package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Attributes are what the API server authorizes a request by.
type Attributes struct {
	Verb string
	// APIGroup is empty for the core group; Subresource is empty for the resource itself.
	APIGroup, Resource, Subresource string
	// Name is empty where the request names no object (list, create, deletecollection) or to ask for every object.
	Name string
	// Namespace is empty for cluster-scoped objects and to ask for every namespace.
	Namespace string
	// NonResourceURL makes it a request for a path; everything but the verb is then ignored.
	NonResourceURL string
}

// Query is a question about subjects, under the name of its `access` label.
type Query struct {
	Name string
	// Any is satisfied by a subject to whom one of the attributes is allowed.
	Any []Attributes
	// And, where it is not empty, must be satisfied too: some requests are authorized twice.
	And []Attributes
}

// request is a set of Attributes prepared for many comparisons.
type request struct {
	Attributes
	// resource is the resource with its subresource; wildcard is the spelling that allows the subresource of any resource.
	resource, wildcard       string
	verbs, groups, resources uint64
}

func newRequest(a Attributes) request {
	r := request{Attributes: a, resource: a.Resource, verbs: signature(a.Verb)}
	if a.NonResourceURL != "" {
		r.groups, r.resources = urlBit, urlBit
		return r
	}
	r.groups = signature(a.APIGroup)
	if a.Subresource != "" {
		r.resource = a.Resource + "/" + a.Subresource
		r.wildcard = "*/" + a.Subresource
		r.resources = signature(r.wildcard)
	}
	r.resources |= signature(r.resource)
	return r
}

func newRequests(list []Attributes) []request {
	out := make([]request, len(list))
	for i, a := range list {
		out[i] = newRequest(a)
	}
	return out
}

// rule is a rule of a role with the signatures of its lists: a list that shares no bit with the request's cannot match, so nearly
// every rule is passed over without a string being compared.
type rule struct {
	verbs, groups, resources uint64
	source                   *model.Rule
}

func newRule(source *model.Rule) rule {
	r := rule{
		verbs: signatures(source.Verbs), groups: signatures(source.APIGroups), resources: signatures(source.Resources),
		source: source,
	}
	if len(source.NonResourceURLs) > 0 {
		r.groups |= urlBit
		r.resources |= urlBit
	}
	return r
}

// A signature is one of 63 bits, by the FNV-1a hash of the text; the last bit stands for having URLs instead of groups and resources.
const urlBit = 1 << 63

func signature(text string) uint64 {
	h := uint32(2166136261)
	for i := 0; i < len(text); i++ {
		h = (h ^ uint32(text[i])) * 16777619
	}
	return 1 << (h % 63)
}

func signatures(texts []string) (bits uint64) {
	for _, t := range texts {
		if t == rbacv1.ResourceAll {
			return urlBit - 1
		}
		bits |= signature(t)
	}
	return bits
}

// may says whether the rule could allow the request; false is certain.
func (r *rule) may(q *request) bool {
	return r.verbs&q.verbs != 0 && r.groups&q.groups != 0 && r.resources&q.resources != 0
}

// allows decides as the authorizer does. A rule with resourceNames allows only requests that carry one of those names, and so no
// list, create or deletecollection; an empty name among them is compared like any other.
func (r *rule) allows(q *request) bool {
	return r.covers(q) && (q.NonResourceURL != "" || r.names(q.Name))
}

// covers is allows for an object of any name.
func (r *rule) covers(q *request) bool {
	if q.NonResourceURL != "" {
		return matches(r.source.Verbs, q.Verb) && matchesURL(r.source.NonResourceURLs, q.NonResourceURL)
	}
	return matches(r.source.Verbs, q.Verb) && matches(r.source.APIGroups, q.APIGroup) && matchesResource(r.source.Resources, q)
}

// names reports whether the rule's resourceNames allow the name.
func (r *rule) names(name string) bool {
	return len(r.source.ResourceNames) == 0 || slices.Contains(r.source.ResourceNames, name)
}

func matches(list []string, text string) bool {
	for _, s := range list {
		if s == text || s == rbacv1.VerbAll {
			return true
		}
	}
	return false
}

// matchesResource: `*` covers subresources too, `*/scale` is the scale of anything, and a star anywhere else is a letter like others.
func matchesResource(list []string, q *request) bool {
	for _, s := range list {
		if s == q.resource || s == rbacv1.ResourceAll || (q.wildcard != "" && s == q.wildcard) {
			return true
		}
	}
	return false
}

// matchesURL: stars at the end, however many, stand for anything.
func matchesURL(list []string, url string) bool {
	for _, s := range list {
		if s == url || (strings.HasSuffix(s, "*") && strings.HasPrefix(url, strings.TrimRight(s, "*"))) {
			return true
		}
	}
	return false
}

// everything says whether the rule allows every verb on every resource.
//
// A union of rules covers `*`, `*`, `*` only if one of them does: rules name finitely many verbs, groups and resources, so take a
// verb, a group and a resource that none of them names. Whatever allows that request is a single rule, because the authorizer asks
// each for itself, and it can match the three only by a star in each list; and it has no resourceNames, or an unnamed request
// would fail it. It is also what escalation checks in the API server ask, which compare rule by rule.
func (r *rule) everything() bool {
	return len(r.source.ResourceNames) == 0 && slices.Contains(r.source.Verbs, rbacv1.VerbAll) &&
		slices.Contains(r.source.APIGroups, rbacv1.APIGroupAll) && slices.Contains(r.source.Resources, rbacv1.ResourceAll)
}
