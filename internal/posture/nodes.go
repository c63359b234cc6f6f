package posture

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// nodes says what the pods on each node may take from it: the sum of what is bounded, and the pods that are not.
func nodes(t *tally, s *Snapshot) {
	if !s.has(model.Nodes, model.Pods) {
		return
	}
	t.report.HaveNodes = true
	index := make(map[model.Sym]int, len(s.Nodes))
	sums := make([][model.ResourceCount]int64, len(s.Nodes))
	t.report.Nodes = make([]NodeState, len(s.Nodes))
	for i, n := range s.Nodes {
		index[model.Intern(n.Name())] = i
		t.report.Nodes[i].Name = n.Name()
	}
	for _, p := range s.Pods {
		i, ok := index[p.Node]
		if !ok {
			continue
		}
		of := p.Of()
		if !of.Is(model.Judged) {
			continue
		}
		for r := range model.ResourceCount {
			if of.Unbounded(r) {
				t.report.Nodes[i].Unbounded[r]++
			} else {
				sums[i][r] += of.Limits[r]
			}
		}
	}
	for i, n := range s.Nodes {
		for r := range model.ResourceCount {
			t.report.Nodes[i].Overcommit[r] = -1
			if n.Allocatable[r] > 0 {
				t.report.Nodes[i].Overcommit[r] = float64(sums[i][r]) / float64(n.Allocatable[r])
			}
		}
	}
}
