package network

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Compile compiles a label selector as it stands in an object. Nil selects nothing, as everywhere in Kubernetes; what nil means for one
// field of one kind is for the adapter to know. The error says what is wrong with the selector; the caller names the object.
func Compile(selector *metav1.LabelSelector) (model.Selector, error) {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return model.Selector{}, errors.New("label selector: " + clipped(err.Error()))
	}
	return model.NewSelector(parsed)
}

// clipped returns the beginning of a text that may hold a whole selector: what is wrong with a
// policy is kept and logged.
func clipped(text string) string {
	const most = 256
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// Peers matches pods by selectors for their namespace and for themselves as they stand in an object; a nil one is not asked.
//
// A namespace selector that asks for the label kubernetes.io/metadata.name alone is taken for the names that it lists: the API server
// keeps that label equal to the name, and a name is known when the namespace's labels are not.
func Peers(namespaces, selector *metav1.LabelSelector) (Matcher, error) {
	var spaces, labels model.Selector
	var err error
	if selector != nil {
		if labels, err = Compile(selector); err != nil {
			return nil, fmt.Errorf("selector for pods: %w", err)
		}
	}
	if namespaces != nil {
		if spaces, err = Compile(namespaces); err != nil {
			return nil, fmt.Errorf("selector for namespaces: %w", err)
		}
		if names := namespaceNames(namespaces); names != nil {
			of := make([]Matcher, len(names))
			for i, name := range names {
				of[i] = Pods(model.Intern(name), labels)
			}
			return Any(of...), nil
		}
	}
	if spaces.Everything() && labels.Everything() {
		return everyone{}, nil
	}
	m := newInNamespaces(spaces, labels)
	m.spaceHint, m.labelHint = required(namespaces), required(selector)
	return m, nil
}

// required is a label that everything selected must have, as a set of its own; the zero Sym when the selector asks for none by value.
func required(s *metav1.LabelSelector) model.LabelSet {
	if s == nil {
		return model.LabelSet{}
	}
	if len(s.MatchLabels) > 0 {
		key := slices.Min(slices.Collect(maps.Keys(s.MatchLabels)))
		return model.NewLabelSet(map[string]string{key: s.MatchLabels[key]})
	}
	for _, r := range s.MatchExpressions {
		if r.Operator == metav1.LabelSelectorOpIn && len(r.Values) == 1 {
			return model.NewLabelSet(map[string]string{r.Key: r.Values[0]})
		}
	}
	return model.LabelSet{}
}

// namespaceNames returns the names that a selector for namespaces lists, nil when it does not select by name alone.
func namespaceNames(s *metav1.LabelSelector) []string {
	switch {
	case len(s.MatchLabels)+len(s.MatchExpressions) != 1:
		return nil
	case len(s.MatchLabels) == 1:
		if name, ok := s.MatchLabels[metadataName]; ok {
			return []string{name}
		}
	case s.MatchExpressions[0].Key == metadataName && s.MatchExpressions[0].Operator == metav1.LabelSelectorOpIn:
		return s.MatchExpressions[0].Values
	}
	return nil
}

// metadataName is the label that the API server gives every namespace.
const metadataName = "kubernetes.io/metadata.name"
