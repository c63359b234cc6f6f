package calico

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// about is whose labels a selector asks for, by the prefix under which a pod inherits them.
type about string

const (
	pods            about = ""
	namespaces      about = namespacePrefix
	serviceAccounts about = serviceAccountPrefix
)

// compiler turns a parsed selector into nodes that ask for facts about a pod.
type compiler struct {
	about about
	// global says that global() may be used: in the namespaceSelector of a rule. It means what is in no namespace, so no pod.
	global bool
	// misused is set when global() is used elsewhere.
	misused bool
}

// selector parses and compiles a selector, or what it does not match.
func selector(text string, of about, not, global bool) (*node, error) {
	parsed, err := parse(text)
	if err != nil {
		return nil, err
	}
	c := compiler{about: of, global: global}
	n := c.compile(parsed, not)
	if c.misused {
		return nil, errors.New("global() has a meaning in the namespaceSelector of a rule only")
	}
	return n, nil
}

// compile pushes negations down to the leaves, by De Morgan's laws.
func (c *compiler) compile(e *expression, not bool) *node {
	switch e.op {
	case opAll:
		if c.about == serviceAccounts {
			return leaf(serviceAccountLabel, opHas, nil, not)
		}
		return constant(!not)
	case opGlobal:
		c.misused = c.misused || !c.global
		return constant(not)
	case opNot:
		return c.compile(e.of[0], !not)
	case opAnd, opOr:
		of := make([]*node, len(e.of))
		for i, part := range e.of {
			of[i] = c.compile(part, not)
		}
		if (e.op == opAnd) != not {
			return and(of...)
		}
		return or(of...)
	case opNotIn:
		return leaf(string(c.about)+e.key, opIn, e.values, !not)
	default:
		return leaf(string(c.about)+e.key, e.op, e.values, not)
	}
}

func constant(value bool) *node {
	if value {
		return &node{shape: always, text: "all()"}
	}
	return &node{shape: never, text: "!all()"}
}

// leaf makes a test of one fact, or its answer where that is the same for every pod.
func leaf(key string, op operator, values []string, not bool) *node {
	if op == opIn && len(values) == 0 {
		return constant(not)
	}
	n := &node{shape: test, op: op, not: not, values: distinct(values)}
	var rest string
	n.field, rest = resolve(key)
	switch n.field {
	case fixed:
		return constant(n.testFixed(rest) != not)
	case spaceName, accountName:
		if n.field == spaceName && op == opHas {
			return constant(!not)
		}
		n.name()
		rest = ""
	default:
		n.encode(rest)
	}
	n.text = n.canonical(rest)
	return n
}

// testFixed tests a value that every pod has.
func (n *node) testFixed(value string) bool {
	name := node{op: n.op, values: n.values}
	name.name()
	return name.testName(model.Intern(value))
}

// name prepares a test of a name. The empty name is none, so that no value is equal to it.
func (n *node) name() {
	for _, v := range n.values {
		if n.op == opIn && v != "" {
			n.names = append(n.names, model.Intern(v))
		}
	}
}

// encode prepares a test of a label.
func (n *node) encode(key string) {
	n.label, n.key = strings.Clone(key), encodedKey(key)
	n.written = n.values
	out := make([]string, len(n.values))
	var list strings.Builder
	for i, v := range n.values {
		out[i] = encodedValue(v)
		if n.op == opIn {
			list.WriteString(encoded("", v)[len(encodedKey(""))-1:])
		}
	}
	n.values, n.list = out, list.String()
}

// canonical writes a test out.
func (n *node) canonical(key string) string {
	return fmt.Sprintf("(%d %q %d %t %q)", n.field, key, n.op, n.not, n.values)
}

// distinct returns copies of the values, each once and in order.
func distinct(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.Clone(v)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// and matches what all of the nodes match.
func and(of ...*node) *node { return join(conjunction, always, never, of) }

// or matches what at least one of the nodes matches.
func or(of ...*node) *node { return join(disjunction, never, always, of) }

// join joins nodes: those like neutral change nothing, one like final decides alone, and each counts once.
func join(as, neutral, final shape, of []*node) *node {
	var parts []*node
	for _, n := range of {
		switch n.shape {
		case final:
			return n
		case neutral:
		case as:
			parts = append(parts, n.of...)
		default:
			parts = append(parts, n)
		}
	}
	slices.SortFunc(parts, func(a, b *node) int { return strings.Compare(a.text, b.text) })
	parts = slices.CompactFunc(parts, func(a, b *node) bool { return a.text == b.text })
	switch len(parts) {
	case 0:
		return constant(neutral == always)
	case 1:
		return parts[0]
	}
	n := &node{shape: as, of: parts}
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = part.text
	}
	n.text = fmt.Sprintf("[%d %s]", as, strings.Join(texts, " "))
	return n
}
