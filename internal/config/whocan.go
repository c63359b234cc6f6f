package config

import (
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
	"k8s.io/apimachinery/pkg/util/validation"
)

// whoCan reads the list of access queries.
func (p *parser) whoCan(v value) []WhoCan {
	var out []WhoCan
	names := map[string]string{}
	p.list(v, func(_ int, item value) { out = append(out, p.query(item, names)) })
	return out
}

// query reads one access query; names maps the names that are taken to the path of their owner.
func (p *parser) query(v value, names map[string]string) WhoCan {
	var q WhoCan
	places := map[string]value{}
	text := func(key string, dst *string, check rule) func(value) {
		return func(at value) {
			places[key] = at
			p.text(dst, check)(at)
		}
	}
	seen := p.mapping(v, map[string]func(value){
		"name": func(at value) {
			p.text(&q.Name, accessName)(at)
			p.unique(at, q.Name, v.path, names)
		},
		"verb":             text("verb", &q.Verb, verb),
		"resource":         text("resource", &q.Resource, resource),
		"subresource":      text("subresource", &q.Subresource, noSlash),
		"api_group":        text("api_group", &q.APIGroup, apiGroup),
		"resource_name":    text("resource_name", &q.ResourceName, noSlash),
		"namespace":        text("namespace", &q.Namespace, namespace),
		"non_resource_url": text("non_resource_url", &q.NonResourceURL, nonResourceURL),
	})
	p.require(v, seen, "name", "give it a name that no other query has")
	p.require(v, seen, "verb", "write a verb such as get or delete")
	p.target(v, &q, places)
	return q
}

// target checks that a query asks for a resource or for a URL, and splits "pods/log".
func (p *parser) target(v value, q *WhoCan, places map[string]value) {
	at, hasResource := places["resource"]
	_, hasURL := places["non_resource_url"]
	if !hasResource && !hasURL && v.node.Kind == yaml.MappingNode {
		p.fail(v, "asks for nothing", "set resource or non_resource_url")
		return
	}
	if hasURL {
		for _, key := range []string{"resource", "subresource", "api_group", "resource_name", "namespace"} {
			if at, both := places[key]; both {
				p.fail(at, "cannot stand beside non_resource_url", "remove one of the two")
			}
		}
	}
	res, sub, split := strings.Cut(q.Resource, "/")
	if !split {
		return
	}
	if _, both := places["subresource"]; both {
		p.fail(at, quote(q.Resource)+" names a subresource, which is set beside it too", "write "+quote(res)+" here")
		return
	}
	q.Resource, q.Subresource = res, sub
}

// accessName takes what is safe and easily typed as a label value, and is not the name of a built-in query.
func accessName(text string) (problem, fix string) {
	safe := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' }
	switch {
	case text == "" || strings.ContainsFunc(text, func(r rune) bool { return !safe(r) }):
		return quote(text) + " is not a valid name", `use a to z, 0 to 9 and "-"`
	case slices.Contains(BuiltinAccessNames(), text):
		return quote(text) + " is the name of a built-in query", "choose another"
	}
	return "", ""
}

// verb takes any word, because API groups have verbs of their own, but not a common one in the wrong case, which RBAC
// would never match.
func verb(text string) (problem, fix string) {
	common := []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "bind", "escalate", "impersonate"}
	lower := strings.ToLower(text)
	switch {
	case text == "" || strings.ContainsFunc(text, unicode.IsSpace):
		return quote(text) + " is not a verb", "write one verb such as get or delete"
	case text != lower && slices.Contains(common, lower):
		return quote(text) + " is not a verb", "write " + quote(lower)
	}
	return "", ""
}

// resource takes "pods" and "pods/log".
func resource(text string) (problem, fix string) {
	name, sub, split := strings.Cut(text, "/")
	singular, group, dotted := strings.Cut(name, ".")
	switch {
	case dotted && singular != "":
		return quote(text) + " is not a resource", "write " + quote(singular) + " here, and api_group: " + quote(group)
	case name != "*" && len(validation.IsDNS1123Label(name)) > 0, split && len(validation.IsDNS1123Label(sub)) > 0:
		return quote(text) + " is not a resource", "write the plural in lower case, as pods or pods/log"
	}
	return "", ""
}

func noSlash(text string) (problem, fix string) {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r == '/' || unicode.IsSpace(r) }) {
		return quote(text) + " is not a valid name", "write one name, or remove the key"
	}
	return "", ""
}

func apiGroup(text string) (problem, fix string) {
	if text != "" && text != "*" && len(validation.IsDNS1123Subdomain(text)) > 0 {
		return quote(text) + " is not an API group", `write a group without version, as apps, or "" for the core group`
	}
	return "", ""
}

func namespace(text string) (problem, fix string) {
	if len(validation.IsDNS1123Label(text)) > 0 {
		return quote(text) + " is not a namespace", "write the name of one namespace, or remove the key to ask for all"
	}
	return "", ""
}

func nonResourceURL(text string) (problem, fix string) {
	if !strings.HasPrefix(text, "/") || strings.ContainsFunc(text, unicode.IsSpace) {
		return quote(text) + " is not a path", "write a path such as /metrics"
	}
	return "", ""
}
