package network

import (
	"math"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Object is a projected policy of any engine but Calico, whose policies depend on their tiers. It is not changed once it is made.
type Object struct {
	model.Namespaced
	Kind model.Kind
	// Policies are what the object says: none when it decides nothing about pods, more than one when it holds several. Others may share them.
	Policies []Policy
}

// UnreadTier is the tier of a Calico policy whose own nobody can read; no Tier can have the name.
const UnreadTier = "(unreadable)"

// place is who enforces the policies of a kind, and when they are asked.
type place struct {
	engine Engine
	stages []Stage
}

var places = map[model.Kind]place{
	model.NetworkPolicies:                   {Kubernetes, []Stage{Namespaced}},
	model.ClusterNetworkPolicies:            {Kubernetes, []Stage{Admin, Baseline}},
	model.AdminNetworkPolicies:              {Kubernetes, []Stage{Admin}},
	model.BaselineAdminNetworkPolicies:      {Kubernetes, []Stage{Baseline}},
	model.CiliumNetworkPolicies:             {Cilium, []Stage{Namespaced}},
	model.CiliumClusterwideNetworkPolicies:  {Cilium, []Stage{Namespaced}},
	model.CalicoNetworkPolicies:             {Calico, []Stage{Namespaced}},
	model.CalicoGlobalNetworkPolicies:       {Calico, []Stage{Namespaced}},
	model.StoredCalicoNetworkPolicies:       {Calico, []Stage{Namespaced}},
	model.StoredCalicoGlobalNetworkPolicies: {Calico, []Stage{Namespaced}},
}

// Unread returns what stands for an object of the kind that nobody can read, and for all of a kind that may not be listed when the source
// has no name: policies that may do whatever a policy of the kind can. It returns none for a kind that is no policy.
func Unread(kind model.Kind, source Source, why string) []Policy {
	var out []Policy
	at := places[kind]
	for _, stage := range at.stages {
		p := Policy{Source: source, Engine: at.engine, Stage: stage, Order: math.Inf(-1), Invalid: why}
		if at.engine == Calico {
			p.Tier, p.TierOrder = UnreadTier, math.Inf(-1)
		}
		if source.Namespace != "" {
			p.Selects = Pods(model.Intern(source.Namespace), model.Selector{})
		}
		out = append(out, p)
	}
	return out
}
