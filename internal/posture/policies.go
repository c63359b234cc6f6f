package posture

import (
	"fmt"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/calico"
)

// policies are the network policies of every engine.
type policies struct {
	list    []*network.Policy
	objects []policyObject
}

// policyObject is one object, and which of the policies are its.
type policyObject struct {
	kind         model.Kind
	namespace    model.Sym
	object, name string
	from, to     int
}

// gatherPolicies lists the policies. A kind that may not be listed takes part as a policy that nobody can read.
func gatherPolicies(s *Snapshot) *policies {
	p := &policies{list: make([]*network.Policy, 0, len(s.Policies)+16), objects: make([]policyObject, 0, len(s.Policies)+len(s.CalicoPolicies))}
	for _, o := range s.Policies {
		if len(o.Policies) == 0 {
			continue // it decides nothing about pods
		}
		object := policyObject{kind: o.Kind, namespace: o.NS, object: o.Policies[0].Source.Kind, name: o.Name, from: len(p.list)}
		for i := range o.Policies {
			p.list = append(p.list, &o.Policies[i])
		}
		object.to = len(p.list)
		p.objects = append(p.objects, object)
	}
	p.calico(s)
	for _, kind := range isolationKinds {
		if s.Have[kind] {
			continue
		}
		unread := network.Unread(kind, network.Source{}, kind.String()+" cannot be listed: allow it")
		for i := range unread {
			p.list = append(p.list, &unread[i])
		}
	}
	return p
}

// calico adds Calico's policies, each once although two groups may show it, with what their tiers say of them.
func (p *policies) calico(s *Snapshot) {
	if len(s.CalicoPolicies) == 0 {
		return
	}
	tiers := make([]calico.Tier, 0, len(s.CalicoTiers))
	for _, t := range s.CalicoTiers {
		tiers = append(tiers, *t)
	}
	objects := make([]calico.Object, 0, len(s.CalicoPolicies))
	for _, o := range s.CalicoPolicies {
		objects = append(objects, *o)
	}
	cluster := calico.Cluster{Tiers: calico.NewTiers(tiers...), NoNetworkSets: noNetworkSets(s)}
	merged := calico.Merge(objects)
	for i := range merged {
		policy, ok := cluster.Policy(&merged[i])
		if !ok {
			continue
		}
		kind, object := model.CalicoGlobalNetworkPolicies, policy.Source.Kind
		if object == "NetworkPolicy" {
			// Kubernetes' own is called the same.
			kind, object = model.CalicoNetworkPolicies, "NetworkPolicy."+calico.GroupV3
		}
		p.list = append(p.list, &policy)
		p.objects = append(p.objects, policyObject{
			kind: kind, namespace: merged[i].NS, object: object, name: merged[i].Name, from: len(p.list) - 1, to: len(p.list),
		})
	}
}

// noNetworkSets says whether somebody has looked for network sets everywhere, and found none.
func noNetworkSets(s *Snapshot) bool {
	for _, k := range []model.Kind{
		model.CalicoNetworkSets, model.CalicoGlobalNetworkSets, model.StoredCalicoNetworkSets, model.StoredCalicoGlobalNetworkSets,
	} {
		if !s.Have[k] || s.Objects[k] > 0 {
			return false
		}
	}
	return true
}

// selects says whether any of the object's policies selects a pod.
func (i *isolation) selects(o *policyObject) check.Answer {
	answer := check.No
	for k := o.from; k < o.to; k++ {
		switch i.model.Selects(k) {
		case check.Yes:
			return check.Yes
		case check.Unknown:
			answer = check.Unknown
		}
	}
	return answer
}

// notes name the policies that nobody can read, and say why.
func (p *policies) notes(out []string) []string {
	for i := range p.objects {
		o := &p.objects[i]
		for _, policy := range p.list[o.from:o.to] {
			if policy.Invalid == "" {
				continue
			}
			name := o.name
			if ns := model.Text(o.namespace); ns != "" {
				name = ns + "/" + name
			}
			out = append(out, fmt.Sprintf("%s %s: what it does is unknown: %s", o.object, name, policy.Invalid))
			break
		}
	}
	return out
}
