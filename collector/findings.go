package collector

import (
	"cmp"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// findings writes level 2, in the order of the check, the kind, the name and the namespace. There are far fewer objects to bring into
// order than findings.
func (s *scrape) findings() {
	f := s.family(finding)
	checkRank := make([]int, len(s.ids))
	for rank, i := range order(s.ids) {
		checkRank[i] = rank
	}
	objects, objectRank := s.offenders()
	found := dealt(s.r.Findings, len(objects), func(f posture.Finding) int { return objectRank[f.Object] })
	found = dealt(found, len(s.ids), func(f posture.Finding) int { return checkRank[f.Check] })
	s.room(f, len(found))
	for _, x := range found {
		o := &objects[objectRank[x.Object]]
		s.gauge(f, float64(x.Count), s.labels(s.ids[x.Check], o.kind, o.name, s.namespace[s.r.Objects[x.Object].Namespace]))
	}
}

// offender is an object with a finding. Its name stands in it twice, so that comparing two does not lead all over the memory.
type offender struct {
	kind, name *dto.LabelPair
	text       string
	// namespace is the rank of the namespace, index that of the object in the report.
	namespace, index int
}

// offenders are the objects with findings, in the order of their labels, and for each object of the report where it is in there.
func (s *scrape) offenders() ([]offender, []int) {
	rank := make([]int, len(s.r.Objects))
	nsRank := make([]int, len(s.ordered))
	for i, ns := range s.ordered {
		nsRank[ns] = i
	}
	kinds := make(map[string]*dto.LabelPair)
	list := make([]offender, 0, min(len(s.r.Objects), len(s.r.Findings)))
	for i := range s.r.Findings {
		o := int(s.r.Findings[i].Object)
		if rank[o] != 0 {
			continue
		}
		rank[o] = 1
		object := &s.r.Objects[o]
		kind := kinds[object.Kind]
		if kind == nil {
			kind = s.pair("kind", object.Kind)
			kinds[object.Kind] = kind
		}
		name := s.pair("name", object.Name)
		list = append(list, offender{kind: kind, name: name, text: *name.Value, namespace: nsRank[object.Namespace], index: o})
	}
	slices.SortFunc(list, func(a, b offender) int {
		if a.kind != b.kind {
			return strings.Compare(*a.kind.Value, *b.kind.Value)
		}
		return cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(a.namespace, b.namespace))
	})
	for i := range list {
		rank[list[i].index] = i
	}
	return list, rank
}

// dealt puts a list in the order of its ranks below n; what has the same stays as it was.
func dealt[T any](list []T, n int, rank func(T) int) []T {
	next := make([]int, n+1)
	for _, x := range list {
		next[rank(x)+1]++
	}
	for i := range n {
		next[i+1] += next[i]
	}
	sorted := make([]T, len(list))
	for _, x := range list {
		at := &next[rank(x)]
		sorted[*at] = x
		*at++
	}
	return sorted
}
