package calico

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// truth is an answer of which nobody may know enough.
type truth uint8

const (
	no truth = iota
	perhaps
	yes
)

// shape is what a node is made of.
type shape uint8

const (
	never shape = iota
	always
	conjunction
	disjunction
	// test asks for one fact.
	test
)

// node is a compiled selector: negations stand at its leaves only, and what is the same for every pod is folded away.
type node struct {
	shape shape
	of    []*node
	// field, op and not make a test; op is one of opHas, opIn, opContains, opStartsWith and opEndsWith.
	field field
	op    operator
	not   bool
	// label and written are what a label is compared with; key and values are the same encoded. For
	// opIn of a label, list has all values, each as it stands in a LabelSet behind its key, with
	// the bytes around it. A name is compared with names for opIn, and with values as they are
	// written otherwise.
	label, key      string
	written, values []string
	list            string
	names           []model.Sym
	// text is the node's canonical form: nodes that share it match the same pods.
	text string
}

// subject is what a node is asked about: a pod, or all that can be said of a pod by its namespace alone.
type subject struct {
	space   *network.Namespace
	pod     bool
	labels  string
	account model.Sym
}

func (n *node) ask(s subject) truth {
	switch n.shape {
	case never:
		return no
	case always:
		return yes
	case conjunction:
		least := yes
		for _, part := range n.of {
			if least = min(least, part.ask(s)); least == no {
				return no
			}
		}
		return least
	case disjunction:
		most := no
		for _, part := range n.of {
			if most = max(most, part.ask(s)); most == yes {
				return yes
			}
		}
		return most
	}
	answer := n.test(s)
	if n.not {
		return yes - answer
	}
	return answer
}

func (n *node) test(s subject) truth {
	switch n.field {
	case spaceName:
		return told(n.testName(s.space.Name))
	case spaceLabel:
		if s.space.Known {
			return told(n.testLabel(model.Text(s.space.Labels)))
		}
	case podLabel:
		if s.pod {
			return told(n.testLabel(s.labels))
		}
	case accountName:
		if s.pod {
			return told(n.testName(s.account))
		}
	}
	return perhaps
}

func told(answer bool) truth {
	if answer {
		return yes
	}
	return no
}

// testName tests a name; one that is empty is none.
func (n *node) testName(name model.Sym) bool {
	if n.op == opIn {
		return slices.Contains(n.names, name)
	}
	text := model.Text(name)
	if text == "" {
		return false
	}
	switch n.op {
	case opContains:
		return strings.Contains(text, n.values[0])
	case opStartsWith:
		return strings.HasPrefix(text, n.values[0])
	case opEndsWith:
		return strings.HasSuffix(text, n.values[0])
	default:
		return true
	}
}

// testLabel tests a label in the text behind a LabelSet.
func (n *node) testLabel(labels string) bool {
	if n.op == opHas {
		return strings.Contains(labels, n.key)
	}
	value, ok := valueOf(labels, n.key)
	if !ok {
		return false
	}
	if n.op == opIn {
		return strings.Contains(n.list, value)
	}
	value = value[1 : len(value)-1]
	switch n.op {
	case opContains:
		return containsValue(value, n.values[0])
	case opStartsWith:
		return strings.HasPrefix(value, n.values[0])
	default:
		return endsWithValue(value, n.values[0])
	}
}

// mentions says whether a test in the node asks for the field.
func (n *node) mentions(f field) bool {
	if n.shape == test {
		return n.field == f
	}
	return slices.ContainsFunc(n.of, func(part *node) bool { return part.mentions(f) })
}
