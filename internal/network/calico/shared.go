package calico

import (
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// shared returns the Matcher that other engines' adapters would make of the selector, nil when they have none. The engine knows those
// matchers: it does not ask every namespace what they match, and asks once for what policies of several engines select.
func shared(n *node) network.Matcher {
	var space, own []labels.Requirement
	var only *model.Sym
	for _, part := range n.parts() {
		to := &own
		switch part.field {
		case spaceName:
			if name, ok := part.namespace(); ok && only == nil {
				only = &name
				continue
			}
			return nil
		case spaceLabel:
			to = &space
		}
		requirement := part.requirement()
		if requirement == nil {
			return nil
		}
		*to = append(*to, *requirement)
	}
	if only != nil && len(space) > 0 {
		return nil
	}
	ofSpace, ofPods := kubernetes(space), kubernetes(own)
	if ofSpace == nil || ofPods == nil {
		return nil
	}
	if only != nil {
		return network.Pods(*only, *ofPods)
	}
	return network.InNamespaces(*ofSpace, *ofPods)
}

// requirement is a test of a label in Kubernetes' language, nil when that cannot say it.
func (n *node) requirement() *labels.Requirement {
	if n.shape != test || n.field != podLabel && n.field != spaceLabel {
		return nil
	}
	op, values := selection.Exists, []string(nil)
	switch {
	case n.op == opHas && n.not:
		op = selection.DoesNotExist
	case n.op == opHas:
	case n.op == opIn && n.not:
		op, values = selection.NotIn, n.written
	case n.op == opIn:
		op, values = selection.In, n.written
	default:
		return nil
	}
	// The error is for what no label can be; the matcher of one's own says that nothing is so.
	out, err := labels.NewRequirement(n.label, op, values)
	if err != nil {
		return nil
	}
	return out
}

// kubernetes compiles requirements of which all must be so.
func kubernetes(all []labels.Requirement) *model.Selector {
	out, err := model.NewSelector(labels.NewSelector().Add(all...))
	if err != nil {
		return nil
	}
	return &out
}
