package network

import (
	"cmp"
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Model is what the policies make of a World. It is safe for concurrent use, and holds on to both.
type Model struct {
	world    *World
	policies []Placed
	digests  [][model.DirectionCount]digest
	lines    []pipeline
	// places is where each policy is in each pipeline: its group, and in the lowest bit whether it is additive; or nowhere.
	places [][]int16

	// order is the endpoints by namespace, those of namespace n from starts[n] to starts[n+1]; at is where an endpoint is in it.
	order  []ID
	starts []int32
	at     []int32
	// local are the policies by the one namespace that they can select pods of; global are all others.
	local, localStarts, global []int32
	// spaces has what is known of each namespace; selections and rows are theirs and their
	// classes'.
	spaces     []space
	selections []selection
	classes    []class
	rows       bitset
	// classOf is the class of each place in order.
	classOf []int32

	selects []check.Answer
	denied  [][model.DirectionCount]check.Answer
	// verdicts are those of each class.
	verdicts [][model.DirectionCount]outcomes
}

// Stop reports whether the result is not wanted any more. It is asked now and then; what is made
// after it has returned true is not whole and must not be used.
type Stop func() bool

// Never is for results that are wanted whatever happens.
func Never() bool { return false }

// selection is a policy that selects an endpoint, or that may and nobody knows what it does.
type selection struct {
	policy     int32
	unreadable bool
}

// Build asks the policies about the endpoints. Nothing is changed; the order of neither carries meaning.
//
// An invalid policy, and one of which nobody knows whether it selects an endpoint, are alike for that endpoint: where it is asked, it may
// decide anything, except that a NetworkPolicy can only ever isolate and allow. One whose place nobody knows has an Order, in Calico a
// TierOrder too, of minus infinity. A kind of policy that cannot be listed is such a policy that selects anybody for each stage that it can be in.
func Build(policies []Placed, world *World) *Model {
	return BuildUnless(Never, policies, world)
}

// BuildUnless is Build for a result that may turn out not to be wanted.
func BuildUnless(stop Stop, policies []Placed, world *World) *Model {
	m := &Model{world: world, policies: policies, digests: digests(policies), lines: pipelines(policies)}
	m.place()
	m.arrange()
	m.bucket()
	m.gather(stop)
	m.judge(stop)
	return m
}

// nowhere is the place of a policy that is not in a pipeline.
const nowhere = int16(-1)

// place finds the place of each policy in each pipeline.
func (m *Model) place() {
	m.places = make([][]int16, len(m.lines))
	for i := range m.lines {
		l := &m.lines[i]
		m.places[i] = make([]int16, len(m.policies))
		for k, p := range m.policies {
			m.places[i][k] = nowhere
			if g, ok := l.group(p.Policy); ok {
				m.places[i][k] = int16(2*g + rank(l.additive(p.Policy)))
			}
		}
	}
}

// arrange sorts the endpoints by namespace.
func (m *Model) arrange() {
	w := m.world
	m.starts = make([]int32, len(w.namespaces)+1)
	m.order, m.at = make([]ID, len(w.endpoints)), make([]int32, len(w.endpoints))
	countingSort(w.of, m.starts, func(id int, place int32) {
		m.order[place], m.at[id] = ID(id), place
	})
}

// bucket sorts the policies by the namespace that they are confined to. Those of a namespace that is not there select nothing.
func (m *Model) bucket() {
	of := make([]int32, 0, len(m.policies))
	who := make([]int32, 0, len(m.policies))
	for i, p := range m.policies {
		if p.Selects == nil && p.Neighbors == nil {
			if p.Invalid != "" {
				m.global = append(m.global, int32(i))
			}
			continue
		}
		only, confined := p.home()
		if !confined {
			m.global = append(m.global, int32(i))
		} else if ns, ok := m.world.byName[only]; ok {
			of, who = append(of, ns), append(who, int32(i))
		}
	}
	// What is sorted already is sorted quickly for each endpoint.
	slices.SortStableFunc(m.global, func(a, b int32) int {
		return cmp.Or(cmp.Compare(m.places[0][a]>>1, m.places[0][b]>>1), m.lines[0].compare(m.policies[a], m.policies[b]))
	})
	m.localStarts = make([]int32, len(m.world.namespaces)+1)
	m.local = make([]int32, len(of))
	countingSort(of, m.localStarts, func(i int, place int32) { m.local[place] = who[i] })
}

// countingSort sorts things by their keys, all of them below len(starts)-1: it tells the place of each, and fills starts with where each
// key's places begin.
func countingSort(keys, starts []int32, put func(i int, place int32)) {
	for _, k := range keys {
		starts[k+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	next := make([]int32, len(starts))
	copy(next, starts)
	for i, k := range keys {
		put(i, next[k])
		next[k]++
	}
}

// Isolation is the endpoint's verdict in each direction. It is unknown when more than one verdict is possible; see Isolated and Open for
// the two questions apart.
func (m *Model) Isolation(id ID) (out [model.DirectionCount]check.Isolation) {
	for d, o := range m.verdicts[m.classAt(id)] {
		out[d] = o.verdict()
	}
	return out
}

// Isolated says whether any policy isolates the endpoint in the direction, however open it is then.
func (m *Model) Isolated(id ID, d model.Direction) check.Answer {
	return m.verdicts[m.classAt(id)][d].all(bit(check.Isolated) | bit(check.IsolatedButOpen))
}

// Open says whether the endpoint is isolated in the direction and yet open to all.
func (m *Model) Open(id ID, d model.Direction) check.Answer {
	return m.verdicts[m.classAt(id)][d].all(bit(check.IsolatedButOpen))
}

// Selects says whether the policy of that index selects an endpoint. An invalid one selects none for certain when there is none that it
// could concern, and is unknown otherwise.
func (m *Model) Selects(policy int) check.Answer { return m.selects[policy] }
