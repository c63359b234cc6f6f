package whocan

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// phrase is the question without who: "delete pods cluster-wide".
func (q *Query) phrase() string {
	verb := printable(q.Verb)
	if q.Verb == "*" {
		verb = "use every verb on"
	}
	if q.NonResourceURL != "" {
		return verb + " " + printable(q.NonResourceURL)
	}
	text := verb + " " + q.target()
	if q.Name != "" {
		text += " named " + strconv.Quote(q.Name)
	}
	switch {
	case q.scope == inCluster: // a namespace is asked for by its name
		return text
	case q.Namespace != "":
		return text + " in the namespace " + strconv.Quote(q.Namespace)
	}
	return text + " cluster-wide"
}

// target is what the question is about, as kubectl takes it.
func (q *Query) target() string {
	text := q.Resource
	switch {
	case q.Resource == "*" && q.Subresource == "" && q.APIGroup == "*":
		return "every resource"
	case q.Resource == "*" && q.Subresource == "" && q.APIGroup == "":
		return "every resource of the core API group"
	case q.Resource == "*" && q.Subresource == "":
		return "every resource of the API group " + q.APIGroup
	case q.APIGroup != "" && q.APIGroup != "*":
		text += "." + q.APIGroup
	}
	if q.Subresource != "" {
		text += "/" + q.Subresource
	}
	return text
}

// printable returns the text as it is when it cannot be mistaken for anything else on a terminal, and quoted otherwise: names of
// users and groups may hold anything.
func printable(text string) string {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) || r == '"' || r == utf8.RuneError }
	if text == "" || text == "-" || strings.ContainsFunc(text, odd) {
		return strconv.Quote(text)
	}
	return text
}
