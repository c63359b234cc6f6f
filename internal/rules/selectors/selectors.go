// Package selectors finds the metrics and labels that a PromQL expression names, and compares them with what is exported.
//
// It must never decide whether an expression is valid, which promtool does, and never be used to evaluate or change one. The tests of the
// rules, of the runbooks and of the dashboards use it; nothing that is shipped imports it.
package selectors

import (
	"regexp"
	"strings"
)

// Matcher is one condition in braces.
type Matcher struct{ Label, Op, Value string }

// Selector is a metric that an expression reads. Name is empty where only the matchers say which.
type Selector struct {
	Name     string
	Matchers []Matcher
}

// Found is what an expression names.
type Found struct {
	Selectors []Selector
	// Grouping are the labels of by, without, on, ignoring, group_left and group_right.
	Grouping []string
	// Made are the labels that label_replace and label_join make.
	Made []string
}

var (
	token = regexp.MustCompile("(?s)#[^\n]*|\"(?:\\\\.|[^\"\\\\])*\"|'(?:\\\\.|[^'\\\\])*'|`[^`]*`|\\[[^\\]]*\\]|[0-9][0-9a-zA-Z_.]*|" +
		"\\$[a-zA-Z_]+|[a-zA-Z_:][a-zA-Z0-9_:]*|=~|!~|!=|==|>=|<=|.")
	word = regexp.MustCompile(`^[a-zA-Z_:]`)

	grouping = set("by", "without", "on", "ignoring", "group_left", "group_right")
	keywords = set("offset", "bool", "and", "or", "unless", "atan2", "inf", "nan", "sum", "min", "max", "avg", "group", "stddev", "stdvar", "count",
		"count_values", "bottomk", "topk", "quantile", "start", "end", "Inf", "NaN")
	makers = set("label_replace", "label_join")
)

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// Find returns what the expression names.
func Find(expr string) Found {
	s := scanner{}
	for _, t := range token.FindAllString(expr, -1) {
		if strings.TrimSpace(t) != "" && t[0] != '#' && t[0] != '[' {
			s.tokens = append(s.tokens, t)
		}
	}
	for s.at < len(s.tokens) {
		s.step()
	}
	return s.found
}

type scanner struct {
	tokens []string
	at     int
	found  Found
}

func (s *scanner) peek(ahead int) string {
	if s.at+ahead < len(s.tokens) {
		return s.tokens[s.at+ahead]
	}
	return ""
}

// step reads one metric, one list of labels, or one token that is neither.
func (s *scanner) step() {
	t := s.peek(0)
	switch {
	case t == "{":
		s.at++
		s.found.Selectors = append(s.found.Selectors, Selector{Matchers: s.matchers()})
	case !word.MatchString(t):
		s.at++
	case grouping[t]:
		s.at++
		if s.peek(0) == "(" {
			s.at++
			s.labels()
		}
	case s.peek(1) == "(" || keywords[t]:
		if makers[t] {
			s.made()
		}
		s.at++
	default:
		s.at++
		selector := Selector{Name: t}
		if s.peek(0) == "{" {
			s.at++
			selector.Matchers = s.matchers()
		}
		s.found.Selectors = append(s.found.Selectors, selector)
	}
}

// labels reads the rest of a list in parentheses.
func (s *scanner) labels() {
	for ; s.at < len(s.tokens) && s.peek(0) != ")"; s.at++ {
		if word.MatchString(s.peek(0)) {
			s.found.Grouping = append(s.found.Grouping, s.peek(0))
		}
	}
}

// matchers reads the rest of what is in braces.
func (s *scanner) matchers() []Matcher {
	var list []Matcher
	for s.at < len(s.tokens) && s.peek(0) != "}" {
		if word.MatchString(s.peek(0)) {
			list = append(list, Matcher{Label: s.peek(0), Op: s.peek(1), Value: unquote(s.peek(2))})
			s.at += 2
		}
		s.at++
	}
	s.at++
	return list
}

// made notes the label that a call makes: the first text among its own arguments.
func (s *scanner) made() {
	depth := 0
	for i := s.at + 1; i < len(s.tokens); i++ {
		switch t := s.tokens[i]; t {
		case "(", "{":
			depth++
		case ")", "}":
			depth--
			if depth == 0 {
				return
			}
		default:
			if depth == 1 && strings.ContainsAny(t[:1], "\"'`") {
				s.found.Made = append(s.found.Made, unquote(t))
				return
			}
		}
	}
}

func unquote(t string) string {
	if len(t) < 2 {
		return t
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(t[1 : len(t)-1])
}
