package model

import (
	"slices"
	"strings"
	"unique"

	"k8s.io/apimachinery/pkg/labels"
)

// LabelSet is an interned set of labels. Pods of one workload share theirs, so a selector is matched once for all of them.
//
// The text behind it is canonical: every label sorted by key as separator key equals value, and a
// final separator. A label is in the set exactly when its encoded form is a substring, which is how
// selectors look up a key.
type LabelSet = Sym

// MaxLabelsSize is the greatest size in bytes of the labels that a LabelSet of BoundedLabels holds.
// Kubernetes bounds a label, 317 bytes for the key and 63 for the value, but not how many an
// object has.
const MaxLabelsSize = 16 << 10

// BoundedLabels interns a set of labels, or returns TooManyLabels when they are more than
// MaxLabelsSize bytes. Selectors are matched with the labels of pods and namespaces, which users
// write, so these must be bounded.
func BoundedLabels(set map[string]string) LabelSet {
	size := 1
	for k, v := range set {
		if size += len(k) + len(v) + 2; size > MaxLabelsSize {
			return TooManyLabels()
		}
	}
	return NewLabelSet(set)
}

// TooManyLabels stands for labels that are too many to be kept: which selectors match them is
// unknown. It is equal to no set of labels.
func TooManyLabels() LabelSet { return tooManyLabels }

// tooManyLabels is no encoding of labels: an escape begins nothing.
var tooManyLabels = unique.Make("\x02")

const (
	separator = "\x00"
	equals    = "\x01"
)

// escape keeps a label that no API server would accept (a snapshot file may hold anything) from imitating the separators.
var escape = strings.NewReplacer("\x00", "\x020", "\x01", "\x021", "\x02", "\x022")

var unescape = strings.NewReplacer("\x020", "\x00", "\x021", "\x01", "\x022", "\x02")

// escaped returns a key or a value as it stands in the text behind a LabelSet.
func escaped(text string) string {
	if strings.ContainsAny(text, "\x00\x01\x02") {
		return escape.Replace(text)
	}
	return text
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
		b.WriteString(separator)
		b.WriteString(escaped(k))
		b.WriteString(equals)
		b.WriteString(escaped(set[k]))
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

// Label returns the value of one label of the set, and false when the set has none of that key. It allocates nothing, but for a key or a value
// that no API server would accept.
func Label(set LabelSet, key string) (string, bool) {
	if strings.ContainsAny(key, "\x00\x01\x02") {
		key = escape.Replace(key)
	}
	text := Text(set)
	for at := 1; key != "" && at < len(text); at++ {
		found := strings.Index(text[at:], key)
		if found < 0 {
			return "", false
		}
		at += found
		value, ok := strings.CutPrefix(text[at+len(key):], equals)
		if !ok || text[at-1:at] != separator {
			continue
		}
		value, _, _ = strings.Cut(value, separator)
		if strings.Contains(value, "\x02") { // replacing what is not there takes memory
			value = unescape.Replace(value)
		}
		return value, true
	}
	return "", false
}
