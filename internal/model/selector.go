package model

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Selector is a label selector compiled for matching LabelSets. It is interned: selectors that ask
// for the same are equal, and kept once however many policies they stand in. The zero Selector
// matches everything.
//
// The text behind it is a list of requirements, sorted: an operator, two lengths, the key and the
// values, both encoded as they stand in a label set.
type Selector struct{ program Sym }

// MaxSelectorSize is the greatest size of a compiled selector in bytes: 1,000 values of the 63
// bytes that Kubernetes allows. It bounds what matching one label set can cost.
const MaxSelectorSize = 64 << 10

// The operators of requirements.
const (
	exists       = '+'
	doesNotExist = '-'
	in           = '='
	notIn        = '!'
	// never is met by no label set.
	never = '0'
)

// requirement is one part of a selector; all parts must be met.
type requirement struct {
	operator byte
	// key is the encoded key between its separators; values are sorted, each as equals and value,
	// with a separator behind the last byte.
	key, values string
}

// headSize is the size of what stands before a requirement's key: an operator and two lengths.
const headSize = 1 + 4 + 4

// NewSelector compiles a selector that apimachinery has parsed and validated. Its operators are
// those of a LabelSelector: In, NotIn, Exists and DoesNotExist. It returns an error for any other,
// and for a selector of more than MaxSelectorSize.
func NewSelector(parsed labels.Selector) (Selector, error) {
	requirements, selectable := parsed.Requirements()
	if !selectable {
		return Selector{Intern(encodeRequirement(never, "", nil))}, nil
	}
	parts := make([]string, 0, len(requirements))
	size := 0
	for i := range requirements {
		part, err := compile(&requirements[i])
		if err != nil {
			return Selector{}, err
		}
		parts = append(parts, part)
		if size += len(part); size > MaxSelectorSize {
			return Selector{}, fmt.Errorf("label selector of more than %d bytes: split it", MaxSelectorSize)
		}
	}
	slices.Sort(parts)
	if text := strings.Join(slices.Compact(parts), ""); text != "" {
		return Selector{Intern(text)}, nil
	}
	return Selector{}, nil
}

func compile(r *labels.Requirement) (string, error) {
	switch op := r.Operator(); op {
	case selection.Equals, selection.DoubleEquals, selection.In:
		if len(r.ValuesUnsorted()) == 0 {
			return encodeRequirement(never, "", nil), nil
		}
		return encodeRequirement(in, r.Key(), r.ValuesUnsorted()), nil
	case selection.NotEquals, selection.NotIn:
		if len(r.ValuesUnsorted()) == 0 {
			return "", nil
		}
		return encodeRequirement(notIn, r.Key(), r.ValuesUnsorted()), nil
	case selection.Exists:
		return encodeRequirement(exists, r.Key(), nil), nil
	case selection.DoesNotExist:
		return encodeRequirement(doesNotExist, r.Key(), nil), nil
	default:
		return "", fmt.Errorf("label selector operator %q", op)
	}
}

func encodeRequirement(operator byte, key string, values []string) string {
	encoded := make([]string, len(values))
	for i, v := range values {
		encoded[i] = equals + escaped(v) + separator
	}
	slices.Sort(encoded)
	list := strings.Join(slices.Compact(encoded), "")
	key = separator + escaped(key) + equals
	head := append(make([]byte, 0, headSize), operator)
	head = binary.BigEndian.AppendUint32(head, uint32(len(key)))
	head = binary.BigEndian.AppendUint32(head, uint32(len(list)))
	return string(head) + key + list
}

// next reads the first requirement of a program and returns the rest of the program.
func next(program string) (requirement, string) {
	key := headSize + length(program[1:])
	end := key + length(program[5:])
	return requirement{program[0], program[headSize:key], program[key:end]}, program[end:]
}

func length(b string) int {
	return int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
}

// Everything reports whether the selector matches every set of labels because it asks for nothing.
func (s Selector) Everything() bool { return s.program == Sym{} }

// Text is a text that two selectors share exactly when they are equal. It is not meant for people.
func (s Selector) Text() string { return Text(s.program) }

// Matches reports whether the selector matches the set. It allocates nothing, and takes a time
// that is linear in the set for each requirement, and linear in the requirement's values.
func (s Selector) Matches(set LabelSet) bool {
	text := Text(set)
	for rest := Text(s.program); len(rest) > 0; {
		var r requirement
		if r, rest = next(rest); !r.met(text) {
			return false
		}
	}
	return true
}

// met reports whether a label set meets the requirement.
func (r *requirement) met(set string) bool {
	if r.operator == never {
		return false
	}
	at := strings.Index(set, r.key)
	switch {
	case at < 0:
		return r.operator == doesNotExist || r.operator == notIn
	case r.operator == exists || r.operator == doesNotExist:
		return r.operator == exists
	}
	at += len(r.key) - len(equals)
	end := at + strings.IndexByte(set[at:], separator[0]) + len(separator)
	return strings.Contains(r.values, set[at:end]) == (r.operator == in)
}
