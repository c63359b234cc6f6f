package model

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Selector is a label selector compiled for matching LabelSets. It is interned: selectors that ask for the same are equal, and kept once
// however many policies they stand in. The zero Selector matches everything.
//
// The text behind it is a list of requirements: a byte that says what is asked, two for a length, and an encoded label, or only the key of
// one, that is a substring of the sets which have it.
type Selector struct{ program Sym }

// What a requirement asks.
const (
	// has asks for the label.
	has = '+'
	// lacks asks for its absence.
	lacks = '-'
	// either begins a list of labels of which one is asked for, or goes on with the others of it.
	either, or = '?', '|'
	// never is met by nothing.
	never = '!'
)

// longest is how long a label may be in a program. The API allows less than a thousandth of it.
const longest = 1<<16 - 1

// NewSelector compiles a selector that apimachinery has parsed and validated. Its operators are those of a LabelSelector: In, NotIn,
// Exists and DoesNotExist; it returns an error for any other.
func NewSelector(parsed labels.Selector) (Selector, error) {
	requirements, selectable := parsed.Requirements()
	var b program
	if !selectable {
		b.add(never, "")
	}
	for _, r := range requirements {
		key, values := encode(r.Key(), ""), encodeAll(r.Key(), r.ValuesUnsorted())
		switch op := r.Operator(); op {
		case selection.Equals, selection.DoubleEquals, selection.In:
			b.oneOf(values)
		case selection.NotEquals, selection.NotIn:
			for _, v := range values {
				b.add(lacks, v)
			}
		case selection.Exists:
			b.add(has, key)
		case selection.DoesNotExist:
			b.add(lacks, key)
		default:
			return Selector{}, fmt.Errorf("label selector operator %q", op)
		}
	}
	if b.tooLong {
		return Selector{}, fmt.Errorf("label selector with a label of more than %d bytes", longest)
	}
	if len(b.text) == 0 {
		return Selector{}, nil
	}
	return Selector{Intern(string(b.text))}, nil
}

// program is one under construction.
type program struct {
	text    []byte
	tooLong bool
}

func (p *program) add(asks byte, label string) {
	p.tooLong = p.tooLong || len(label) > longest
	p.text = append(append(p.text, asks, byte(len(label)>>8), byte(len(label))), label...)
}

// oneOf asks for one of the labels; nothing has one of none.
func (p *program) oneOf(labels []string) {
	switch len(labels) {
	case 0:
		p.add(never, "")
	case 1:
		p.add(has, labels[0])
	default:
		p.add(either, labels[0])
		for _, l := range labels[1:] {
			p.add(or, l)
		}
	}
}

// encodeAll returns the labels of a key with the values, in an order that is always the same.
func encodeAll(key string, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = encode(key, v) + separator
	}
	slices.Sort(out)
	return out
}

// Everything says whether the selector matches every set of labels because it asks for nothing.
func (s Selector) Everything() bool { return s.program == Sym{} }

// Text is a text that two selectors share exactly when they are equal. It is not meant for people.
func (s Selector) Text() string { return Text(s.program) }

// Matches says whether the selector matches the set. It allocates nothing.
func (s Selector) Matches(set LabelSet) bool {
	text := Text(set)
	rest := Text(s.program)
	for len(rest) > 0 {
		var asks byte
		var met bool
		asks, met, rest = ask(text, rest)
		switch asks {
		case lacks:
			met = !met
		case never:
			met = false
		case either:
			for len(rest) > 0 && rest[0] == or {
				var other bool
				_, other, rest = ask(text, rest)
				met = met || other
			}
		}
		if !met {
			return false
		}
	}
	return true
}

// ask reads the first requirement of a program, and says whether its label is in the text, and what comes after it.
func ask(text, program string) (asks byte, found bool, rest string) {
	end := 3 + int(program[1])<<8 + int(program[2])
	return program[0], strings.Contains(text, program[3:end]), program[end:]
}
