package config

import (
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"
)

// checkID takes the ID of a known check.
func (p *parser) checkID(text string) (problem, fix string) {
	if _, ok := p.known.Checks[text]; ok {
		return "", ""
	}
	id, _, hasValue := strings.Cut(text, "/")
	if _, ok := p.known.Checks[id]; ok && hasValue {
		return quote(text) + " names one value of a check", "write " + quote(id)
	}
	ids := slices.Sorted(maps.Keys(p.known.Checks))
	return "unknown check " + quote(text), suggest(id, ids, "docs/checks.md lists the checks")
}

// checkOrValue takes "id" or "id/value".
func (p *parser) checkOrValue(text string) (problem, fix string) {
	id, part, hasValue := strings.Cut(text, "/")
	values, known := p.known.Checks[id]
	switch {
	case !known || !hasValue:
		return p.checkID(text)
	case len(values) == 0:
		return "check " + quote(id) + " has no values", "write " + quote(id)
	case !slices.Contains(values, part):
		return "check " + quote(id) + " has no value " + quote(part), suggest(part, values, "docs/checks.md lists the values")
	}
	return "", ""
}

// checkOrAll takes "*", "id" or "id/value".
func (p *parser) checkOrAll(text string) (problem, fix string) {
	if text == AllChecks {
		return "", ""
	}
	return p.checkOrValue(text)
}

func (p *parser) severity(text string) (problem, fix string) {
	if slices.Contains(p.known.Severities, text) {
		return "", ""
	}
	return "unknown severity " + quote(text), suggest(text, p.known.Severities, "docs/checks.md lists the severities")
}

// glob takes a pattern of path.Match.
func glob(text string) (problem, fix string) {
	if text == "" {
		return "is an empty pattern", `remove it, or write "*" for everything`
	}
	if _, err := path.Match(text, ""); err != nil {
		return quote(text) + " is not a valid pattern", `close every "[" and do not end in "\"`
	}
	return "", ""
}

// kindGlob takes a kind as findings spell it, or a pattern of kinds. They are compared exactly, so
// one that is spelled otherwise would never match: a built-in kind stands alone, every other is
// followed by its API group.
func (p *parser) kindGlob(text string) (problem, fix string) {
	if problem, fix = glob(text); problem != "" {
		return problem, fix
	}
	if first, _ := utf8.DecodeRuneInString(text); unicode.IsLower(first) {
		return quote(text) + " matches no kind", "kinds begin with a capital letter, as DaemonSet"
	}
	kind, group, grouped := strings.Cut(text, ".")
	if strings.ContainsAny(text, `*?[\`) {
		matches := func(known string) bool { ok, _ := path.Match(text, known); return ok }
		if !grouped && !slices.ContainsFunc(p.known.Kinds, matches) {
			return quote(text) + " matches no kind that is built in", kindFix
		}
		return "", ""
	}
	switch {
	case !grouped && !slices.Contains(p.known.Kinds, text):
		if best := nearest(text, p.known.Kinds); best != "" {
			return "unknown kind " + quote(text), "did you mean " + quote(best) + "?"
		}
		return "unknown kind " + quote(text), kindFix
	case group == "apps" || group == "batch":
		return quote(text) + " matches no kind", "built-in kinds stand alone: write " + quote(kind)
	case grouped && len(validation.IsDNS1123Subdomain(group)) > 0:
		return quote(text) + " is no kind and group", kindFix
	}
	return "", ""
}

const kindFix = "write a kind that is not built in with its API group, as Rollout.argoproj.io"

// namespaceName takes the name of a namespace.
func namespaceName(text string) (problem, fix string) {
	if len(validation.IsDNS1123Label(text)) > 0 {
		return quote(text) + " is not a valid namespace", "write the name of a namespace such as calico-system; patterns are not allowed here"
	}
	return "", ""
}

// labelKey takes a label or annotation key, or nothing.
func labelKey(text string) (problem, fix string) {
	if text == "" {
		return "", ""
	}
	if len(validation.IsQualifiedName(text)) > 0 {
		return quote(text) + " is not a valid key", "write a key such as team or example.com/team"
	}
	return "", ""
}

// enforcerName takes the name of a network, or nothing.
func enforcerName(text string) (problem, fix string) {
	if text != "" && len(validation.IsDNS1123Label(text)) > 0 {
		return quote(text) + " is not a valid name", `write a name such as cilium, or none when nobody enforces network policies`
	}
	return "", ""
}

// annotationKey takes an annotation key.
func annotationKey(text string) (problem, fix string) {
	if text == "" {
		return "is empty", "write a key such as kube-posture/reviewed-at"
	}
	return labelKey(text)
}

// notBlank takes any text with something in it.
func notBlank(text string) (problem, fix string) {
	if strings.TrimSpace(text) == "" {
		return "is blank", "say it in a word or two"
	}
	return "", ""
}
