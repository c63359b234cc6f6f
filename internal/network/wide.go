package network

import "github.com/kube-posture/kube-posture-exporter/internal/model"

// wide finds the places of matchers that may be about pods of any namespace, by indexes of all
// labels: each matcher costs what it asks for and what it finds, and not every pod of the cluster.
type wide struct {
	t              *peerTable
	spaces, labels *model.Index
	// inSpaces and inLabels are what the last matcher's two selectors found.
	inSpaces, inLabels bitset
}

// wideFrom is from how many pairs of matchers and places on the indexes are quicker than to ask
// each pair.
const wideFrom = 1 << 16

// wide returns the indexes, or nil when it is quicker to do without. Matchers that hints are known
// of need none.
func (t *peerTable) wide(hintedSpaces, hintedLabels *hints) *wide {
	var spaces, labels []model.Selector
	for _, m := range t.matchers {
		if m, ok := m.(*inNamespaces); ok {
			if _, hinted := hintedSpaces.of(m.spaceHint); hinted {
				continue
			}
			if _, hinted := hintedLabels.of(m.labelHint); hinted && m.anywhere() {
				continue
			}
			spaces, labels = append(spaces, m.namespaces), append(labels, m.labels)
		}
	}
	if len(labels)*t.size < wideFrom {
		return nil
	}
	ofSpaces := make([]model.LabelSet, len(t.m.world.namespaces))
	for n, ns := range t.m.world.namespaces {
		ofSpaces[n] = ns.Labels
	}
	ofPods := make([]model.LabelSet, len(t.m.order))
	for place, id := range t.m.order {
		ofPods[place] = t.m.world.endpoints[id].Labels
	}
	return &wide{
		t: t, spaces: model.NewIndex(spaces, ofSpaces), labels: model.NewIndex(labels, ofPods),
		inSpaces: newBitset(len(ofSpaces)), inLabels: newBitset(len(ofPods)),
	}
}

// find collects the places of a matcher.
func (w *wide) find(f *finder, m *inNamespaces) {
	w.spaces.Find(m.namespaces, w.inSpaces)
	w.labels.Find(m.labels, w.inLabels)
	t := w.t
	for n, ns := range t.m.world.namespaces {
		switch {
		case !ns.Known && !m.anywhere():
			t.inNamespace(f, m, int32(n))
			continue
		case !w.inSpaces.has(int32(n)):
			continue
		}
		if s, ok := t.shadows[int32(n)]; ok {
			if m.labels.Everything() {
				f.certain = append(f.certain, s)
			} else {
				f.doubtful = append(f.doubtful, s)
			}
		}
		f.certain = w.inLabels.between(f.certain, t.m.starts[n], t.m.starts[n+1])
	}
}
