package posture

import (
	"hash/maphash"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// isolation is what the network policies of every engine make of the pods.
type isolation struct {
	policies *policies
	world    *network.World
	model    *network.Model
	reached  *network.Reached
	// ids are the endpoints of the pods that are alike, by their place; nobody for pods that no policy can hold.
	ids []network.ID

	have [model.KindCount]bool
	// contents are the objects beside pods that it was made of.
	contents contents
	// noNetworkSets is what the function of that name returned.
	noNetworkSets bool
	// unlabeled are the namespaces with a pod whose labels are unknown.
	unlabeled map[model.Sym]bool
}

// nobody is no endpoint.
const nobody = network.ID(-1)

// isolationKinds are the kinds, beside pods, that decide about isolation.
var isolationKinds = []model.Kind{
	model.Namespaces, model.NetworkPolicies, model.ClusterNetworkPolicies, model.AdminNetworkPolicies, model.BaselineAdminNetworkPolicies,
	model.CiliumNetworkPolicies, model.CiliumClusterwideNetworkPolicies, model.CalicoNetworkPolicies, model.CalicoGlobalNetworkPolicies,
	model.CalicoTiers, model.CalicoNetworkSets, model.CalicoGlobalNetworkSets, model.StoredCalicoNetworkPolicies,
	model.StoredCalicoGlobalNetworkPolicies, model.StoredCalicoTiers, model.StoredCalicoNetworkSets, model.StoredCalicoGlobalNetworkSets,
}

// isolate asks the policies about the pods. What was made of the snapshot before is taken over, in new places, when neither a policy nor a
// namespace has changed and the pods are of the same kinds: replicas come and go all the time, and change nothing here. It returns nil
// when NetworkPolicies cannot be listed: nothing about isolation is said then.
func isolate(stop network.Stop, s *Snapshot, pods []alike, before *isolation, seed maphash.Seed) *isolation {
	if !s.has(model.NetworkPolicies) {
		return nil
	}
	i := &isolation{
		have: s.Have, contents: policyContents(s, seed), noNetworkSets: noNetworkSets(s), unlabeled: make(map[model.Sym]bool),
	}
	if before != nil && before.madeOf(i) {
		if ids, ok := before.place(pods); ok {
			again := *before
			again.ids = ids
			return &again
		}
	}
	i.settle(s, pods)
	i.policies = gatherPolicies(s)
	i.model = network.BuildUnless(stop, i.policies.list, i.world)
	if s.has(model.Pods, model.Namespaces) && !stop() {
		i.reached = i.model.ReachUnless(stop)
	}
	return i
}

// madeOf reports whether both were made of the same objects beside pods.
func (i *isolation) madeOf(o *isolation) bool {
	if o.have[model.Pods] != i.have[model.Pods] {
		return false
	}
	for _, k := range isolationKinds {
		if o.have[k] != i.have[k] {
			return false
		}
	}
	return i.noNetworkSets == o.noNetworkSets && i.contents.equal(&o.contents)
}

// held says whether policies can hold the pod: it has not finished, and is not on the host network.
func held(r *model.Replica) bool { return r.Is(model.Judged) && !r.Is(model.HostNetwork) }

// labeled reports whether the pod's labels are known: it could be decoded, and has not too many.
func labeled(r *model.Replica) bool {
	return !r.Is(model.BrokenPod) && r.Labels != model.TooManyLabels()
}

// settle makes the world of everybody whom a policy can be about.
func (i *isolation) settle(s *Snapshot, pods []alike) {
	w := network.NewWorld(len(pods))
	for _, ns := range s.Namespaces {
		w.Namespace(network.Namespace{Name: ns.Self, Labels: ns.Labels, Known: !ns.Broken && ns.Labels != model.TooManyLabels()})
	}
	i.world, i.ids = w, make([]network.ID, len(pods))
	var ns *network.Namespace
	for k := range pods {
		i.ids[k] = nobody
		p := pods[k].pod
		r := p.Of()
		if !held(&r) {
			continue
		}
		if ns == nil || ns.Name != p.NS {
			ns = w.Namespace(network.Namespace{Name: p.NS, Labels: model.NewLabelSet(nil)})
		}
		if !labeled(&r) {
			i.unlabeled[p.NS] = true
			w.Unlabeled(ns)
			continue
		}
		i.ids[k] = w.Endpoint(network.Endpoint{Namespace: ns, Labels: r.Labels, ServiceAccount: r.ServiceAccount})
	}
}

// place finds the pods of a snapshot in the world as it is, and returns false when it is not theirs.
func (i *isolation) place(pods []alike) ([]network.ID, bool) {
	ids, seen := make([]network.ID, len(pods)), make([]bool, i.world.Len())
	met := 0
	unlabeled := make(map[model.Sym]bool, len(i.unlabeled))
	var ns *network.Namespace
	for k := range pods {
		ids[k] = nobody
		p := pods[k].pod
		r := p.Of()
		if !held(&r) {
			continue
		}
		if !labeled(&r) {
			unlabeled[p.NS] = true
			continue
		}
		if ns == nil || ns.Name != p.NS {
			if ns = i.world.Find(p.NS); ns == nil {
				return nil, false
			}
		}
		id, ok := i.world.ID(network.Endpoint{Namespace: ns, Labels: r.Labels, ServiceAccount: r.ServiceAccount})
		if !ok {
			return nil, false
		}
		if !seen[id] {
			seen[id] = true
			met++
		}
		ids[k] = id
	}
	if met != len(seen) || len(unlabeled) != len(i.unlabeled) {
		return nil, false
	}
	for name := range unlabeled {
		if !i.unlabeled[name] {
			return nil, false
		}
	}
	return ids, true
}

// pod says what the policies make of the pods that are alike at a place: whether they isolate it, and whether all traffic passes all the same.
func (i *isolation) pod(at int32) (isolated, open [model.DirectionCount]check.Answer) {
	if i == nil || i.ids[at] == nobody {
		return isolated, open
	}
	for d := range model.DirectionCount {
		isolated[d], open[d] = i.model.Isolated(i.ids[at], d), i.model.Open(i.ids[at], d)
	}
	return isolated, open
}

// defaultDeny says whether a policy denies what no other allows to every pod of the namespace.
func (i *isolation) defaultDeny(namespace model.Sym) [model.DirectionCount]check.Answer {
	if i == nil {
		return [model.DirectionCount]check.Answer{}
	}
	return i.model.DefaultDeny(namespace)
}
