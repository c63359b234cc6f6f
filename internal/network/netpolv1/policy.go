// Package netpolv1 translates networking.k8s.io/v1 NetworkPolicy into the one model of isolation.
//
// It must never do I/O, judge, keep a pointer into the object, or guess: a policy that cannot be read is marked so. Only the package that
// projects objects imports it.
package netpolv1

import (
	"errors"
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// Policy translates what NetworkPolicies say. Those that say the same may say it of different namespaces, so all pods of the policy's own are
// Neighbors. The API server would refuse what makes it invalid, files need not.
func Policy(spec *networkingv1.NetworkPolicySpec) network.Policy {
	p := network.Policy{Source: network.Source{Kind: "NetworkPolicy"}, Engine: network.Kubernetes, Stage: network.Namespaced}
	selector, err := network.Compile(&spec.PodSelector)
	p.Neighbors = &selector
	if err != nil {
		p.Neighbors = new(model.Selector) // any of them
		p.Invalid = fmt.Sprintf("spec.podSelector: %v: correct the selector", err)
		return p
	}
	p.Sides, err = sides(spec)
	if err != nil {
		p.Sides, p.Invalid = [model.DirectionCount]network.Side{}, err.Error()
	}
	return p
}

// sides reads both directions. A direction that policyTypes does not name has no rules, whatever the object lists for it.
func sides(spec *networkingv1.NetworkPolicySpec) (out [model.DirectionCount]network.Side, err error) {
	applies := types(spec)
	if applies[model.Ingress] {
		side := network.Side{Isolates: true, Applies: true}
		for i := range spec.Ingress {
			r, err := rule(spec.Ingress[i].From, len(spec.Ingress[i].Ports))
			if err != nil {
				return out, fmt.Errorf("spec.ingress[%d].from%w", i, err)
			}
			side.Rules = append(side.Rules, r)
		}
		out[model.Ingress] = side
	}
	if applies[model.Egress] {
		side := network.Side{Isolates: true, Applies: true}
		for i := range spec.Egress {
			r, err := rule(spec.Egress[i].To, len(spec.Egress[i].Ports))
			if err != nil {
				return out, fmt.Errorf("spec.egress[%d].to%w", i, err)
			}
			side.Rules = append(side.Rules, r)
		}
		out[model.Egress] = side
	}
	return out, nil
}

// types says which directions the policy is about. The API server stores the default, files do not carry it: ingress always, egress
// when there are rules for it.
func types(spec *networkingv1.NetworkPolicySpec) [model.DirectionCount]bool {
	none := len(spec.PolicyTypes) == 0
	out := [model.DirectionCount]bool{model.Ingress: none, model.Egress: none && len(spec.Egress) > 0}
	for _, t := range spec.PolicyTypes {
		switch t {
		case networkingv1.PolicyTypeIngress:
			out[model.Ingress] = true
		case networkingv1.PolicyTypeEgress:
			out[model.Egress] = true
		}
	}
	return out
}

// rule reads one rule: no peers are all peers, no ports are all ports.
func rule(peers []networkingv1.NetworkPolicyPeer, ports int) (network.Rule, error) {
	r := network.Rule{Action: network.Allow, Everyone: len(peers) == 0, SomePorts: ports > 0}
	for i := range peers {
		if err := peer(&r, &peers[i]); err != nil {
			return r, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return r, nil
}

func peer(r *network.Rule, p *networkingv1.NetworkPolicyPeer) error {
	switch {
	case p.IPBlock != nil && (p.PodSelector != nil || p.NamespaceSelector != nil):
		return errors.New("has an ipBlock and a selector: split it into two peers")
	case p.IPBlock != nil:
		return address(r, p.IPBlock)
	case p.NamespaceSelector != nil:
		m, err := network.Peers(p.NamespaceSelector, p.PodSelector)
		if err != nil {
			return fmt.Errorf("%w: correct the selector", err)
		}
		r.Pods = append(r.Pods, m)
	case p.PodSelector != nil:
		selector, err := network.Compile(p.PodSelector)
		if err != nil {
			return fmt.Errorf("selector for pods: %w: correct the selector", err)
		}
		r.Neighbors = append(r.Neighbors, selector)
	default:
		return errors.New("names nobody: give it a podSelector, a namespaceSelector or an ipBlock")
	}
	return nil
}
