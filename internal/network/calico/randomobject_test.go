package calico

import (
	"math/rand/v2"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// object writes a policy as the group would show it: storage puts the tier before the name, and the default tier too.
func (p *wPolicy) object(r *rand.Rand, group string) *unstructured.Unstructured {
	spec := map[string]any{}
	write := func(key string, s *said) {
		if s != nil {
			spec[key] = s.write(r)
		}
	}
	write("selector", p.selector)
	write("namespaceSelector", p.spaces)
	write("serviceAccountSelector", p.accounts)
	if p.order != nil {
		if spec["order"] = *p.order; *p.order == float64(int64(*p.order)) && r.IntN(2) == 0 {
			spec["order"] = int64(*p.order)
		}
	}
	if p.tier != "" {
		spec["tier"] = p.tier
	}
	if p.types != nil {
		spec["types"] = anys(p.types)
	}
	if p.untracked {
		spec["doNotTrack"], spec["applyOnForward"] = true, true
	}
	for d, rules := range p.rules {
		var list []any
		for i := range rules {
			list = append(list, rules[i].object(r, model.Direction(d)))
		}
		if list != nil {
			spec[model.Direction(d).String()] = list
		}
	}
	name, kind := p.name, "NetworkPolicy"
	if tier := p.tierName(); tier != "default" || group == GroupV1 {
		name = tier + "." + name
	}
	if p.namespace == "" {
		kind = "GlobalNetworkPolicy"
	}
	return raw(group, kind, p.namespace, name, spec)
}

func (p *wPolicy) tierName() string {
	if p.tier == "" {
		return "default"
	}
	return p.tier
}

func (rule *wRule) object(r *rand.Rand, d model.Direction) map[string]any {
	out := map[string]any{"action": rule.action}
	if rule.protocol != "" {
		out["protocol"] = rule.protocol
	}
	sides := [...]string{"source", "destination"}
	if d == model.Egress {
		sides[0], sides[1] = sides[1], sides[0]
	}
	for i, e := range [...]*wEntity{&rule.peer, &rule.own} {
		if side := e.object(r); len(side) > 0 || r.IntN(4) == 0 {
			out[sides[i]] = side
		}
	}
	return out
}

func (e *wEntity) object(r *rand.Rand) map[string]any {
	out := map[string]any{}
	for i, s := range [...]*said{e.selector, e.notSelector, e.namespaceSelector} {
		if s != nil {
			out[[...]string{"selector", "notSelector", "namespaceSelector"}[i]] = s.write(r)
		}
	}
	if e.accounts != nil {
		out["serviceAccounts"] = map[string]any{"names": anys(e.accounts)}
	}
	if e.nets != nil {
		out["nets"] = anys(e.nets)
	}
	if e.notNets != nil {
		out["notNets"] = anys(e.notNets)
	}
	for _, port := range e.ports {
		out["ports"] = []any{int64(port)}
	}
	if e.service != "" {
		out["services"] = map[string]any{"name": e.service}
	}
	return out
}

func anys(texts []string) (out []any) {
	for _, t := range texts {
		out = append(out, t)
	}
	return out
}
