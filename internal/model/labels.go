package model

import (
	"fmt"
	"slices"
	"strings"
	"unique"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// LabelSet is an interned set of labels. Pods of one workload share theirs, so a selector is matched once for all of them.
//
// The text behind it is canonical: every label sorted by key as separator key equals value, and a final separator. One label is in
// the set exactly when its encoded form is a substring, which is how the common selectors are matched.
type LabelSet = Sym

const (
	separator = "\x00"
	equals    = "\x01"
)

// escape keeps a label that no API server would accept (a snapshot file may hold anything) from imitating the separators.
var escape = strings.NewReplacer("\x00", "\x020", "\x01", "\x021", "\x02", "\x022")

var unescape = strings.NewReplacer("\x020", "\x00", "\x021", "\x01", "\x022", "\x02")

func encode(key, value string) string {
	if strings.ContainsAny(key, "\x00\x01\x02") || strings.ContainsAny(value, "\x00\x01\x02") {
		key, value = escape.Replace(key), escape.Replace(value)
	}
	return separator + key + equals + value
}

// NewLabelSet interns a set of labels.
func NewLabelSet(set map[string]string) LabelSet {
	if len(set) == 0 {
		return unique.Make("")
	}
	var few [16]string
	keys := few[:0]
	size := 1
	for k, v := range set {
		keys = append(keys, k)
		size += len(k) + len(v) + 2
	}
	slices.Sort(keys)
	var b strings.Builder
	b.Grow(size)
	for _, k := range keys {
		if v := set[k]; strings.ContainsAny(k, "\x00\x01\x02") || strings.ContainsAny(v, "\x00\x01\x02") {
			b.WriteString(encode(k, v))
		} else {
			b.WriteString(separator)
			b.WriteString(k)
			b.WriteString(equals)
			b.WriteString(v)
		}
	}
	b.WriteString(separator)
	return unique.Make(b.String())
}

// Labels decodes a LabelSet, for people and for tests.
func Labels(set LabelSet) labels.Set {
	out := labels.Set{}
	for _, pair := range strings.Split(strings.Trim(Text(set), separator), separator) {
		if k, v, ok := strings.Cut(pair, equals); ok {
			out[unescape.Replace(k)] = unescape.Replace(v)
		}
	}
	return out
}

// Selector is a label selector compiled for matching LabelSets. The zero Selector matches everything.
type Selector struct {
	// all are encoded labels of which each must be in the set: what matchLabels becomes.
	all []string
	// any are lists of encoded labels of which one must be in the set.
	any [][]string
	// none are encoded labels, or keys, of which no one may be in the set.
	none []string
	// never says that nothing matches.
	never bool
}

// NewSelector compiles a selector that apimachinery has parsed and validated. Its operators are those of a LabelSelector: In, NotIn,
// Exists and DoesNotExist; it returns an error for any other.
func NewSelector(parsed labels.Selector) (Selector, error) {
	requirements, selectable := parsed.Requirements()
	s := Selector{never: !selectable}
	for _, r := range requirements {
		values := encodeAll(r.Key(), r.ValuesUnsorted())
		switch op := r.Operator(); op {
		case selection.Equals, selection.DoubleEquals, selection.In:
			if len(values) == 1 {
				s.all = append(s.all, values[0])
			} else {
				s.any = append(s.any, values)
			}
		case selection.NotEquals, selection.NotIn:
			s.none = append(s.none, values...)
		case selection.Exists:
			s.all = append(s.all, encode(r.Key(), ""))
		case selection.DoesNotExist:
			s.none = append(s.none, encode(r.Key(), ""))
		default:
			return Selector{}, fmt.Errorf("label selector operator %q", op)
		}
	}
	return s, nil
}

func encodeAll(key string, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = encode(key, v) + separator
	}
	return out
}

// Everything says whether the selector matches every set of labels because it asks for nothing.
func (s *Selector) Everything() bool {
	return len(s.all) == 0 && len(s.any) == 0 && len(s.none) == 0 && !s.never
}

// Matches says whether the selector matches the set. It allocates nothing.
func (s *Selector) Matches(set LabelSet) bool {
	if s.never {
		return false
	}
	text := Text(set)
	in := func(part string) bool { return strings.Contains(text, part) }
	for _, p := range s.all {
		if !in(p) {
			return false
		}
	}
	for _, one := range s.any {
		if !slices.ContainsFunc(one, in) {
			return false
		}
	}
	return !slices.ContainsFunc(s.none, in)
}
