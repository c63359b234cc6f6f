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
	list    []network.Placed
	objects []policyObject
}

// policyObject is one object, and the first of the policies that are its; the others follow. It is kept for every policy: it is small.
type policyObject struct {
	*network.Object
	from int32
}

// title is the object's kind for people. Calico's NetworkPolicy has the name of Kubernetes' own.
func (o *policyObject) title() string {
	kind := o.Policies[0].Source.Kind
	if o.Kind == model.CalicoNetworkPolicies {
		kind += "." + calico.GroupV3
	}
	return kind
}

func (p *policies) add(o *network.Object) {
	p.objects = append(p.objects, policyObject{o, int32(len(p.list))})
	for i := range o.Policies {
		p.list = append(p.list, network.Placed{Policy: &o.Policies[i], Of: o})
	}
}

// gatherPolicies lists the policies. A kind that may not be listed takes part as a policy that nobody can read.
func gatherPolicies(s *Snapshot) *policies {
	p := &policies{list: make([]network.Placed, 0, len(s.Policies)+16), objects: make([]policyObject, 0, len(s.Policies)+len(s.CalicoPolicies))}
	for _, o := range s.Policies {
		if len(o.Policies) == 0 {
			continue // it decides nothing about pods
		}
		p.add(o)
	}
	p.calico(s)
	for _, kind := range isolationKinds {
		if s.Have[kind] {
			continue
		}
		unread := network.Unread(kind, network.Source{}, kind.String()+" cannot be listed: the log and kube_posture_watch_errors_total say why")
		for i := range unread {
			p.list = append(p.list, network.Alone(&unread[i])...)
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
		kind := model.CalicoGlobalNetworkPolicies
		if policy.Source.Kind == "NetworkPolicy" {
			kind = model.CalicoNetworkPolicies
		}
		p.add(&network.Object{Namespaced: merged[i].Namespaced, Kind: kind, Policies: []network.Policy{policy}})
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
	for k := range o.Policies {
		switch i.model.Selects(int(o.from) + k) {
		case check.Yes:
			return check.Yes
		case check.Unknown:
			answer = check.Unknown
		}
	}
	return answer
}

// notes name what is unknown about network policies, and say why.
func (i *isolation) notes(out []string) []string {
	if i.reached != nil {
		for _, ns := range i.reached.Beyond() {
			out = append(out, fmt.Sprintf("namespace %s: from where it can be reached, and what it reaches, is unknown: "+
				"its network policies have more than %d selectors for peers, or select pods in too many combinations: bound them by a quota",
				model.Text(ns), network.MaxPeers))
		}
	}
	return i.policies.notes(out)
}

// notes name the policies that could not be decoded, and say why.
func (p *policies) notes(out []string) []string {
	for i := range p.objects {
		o := &p.objects[i]
		for k := range o.Policies {
			if o.Policies[k].Invalid == "" {
				continue
			}
			out = append(out, fmt.Sprintf("%s %s: what it does is unknown: %s", o.title(), o.Key(), o.Policies[k].Invalid))
			break
		}
	}
	return out
}
