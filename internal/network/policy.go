package network

import (
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Endpoint is what policies tell pods apart by: everything that a selector of any engine can ask of a pod. Pods that agree in it are
// one endpoint, however many they are.
type Endpoint struct {
	// Namespace is the pod's namespace.
	Namespace *Namespace
	// Labels are the pod's own.
	Labels model.LabelSet
	// ServiceAccount is the name of the pod's ServiceAccount.
	ServiceAccount model.Sym
}

// Namespace is what selectors can ask of a namespace.
type Namespace struct {
	Name   model.Sym
	Labels model.LabelSet
	// Known is false when the namespace's own object is missing, so that a selector on its labels cannot be answered.
	Known bool
}

// Matcher is a compiled selector of any engine. Its methods allocate nothing and are safe for concurrent use.
type Matcher interface {
	// Match says whether the endpoint is selected.
	Match(e *Endpoint) bool
	// Only is the one namespace outside of which nothing can match, and false when there is no such namespace.
	Only() (model.Sym, bool)
	// Everything says whether every pod of the namespaces in reach matches: those of Only, or all.
	Everything() bool
}

// Engine is who enforces a policy. Traffic must pass every engine that has a policy; NetworkPolicies and the cluster-scoped kinds of
// policy.networking.k8s.io are enforced by all.
type Engine uint8

// The engines.
const (
	Kubernetes Engine = iota
	Cilium
	Calico
)

// Stage is when a policy is asked. The first stage that decides wins.
type Stage uint8

// The stages, in the order in which they are asked.
const (
	// Admin policies are asked first, rule by rule by rising Order: Allow and Deny decide, Pass goes to Namespaced.
	Admin Stage = iota
	// Namespaced policies are additive: a Deny of any of them wins, then an Allow of any of them; when one isolates the endpoint and none
	// allows, that denies.
	Namespaced
	// Baseline policies are asked last, rule by rule by rising Order; when none decides, the traffic is allowed.
	Baseline
)

// Action is what a rule does with traffic that it matches.
type Action uint8

// The actions.
const (
	Allow Action = iota
	Deny
	// Pass leaves the stage, or in Calico the tier.
	Pass
)

// Source names a policy's object.
type Source struct {
	// Kind is the object's kind, as it stands in manifests.
	Kind            string
	Namespace, Name string
}

// Policy is what one policy of any engine says. Objects of many namespaces that say the same may share it, so it is not changed once it is made.
type Policy struct {
	// Source names the policy's object. In a policy that objects share it has the kind alone; Placed knows the rest.
	Source Source
	Engine Engine
	Stage  Stage
	// Tier groups ordered policies that are asked together; tiers are asked by rising TierOrder, then name. Only Calico has them: an
	// endpoint that some policy of the tier selects, and none decides about, is denied at the end of the tier unless TierPasses.
	Tier       string
	TierOrder  float64
	TierPasses bool
	// Order ranks policies within their stage or tier; equal ones by name.
	Order float64
	// Neighbors selects the endpoints that the policy is about among those of its object's namespace. When it is nil, Selects says them.
	Neighbors *model.Selector
	// Selects are the endpoints that the policy is about, wherever its object is.
	Selects Matcher
	// Sides are what it says about each direction.
	Sides [model.DirectionCount]Side
	// Invalid says why the policy cannot be understood; then Neighbors or Selects are the endpoints that it could concern (neither: any), and
	// what it could change about them is unknown.
	Invalid string
}

// Placed is a policy in its place.
type Placed struct {
	*Policy
	// Of is the object that says it; nil for a policy that its own Source names, or that stands for a whole kind.
	Of *Object
}

// Alone places policies that no object is known of but by their Source. Their Neighbors are nobody's.
func Alone(policies ...*Policy) []Placed {
	out := make([]Placed, len(policies))
	for i, p := range policies {
		out[i].Policy = p
	}
	return out
}

// Named is what the policy's object is called.
func (p Placed) Named() Source {
	s := p.Source
	if p.Of != nil {
		s.Namespace, s.Name = p.Of.Namespace(), p.Of.Name()
	}
	return s
}

// home is the one namespace outside of which the policy selects nothing, and false when there is no such namespace.
func (p Placed) home() (model.Sym, bool) {
	switch {
	case p.Neighbors != nil && p.Of != nil:
		return p.Of.NS, true
	case p.Neighbors != nil:
		return model.Sym{}, true // in no namespace, and certainly not in all
	case p.Selects != nil:
		return p.Selects.Only()
	}
	return model.Sym{}, false
}

// Side is what a policy says about one direction of traffic.
type Side struct {
	// Isolates says that a selected endpoint is denied whatever no rule allows.
	Isolates bool
	// Applies says that the rules are asked at all; Isolates implies it.
	Applies bool
	Rules   []Rule
}

// Rule matches traffic by its other end. Ports are not part of the model but for whether there is a restriction: an Allow on some ports
// still lets a connection through, a Deny on some does not keep all of them out.
type Rule struct {
	// Pods are the selectors of peers inside the cluster; any of them suffices.
	Pods []Matcher
	// Neighbors are those of peers in the namespace of the policy's object, in policies that are about Neighbors themselves.
	Neighbors []model.Selector
	Action    Action
	// Everyone says that every peer matches, inside the cluster and outside.
	Everyone bool
	// Outside says whether addresses outside of the cluster match: none, some or all of them.
	Outside Reach
	// Inside says the same of pods by their addresses, for rules that name addresses or whole entities instead of selectors.
	Inside Reach
	// SomePorts says that the rule is about some ports or protocols only.
	SomePorts bool
	// Unclear says that the rule matches by something that the API does not tell (a domain name, a header, a service's backends): it
	// may match any peer, and need not match one.
	Unclear bool
}

// Reach is how much of a set of addresses a rule matches.
type Reach uint8

// The reaches.
const (
	None Reach = iota
	Some
	All
)
