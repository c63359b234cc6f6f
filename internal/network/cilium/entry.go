package cilium

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// section is one of an entry's lists of rules.
type section struct {
	name      string
	direction model.Direction
	action    network.Action
	// peers is what the names of the fields for peers begin with.
	peers string
}

var sections = [...]section{
	{"ingress", model.Ingress, network.Allow, "from"},
	{"ingressDeny", model.Ingress, network.Deny, "from"},
	{"egress", model.Egress, network.Allow, "to"},
	{"egressDeny", model.Egress, network.Deny, "to"},
}

// entry reads spec or one of specs, and says whether it is for pods and not for nodes, and whether it has any rule.
//
// A direction is isolated by the rules that there are for it, of either action, whatever they match, unless enableDefaultDeny says no. An
// empty list is as good as none, and enableDefaultDeny does nothing without a rule.
//
// What Cilium may well accept and nobody here understands makes the one entry invalid.
func (o *object) entry(f fields) (p network.Policy, forPods, rules bool) {
	p = network.Policy{Source: o.source, Engine: network.Cilium, Stage: network.Namespaced}
	subject, readable := o.selector(f, "endpointSelector")
	p.Selects, p.Invalid = o.selects(f, subject, readable)
	if unknown, ok := f.other("endpointSelector", "nodeSelector", "enableDefaultDeny", "labels", "description", "log",
		"ingress", "ingressDeny", "egress", "egressDeny"); ok {
		p.Invalid = unknownField(f.at(unknown))
	}
	deny := o.part(f, "enableDefaultDeny")
	if unknown, ok := deny.other("ingress", "egress"); ok {
		p.Invalid = unknownField(deny.at(unknown))
	}
	for _, s := range sections {
		list := o.objects(f, s.name)
		side := &p.Sides[s.direction]
		direction := s.direction.String()
		wanted := get[bool](&o.reader, deny.of[direction], deny.at(direction), "true or false")
		if len(list) > 0 {
			rules = true
			side.Applies = true
			side.Isolates = wanted || !deny.has(direction)
		}
		for _, r := range list {
			if r := o.rule(r, s, subject); r.matches() {
				side.Rules = append(side.Rules, r.Rule)
			}
		}
	}
	return p, !f.has("nodeSelector") || f.has("endpointSelector"), rules
}

func unknownField(path string) string {
	return path + ": is no field that is known here: nobody can tell what it changes"
}

// selects reads whom the entry is for, and why nobody can tell. What cannot be read makes it for every pod that it could be for.
func (o *object) selects(f fields, subject terms, readable bool) (m network.Matcher, invalid string) {
	m = network.Everyone()
	if o.namespaced {
		m = network.Pods(o.namespace, model.Selector{})
	}
	switch {
	case f.has("nodeSelector") && f.has("endpointSelector"):
		o.fail("%s: has an endpointSelector and a nodeSelector: split it into two policies", f.path)
	case f.has("nodeSelector") && o.namespaced:
		o.fail("%s: only a %s may select nodes: make it one", f.at("nodeSelector"), ClusterwideKind)
	case !f.has("nodeSelector") && !f.has("endpointSelector"):
		o.fail("%s: selects nobody: give it an endpointSelector", f.path)
	}
	o.selector(f, "nodeSelector")
	if !readable {
		return m, ""
	}
	m, unclear := compile(o.subject(subject))
	if unclear != "" {
		invalid = fmt.Sprintf("%s: the API does not tell which pods have the label %q for Cilium: select by another", f.at("endpointSelector"), unclear)
	}
	return m, invalid
}
