package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxValues bounds the values that are visited. A value behind an alias counts each time it is used, so that a small
// file of aliases cannot grow into a large configuration.
const maxValues = 100_000

// parser walks the tree of one document and collects what is wrong with it.
type parser struct {
	file     string
	known    Known
	problems Problems
	visited  int
	stopped  bool
}

// value is a node together with its place. An alias is resolved; its line is where it is used.
type value struct {
	path string
	line int
	node *yaml.Node
}

// rule checks a text; an empty problem means that it is fine.
type rule func(text string) (problem, fix string)

func (p *parser) fail(v value, problem, fix string) {
	if p.stopped {
		return
	}
	p.problems = append(p.problems, Problem{File: p.file, Line: v.line, Key: v.path, Text: problem, Fix: fix})
	if len(p.problems) == maxProblems {
		p.stop(fmt.Sprintf("reading stopped after %d problems", maxProblems), "fix these first")
	}
}

func (p *parser) stop(problem, fix string) {
	p.problems.sort()
	p.problems = append(p.problems, Problem{File: p.file, Text: problem, Fix: fix})
	p.stopped = true
}

func (p *parser) value(path string, node *yaml.Node) value {
	if p.visited++; p.visited > maxValues && !p.stopped {
		p.stop(fmt.Sprintf("holds more than %d values, counting aliased ones wherever they are used", maxValues), "write fewer")
	}
	v := value{path: path, line: node.Line, node: node}
	for v.node.Kind == yaml.AliasNode {
		v.node = v.node.Alias
	}
	return v
}

// entries calls f for every key of a mapping; a null is a mapping without keys. Keys that are set twice, merged or not plain are problems.
func (p *parser) entries(v value, f func(key string, at value)) {
	if isNull(v.node) {
		return
	}
	if v.node.Kind != yaml.MappingNode {
		p.fail(v, is(v.node)+", must be a mapping", "write \"key: value\" lines below it")
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(v.node.Content) && !p.stopped; i += 2 {
		k := v.node.Content[i]
		at := p.value(join(v.path, k.Value), v.node.Content[i+1])
		at.line = k.Line
		first, twice := lines[k.Value]
		switch {
		case k.Kind != yaml.ScalarNode:
			at.path = v.path
			p.fail(at, "has a key that is no plain word", "write the key out")
		case k.ShortTag() == "!!merge":
			p.fail(at, "merge keys are not supported", "write the keys out; an alias may stand for one value")
		case twice:
			p.fail(at, fmt.Sprintf("is set twice, first on line %d", first), "remove one")
		default:
			lines[k.Value] = k.Line
			f(k.Value, at)
		}
	}
}

// mapping reads a mapping whose keys are all known, and returns which of them are there.
func (p *parser) mapping(v value, fields map[string]func(value)) map[string]bool {
	seen := map[string]bool{}
	p.entries(v, func(key string, at value) {
		field, ok := fields[key]
		if !ok {
			keys := slices.Sorted(maps.Keys(fields))
			p.fail(at, "unknown key", suggest(key, keys, "use "+orList(keys)))
			return
		}
		seen[key] = true
		field(at)
	})
	return seen
}

// list calls f for every item; a null is a list without items.
func (p *parser) list(v value, f func(i int, item value)) {
	if isNull(v.node) {
		return
	}
	if v.node.Kind != yaml.SequenceNode {
		fix := "write a list, one \"- item\" to a line"
		if v.node.Kind == yaml.ScalarNode {
			fix = "write [" + quote(v.node.Value) + "]"
		}
		p.fail(v, is(v.node)+", must be a list", fix)
		return
	}
	for i, node := range v.node.Content {
		if p.stopped {
			return
		}
		item := p.value(v.path+"["+strconv.Itoa(i)+"]", node)
		if isNull(item.node) {
			p.fail(item, "is empty", "remove the item or give it a value")
			continue
		}
		f(i, item)
	}
}

// texts returns a reader of a list of texts, which replaces dst.
func (p *parser) texts(dst *[]string, check rule) func(value) {
	return func(v value) {
		out := []string{}
		p.list(v, func(_ int, item value) {
			var s string
			p.text(&s, check)(item)
			out = append(out, s)
		})
		*dst = out
	}
}

// text returns a reader of one text.
func (p *parser) text(dst *string, check rule) func(value) {
	return func(v value) {
		switch {
		case isNull(v.node):
			p.fail(v, "is empty", "give it a value or remove the key")
			return
		case v.node.Kind != yaml.ScalarNode:
			p.fail(v, is(v.node)+", must be text", "write one value")
			return
		case v.node.ShortTag() != "!!str":
			p.fail(v, is(v.node)+", must be text", "write "+quote(v.node.Value)+" in quotes")
			return
		}
		if problem, fix := check(v.node.Value); problem != "" {
			p.fail(v, problem, fix)
			return
		}
		*dst = v.node.Value
	}
}

// scalar returns the text of a scalar of any type, for values with a notation of their own such as dates.
func (p *parser) scalar(v value, fix string) (string, bool) {
	switch {
	case isNull(v.node):
		p.fail(v, "is empty", fix)
	case v.node.Kind != yaml.ScalarNode:
		p.fail(v, is(v.node)+", must be one value", fix)
	default:
		return v.node.Value, true
	}
	return "", false
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// is describes what a node is, for a reader who does not know YAML's tags.
func is(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "is a mapping"
	case yaml.SequenceNode:
		return "is a list"
	}
	switch n.ShortTag() {
	case "!!str":
		return "is text"
	case "!!int", "!!float":
		return "is a number"
	case "!!bool":
		return "is a boolean"
	case "!!timestamp":
		return "is a date"
	default:
		return "has the tag " + quote(n.Tag)
	}
}

func join(path, key string) string {
	// What Quote escapes would break the line; blanks, dots and colons would be mistaken for the path's own.
	if key == "" || strings.ContainsAny(key, " .:[]") || strconv.Quote(key) != `"`+key+`"` {
		return path + "[" + quote(key) + "]"
	}
	if path != "" {
		path += "."
	}
	return path + clip(key)
}

func quote(s string) string { return strconv.Quote(clip(s)) }

// clip keeps a message on one screen, whatever the file holds.
func clip(s string) string {
	const longest = 80
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}
