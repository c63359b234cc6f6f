package calico

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// sides are the rules for both directions.
type sides [model.DirectionCount]network.Side

// rules reads the rules for a direction, as they are and as they would be without any network set.
func (t *translator) rules(spec fields, d model.Direction) (with, without []network.Rule) {
	for _, f := range t.objects(spec, d.String()) {
		rule, outside, ok := t.rule(f, d)
		if !ok {
			continue
		}
		with = append(with, rule)
		rule.Outside = outside
		without = append(without, rule)
	}
	return with, without
}

// rule reads one rule, and how much of the outside it would match without any network set. It returns false for a rule that decides
// nothing: one that logs, or one that is about no pod.
func (t *translator) rule(f fields, d model.Direction) (r network.Rule, withoutSets network.Reach, ok bool) {
	switch action := t.text(f, "action"); strings.ToLower(action) {
	case "allow":
		r.Action = network.Allow
	case "deny":
		r.Action = network.Deny
	case "pass":
		r.Action = network.Pass
	case "log":
		return r, network.None, false
	default:
		t.fail("%s: is %q: set it to Allow, Deny, Log or Pass", f.at("action"), action)
		return r, network.None, false
	}
	peer, own := t.entity(f, "source"), t.entity(f, "destination")
	if d == model.Egress {
		peer, own = own, peer
	}
	if own.pods != nil && own.pods.shape == never {
		return r, network.None, false
	}
	r.SomePorts = peer.ports || own.ports || t.partial(&own) ||
		f.has("protocol", "notProtocol", "icmp", "notICMP", "ipVersion", "http")
	withoutSets = peer.peers(&r)
	others := f.others("action", "metadata", "source", "destination", "protocol", "notProtocol", "icmp", "notICMP", "ipVersion", "http")
	if others || peer.unclear || own.unclear {
		// What cannot be told narrows the rule, and never widens it: of peers that can be told it matches some at most.
		r.SomePorts = r.SomePorts || !r.Everyone
		r.Unclear, r.Everyone = r.Everyone, false
	}
	return r, withoutSets, true
}

// partial says whether the rule applies to some of the policy's pods only, because it asks more of its own end than the policy selects by.
// The model has no such rule. One about some traffic does the same harm: it lets through when it allows and keeps nobody out when it denies.
func (t *translator) partial(own *entity) bool {
	if _, all := own.addresses.whole(); own.restricted && !all {
		return true
	}
	return own.pods != nil && !t.selects.implies(own.pods)
}

// implies says whether every pod that n matches is matched by the other, as far as their parts show.
func (n *node) implies(other *node) bool {
	asked, have := other.parts(), n.parts()
	for _, part := range asked {
		if !slices.ContainsFunc(have, func(h *node) bool { return h.text == part.text }) {
			return false
		}
	}
	return true
}

// parts are what must all be so.
func (n *node) parts() []*node {
	switch n.shape {
	case always:
		return nil
	case conjunction:
		return n.of
	default:
		return []*node{n}
	}
}
