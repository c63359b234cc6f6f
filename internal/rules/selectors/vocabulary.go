package selectors

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Vocabulary is what may be named.
type Vocabulary struct {
	// Metrics are the labels of each metric.
	Metrics map[string][]string
	// Everywhere are the labels that any series may have.
	Everywhere []string
	// Values are the values that a label can have, where they are known.
	Values map[string][]string
}

// Problems says what the expression names and nobody exports.
func (v *Vocabulary) Problems(expr string) []string {
	found := Find(expr)
	var problems []string
	known := slices.Concat(v.Everywhere, found.Made)
	for _, s := range found.Selectors {
		labels, err := v.labels(s)
		if err != "" {
			problems = append(problems, err)
			continue
		}
		known = append(known, labels...)
		for _, m := range s.Matchers {
			if m.Label != "__name__" && !slices.Contains(labels, m.Label) && !slices.Contains(v.Everywhere, m.Label) {
				problems = append(problems, fmt.Sprintf("%s has no label %s", s.Name, m.Label))
			}
			problems = append(problems, v.value(m)...)
		}
	}
	for _, l := range found.Grouping {
		if l != "__name__" && !slices.Contains(known, l) {
			problems = append(problems, "no metric in the expression has the label "+l)
		}
	}
	return problems
}

// labels are those of the metrics that a selector can mean.
func (v *Vocabulary) labels(s Selector) ([]string, string) {
	if s.Name != "" {
		labels, ok := v.Metrics[s.Name]
		if !ok {
			return nil, "nobody exports " + s.Name
		}
		return labels, ""
	}
	for _, m := range s.Matchers {
		if m.Label != "__name__" {
			continue
		}
		var labels []string
		for _, name := range alternatives(m.Value) {
			of, ok := v.Metrics[name]
			if !ok {
				return nil, "nobody exports " + name
			}
			labels = append(labels, of...)
		}
		return labels, ""
	}
	return nil, "a selector names no metric"
}

var literal = regexp.MustCompile(`^[\w./:-]+$`)

// value compares what is matched literally with what the label can be. What depends on a variable of a dashboard is not compared.
func (v *Vocabulary) value(m Matcher) []string {
	values, ok := v.Values[m.Label]
	if !ok || m.Value == "" || strings.Contains(m.Value, "$") {
		return nil
	}
	words := []string{m.Value}
	if strings.HasSuffix(m.Op, "~") {
		words = alternatives(m.Value)
	}
	var problems []string
	for _, w := range words {
		if literal.MatchString(w) && !slices.Contains(values, w) {
			problems = append(problems, fmt.Sprintf("the label %s is never %s", m.Label, w))
		}
	}
	return problems
}

// alternatives takes apart a regular expression of the form a|b or prefix(a|b).
func alternatives(expr string) []string {
	prefix, rest, grouped := strings.Cut(expr, "(")
	if !grouped {
		return strings.Split(expr, "|")
	}
	var list []string
	for _, w := range strings.Split(strings.TrimSuffix(rest, ")"), "|") {
		list = append(list, prefix+w)
	}
	return list
}
