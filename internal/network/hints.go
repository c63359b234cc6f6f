package network

import (
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// hints are the labels that matchers are known to require, and where they are: whoever looks for a label's few namespaces does not ask
// all of them.
type hints struct {
	places map[string][]int32
}

// index finds the namespaces, and the endpoints, that have the labels which the matchers require.
func (t *peerTable) index() (spaces, labels hints) {
	spaces.places, labels.places = make(map[string][]int32), make(map[string][]int32)
	for _, m := range t.matchers {
		if m, ok := m.(*inNamespaces); !ok {
			continue
		} else if m.spaceHint != (model.Sym{}) {
			spaces.places[model.Text(m.spaceHint)] = nil
		} else if m.anywhere() && m.labelHint != (model.Sym{}) {
			labels.places[model.Text(m.labelHint)] = nil
		}
	}
	if len(spaces.places) > fewHints {
		for n, ns := range t.m.world.namespaces {
			if !ns.Known {
				spaces.everywhere(int32(n))
				continue
			}
			spaces.note(int32(n), ns.Labels)
		}
	}
	if len(labels.places) > fewHints {
		for place, id := range t.m.order {
			labels.note(int32(place), t.m.world.endpoints[id].Labels)
		}
	}
	return spaces, labels
}

// fewHints is how many labels may be looked for one by one before an index of all is quicker to make.
const fewHints = 4

// of returns the places that have the label, and false when nobody has looked.
func (h *hints) of(label model.LabelSet) ([]int32, bool) {
	if label == (model.Sym{}) || len(h.places) <= fewHints {
		return nil, false
	}
	return h.places[model.Text(label)], true
}

// note adds a place to the labels of the set that anybody requires. A set's text is its labels between separators, so that a set of one
// label is a part of it.
func (h *hints) note(place int32, set model.LabelSet) {
	text := model.Text(set)
	if text == "" {
		return
	}
	separator := text[0]
	for {
		end := strings.IndexByte(text[1:], separator)
		if end < 0 {
			return
		}
		if places, wanted := h.places[text[:end+2]]; wanted {
			h.places[text[:end+2]] = append(places, place)
		}
		text = text[end+1:]
	}
}

// everywhere adds a place to every label: nobody knows which it has.
func (h *hints) everywhere(place int32) {
	for label, places := range h.places {
		h.places[label] = append(places, place)
	}
}
