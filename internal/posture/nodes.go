package posture

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// load is what a pod may take of its node: the sum of what is bounded, and what is not.
type load struct {
	limits    [model.ResourceCount]int64
	unbounded [model.ResourceCount]bool
}

func loadOf(r *model.Replica) (l load) {
	for of := range model.ResourceCount {
		if l.unbounded[of] = r.Unbounded(of); !l.unbounded[of] {
			l.limits[of] = r.Limits[of]
		}
	}
	return l
}

// nodeLoads says what the pods on each node may take from it. A nil one adds nothing up.
type nodeLoads struct {
	index     map[model.Sym]int32
	sums      [][model.ResourceCount]int64
	unbounded [][model.ResourceCount]int
	systems   []model.OS
}

// newNodeLoads returns nil when the nodes or the pods cannot be listed.
func newNodeLoads(s *Snapshot) *nodeLoads {
	if !s.has(model.Nodes, model.Pods) {
		return nil
	}
	n := &nodeLoads{
		index: make(map[model.Sym]int32, len(s.Nodes)),
		sums:  make([][model.ResourceCount]int64, len(s.Nodes)), unbounded: make([][model.ResourceCount]int, len(s.Nodes)),
		systems: make([]model.OS, len(s.Nodes)),
	}
	for i, node := range s.Nodes {
		n.index[model.Intern(node.Name())] = int32(i)
		n.systems[i] = node.OS
	}
	return n
}

// noNode is the place of a node that is not there.
const noNode = -1

// find returns the place of a node.
func (n *nodeLoads) find(node model.Sym) int32 {
	if n == nil {
		return noNode
	}
	i, ok := n.index[node]
	if !ok {
		return noNode
	}
	return i
}

// os returns the operating system of the node at a place.
func (n *nodeLoads) os(i int32) model.OS {
	if i == noNode {
		return model.UnknownOS
	}
	return n.systems[i]
}

func (n *nodeLoads) add(i int32, l *load) {
	if i == noNode {
		return
	}
	for r := range model.ResourceCount {
		n.sums[i][r] += l.limits[r]
		if l.unbounded[r] {
			n.unbounded[i][r]++
		}
	}
}

// report says it of each node.
func (n *nodeLoads) report(t *tally, s *Snapshot) {
	if n == nil {
		return
	}
	t.report.HaveNodes = true
	t.report.Nodes = make([]NodeState, len(s.Nodes))
	for i, node := range s.Nodes {
		state := &t.report.Nodes[i]
		state.Name = node.Name()
		for r := range model.ResourceCount {
			state.Unbounded[r], state.Overcommit[r] = n.unbounded[i][r], -1
			if node.Allocatable[r] > 0 {
				state.Overcommit[r] = float64(n.sums[i][r]) / float64(node.Allocatable[r])
			}
		}
	}
}
