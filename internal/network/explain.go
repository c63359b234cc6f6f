package network

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Explanation is why an endpoint's verdict in one direction is what it is, for a person. Its policies are the Model's own and must not be changed.
type Explanation struct {
	Verdict check.Isolation
	// Engines explain the verdict of each engine that has a policy; the strictest wins.
	Engines []EngineExplanation
}

// EngineExplanation is what one engine makes of the endpoint.
type EngineExplanation struct {
	// Engine is who enforces: Kubernetes stands for whichever engine there is.
	Engine  Engine
	Verdict check.Isolation
	// Reason is why, and By the policy behind it; the zero Placed when there is none.
	Reason Reason
	By     Placed
	// Policies are those that select the endpoint for the direction, in the order in which they are asked.
	Policies []Selected
}

// Selected is a policy that selects an endpoint, or of which nobody knows.
type Selected struct {
	Policy Placed
	// Group is the stage or tier in which it is asked.
	Group string
	// Unread says that nobody knows what it does: it is invalid, or the labels of the endpoint's namespace are not known.
	Unread bool
	// Isolates says that the endpoint is denied whatever no rule allows.
	Isolates bool
	// Rules are the direction's, with the pods that each is about.
	Rules []Admission
}

// Admission is a rule and the pods that it is about now.
type Admission struct {
	Rule *Rule
	// Endpoints is how many distinct endpoints there are that its selectors match or, without any, that it is about as a whole.
	Endpoints int
	// Namespaces are those they are in, sorted.
	Namespaces []string
}

// Explain explains the verdict of an endpoint in each direction.
func (m *Model) Explain(id ID) (out [model.DirectionCount]Explanation) {
	own := m.selecting(nil, m.classAt(id))
	for d := range out {
		out[d].Verdict = m.verdicts[m.classAt(id)][d].verdict()
		for i := range m.lines {
			out[d].Engines = append(out[d].Engines, m.explain(i, model.Direction(d), m.arranged(nil, i, own)))
		}
	}
	return out
}

func (m *Model) explain(line int, d model.Direction, list []entry) EngineExplanation {
	var why causes
	possible := m.line(line, d, list, &why)
	out := EngineExplanation{Engine: m.lines[line].engine, Verdict: possible.verdict()}
	c := because(possible, &why)
	out.Reason = c.Reason
	if c.policy >= 0 {
		out.By = m.policies[c.policy]
	}
	for i := range list {
		e := &list[i]
		flags := e.digest[d].flags
		if !e.unreadable && flags&applies == 0 {
			continue
		}
		g := &m.lines[line].groups[e.group]
		s := Selected{Policy: e.Placed, Group: g.name, Unread: e.unreadable}
		if e.additive {
			s.Isolates = flags&isolates != 0
		} else {
			s.Isolates = g.tier && !g.passes && flags&applies != 0
		}
		for k := range e.Sides[d].Rules {
			s.Rules = append(s.Rules, m.admission(e.Placed, &e.Sides[d].Rules[k]))
		}
		out.Policies = append(out.Policies, s)
	}
	return out
}

// because is the cause of the verdict; of an unknown one, the policy that nobody can read.
func because(possible outcomes, why *causes) cause {
	v := possible.verdict()
	for _, other := range [...]check.Isolation{check.Isolated, check.IsolatedButOpen, check.NotIsolated} {
		if v == check.IsolationUnknown && possible&bit(other) != 0 && why[other].Reason == CannotBeRead {
			return why[other]
		}
	}
	if v == check.IsolationUnknown {
		return cause{CannotBeRead, -1}
	}
	return why[v]
}

func (m *Model) admission(p Placed, r *Rule) Admission {
	out := Admission{Rule: r}
	for i := range m.world.endpoints {
		e := &m.world.endpoints[i]
		if r.Everyone || r.Inside == All || slices.ContainsFunc(r.Pods, func(m Matcher) bool { return m.Match(e) }) || p.neighbor(r, e) {
			out.Endpoints++
			out.Namespaces = append(out.Namespaces, model.Text(e.Namespace.Name))
		}
	}
	slices.Sort(out.Namespaces)
	out.Namespaces = slices.Compact(out.Namespaces)
	return out
}

// neighbor says whether the rule names the endpoint among those of the policy's own namespace.
func (p Placed) neighbor(r *Rule, e *Endpoint) bool {
	return p.Of != nil && e.Namespace.Name == p.Of.NS && slices.ContainsFunc(r.Neighbors, func(s model.Selector) bool { return s.Matches(e.Labels) })
}
