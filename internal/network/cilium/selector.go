package cilium

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// term is one requirement of a selector.
type term struct {
	source, key string
	op          selection.Operator
	values      []string
	// pair says that it stands in matchLabels.
	pair bool
}

// terms are a selector's requirements; all of them must hold.
type terms []term

// operators are those of a label selector.
var operators = map[string]selection.Operator{
	"In": selection.In, "NotIn": selection.NotIn, "Exists": selection.Exists, "DoesNotExist": selection.DoesNotExist,
}

// selector reads a selector; it returns false when there is none, or none that can be read.
func (r *reader) selector(f fields, key string) (terms, bool) {
	if !f.has(key) {
		return nil, false
	}
	var own reader
	return r.take(own.terms(own.part(f, key)), own.err)
}

// take keeps what makes a selector unreadable.
func (r *reader) take(ts terms, err error) (terms, bool) {
	if err != nil {
		r.fail("%w", err)
	}
	return ts, err == nil
}

// terms reads the requirements of a selector.
func (r *reader) terms(f fields) (out terms) {
	if unknown, there := f.other("matchLabels", "matchExpressions"); there {
		r.fail("%s: is no field of a selector: remove it", f.at(unknown))
	}
	pairs := r.part(f, "matchLabels")
	for _, key := range slices.Sorted(maps.Keys(pairs.of)) {
		value, text := pairs.of[key].(string)
		if !text {
			r.fail("%s: the value is not a text: quote it", pairs.at(key))
			continue
		}
		t := r.term(pairs.at(key), key, selection.In, []string{value})
		t.pair = true
		if out.pairs(t.source, t.key) {
			r.fail("%s: asks for the label twice: keep one", pairs.at(key))
		}
		out = append(out, t)
	}
	for _, e := range r.objects(f, "matchExpressions") {
		if unknown, there := e.other("key", "operator", "values"); there {
			r.fail("%s: is no field of a selector: remove it", e.at(unknown))
		}
		op, known := operators[r.text(e, "operator")]
		if !known {
			r.fail("%s: is none of In, NotIn, Exists and DoesNotExist: correct it", e.at("operator"))
			continue
		}
		out = append(out, r.term(e.path, r.text(e, "key"), op, r.texts(e, "values")))
	}
	if out.size() > model.MaxSelectorSize {
		r.fail("%s: is a selector of more than %d bytes: split it", f.path, model.MaxSelectorSize)
	}
	return out
}

// size is at least the size of the compiled requirements in bytes.
func (ts terms) size() (size int) {
	const perTerm, perValue = 16, 2
	for _, t := range ts {
		size += perTerm + len(t.key)
		for _, v := range t.values {
			size += perValue + len(v)
		}
	}
	return size
}

// term reads one requirement. A key without a source is about labels from anywhere.
func (r *reader) term(path, key string, op selection.Operator, values []string) term {
	t := term{source: sourceAny, key: key, op: op, values: values}
	if source, rest, ok := strings.Cut(key, ":"); ok {
		t.source, t.key = source, rest
	}
	if !alphanumeric(t.source) || strings.Contains(t.key, ":") {
		r.fail("%s: %.100q is no source and label: write it as k8s:<label>", path, key)
		return t
	}
	if _, err := labels.NewRequirement(t.key, op, values); err != nil {
		r.fail("%s: %w: correct it", path, err)
	}
	return t
}

// alphanumeric says whether the text may stand before the colon of a key.
func alphanumeric(source string) bool {
	return source != "" && !strings.ContainsFunc(source, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

// pairs says whether matchLabels ask for the label.
func (ts terms) pairs(source, key string) bool {
	return slices.ContainsFunc(ts, func(t term) bool { return t.pair && t.source == source && t.key == key })
}

// ask says whether any requirement is about a pod's label that this holds for.
func (ts terms) ask(is func(key string) bool) bool {
	return slices.ContainsFunc(ts, func(t term) bool { return (t.source == sourceAny || t.source == sourceK8s) && is(t.key) })
}

// reserved says whether any requirement is about an identity that is no pod's.
func (ts terms) reserved() bool {
	return slices.ContainsFunc(ts, func(t term) bool { return t.source == sourceReserved })
}

// initializing says whether the selector asks for pods that have no labels yet, or for others.
func (ts terms) initializing() bool {
	return slices.ContainsFunc(ts, func(t term) bool { return t.source == sourceReserved && t.key == initLabel })
}

// subject is what a policy's endpointSelector comes to: in a namespace, the policy's own is part of it, and takes the place of any other
// that matchLabels name with the prefix k8s. Others stay, and the selector then selects nothing.
func (o *object) subject(ts terms) terms {
	if !o.namespaced {
		return ts
	}
	out := slices.DeleteFunc(slices.Clone(ts), func(t term) bool { return t.pair && t.source == sourceK8s && t.key == namespaceLabel })
	return append(out, o.home())
}

// peer is what a selector for peers comes to. One that names no namespace means the policy's own, or in a policy of the cluster any; one
// for what is no pod means no namespace. Where the policy's subject mentions pods that have no labels yet, any is none.
func (o *object) peer(ts, subject terms) terms {
	namespace := func(key string) bool { return key == namespaceLabel }
	space := func(key string) bool { return strings.HasPrefix(key, spacePrefix) }
	switch {
	case ts.reserved(), ts.ask(namespace):
		return ts
	case !o.namespaced && subject.initializing():
		return ts
	case !o.namespaced:
		return append(slices.Clone(ts), term{source: sourceK8s, key: namespaceLabel, op: selection.Exists})
	case ts.ask(space):
		return ts
	default:
		return append(slices.Clone(ts), o.home())
	}
}

func (o *object) home() term {
	return term{source: sourceK8s, key: namespaceLabel, op: selection.In, values: []string{model.Text(o.namespace)}}
}

// outside says how much of what is outside of the cluster a selector for peers matches. Cilium from 1.19 adds the own cluster to selectors
// that name neither a cluster nor a reserved identity, unless it is configured not to; those match some of it at most, as far as one knows.
func (ts terms) outside() network.Reach {
	matched := 0
	for _, identity := range worlds {
		if !slices.ContainsFunc(ts, func(t term) bool { return !t.holds(identity) }) {
			matched++
		}
	}
	confined := !ts.reserved() && !ts.ask(func(key string) bool { return key == clusterLabel })
	switch {
	case matched == 0:
		return network.None
	case matched < len(worlds) || confined:
		return network.Some
	default:
		return network.All
	}
}

// holds says whether the requirement holds for an identity whose only label is a reserved one without a value.
func (t term) holds(identity string) bool {
	exists := t.key == identity && (t.source == sourceReserved || t.source == sourceAny)
	switch t.op {
	case selection.In:
		return exists && slices.Contains(t.values, "")
	case selection.NotIn:
		return !exists || !slices.Contains(t.values, "")
	case selection.Exists:
		return exists
	default:
		return !exists
	}
}
