package calico

import (
	"math/rand/v2"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// build translates the world's objects and builds the model of them.
func (w *world) build(r *rand.Rand) (*network.Model, []network.ID) {
	c := Cluster{NoNetworkSets: len(w.sets) == 0}
	var list []Object
	var tiers []Tier
	for _, u := range w.objects(r) {
		if tier, ok := ProjectTier(u); ok {
			tiers = append(tiers, tier)
		} else {
			list = append(list, Project(u))
		}
	}
	c.Tiers = NewTiers(tiers...)
	policies := c.Policies(list)
	var all []*network.Policy
	for i := range policies {
		all = append(all, &policies[i])
	}
	nw := network.NewWorld(len(w.pods))
	var ids []network.ID
	for _, p := range w.pods {
		ids = append(ids, nw.Endpoint(network.Endpoint{Namespace: nw.Namespace(*p.Namespace), Labels: p.Labels, ServiceAccount: p.ServiceAccount}))
	}
	return network.Build(network.Alone(all...), nw), ids
}

// isolation is the oracle's verdict. A pod that can reach no pod and all that is outside is not isolated.
func (w *world) isolation(pod *wPod, d model.Direction) check.Isolation {
	out := w.verdict(pod, d, (*wRule).ofEveryPod)
	if d == model.Egress && out == check.Isolated {
		outside := func(rule *wRule, p *wPolicy) degree { return rule.ofOutside(p, len(w.sets) > 0) }
		if w.verdict(pod, d, outside) == check.NotIsolated {
			return check.NotIsolated
		}
	}
	return out
}

// reached says from which other namespaces a namespace may be reached, and whether from outside.
func (w *world) reached(namespace string, open func(from, to *wPod) bool) (from map[string]bool, outside bool) {
	from = map[string]bool{}
	for i := range w.pods {
		to := &w.pods[i]
		if model.Text(to.Namespace.Name) != namespace {
			continue
		}
		outside = outside || open(nil, to)
		for k := range w.pods {
			if other := model.Text(w.pods[k].Namespace.Name); other != namespace && open(&w.pods[k], to) {
				from[other] = true
			}
		}
	}
	return from, outside
}

// open is the oracle's answer whether a connection may be opened; from is nil for what is outside.
func (w *world) open(from, to *wPod) bool {
	if from == nil {
		return w.may(to, model.Ingress, func(rule *wRule, p *wPolicy) degree { return rule.ofOutside(p, len(w.sets) > 0) })
	}
	return w.may(from, model.Egress, func(rule *wRule, p *wPolicy) degree { return rule.ofPod(p, to) }) &&
		w.may(to, model.Ingress, func(rule *wRule, p *wPolicy) degree { return rule.ofPod(p, from) })
}

func TestWorldsAgreeWithTheOracle(t *testing.T) {
	worlds := 12_000
	if testing.Short() {
		worlds = 500
	}
	var verdicts [check.IsolatedButOpen + 1]int
	var reaches [3]int
	for seed := range uint64(worlds) {
		r := rand.New(rand.NewPCG(5, seed))
		w := randomWorld(r)
		m, ids := w.build(r)
		for i := range w.pods {
			for d, got := range m.Isolation(ids[i]) {
				want := w.isolation(&w.pods[i], model.Direction(d))
				if verdicts[want]++; got != want {
					t.Fatalf("world %d, pod %d, %s: isolation = %d, want %d\n%s", seed, i, model.Direction(d), got, want, w.show())
				}
			}
		}
		reach := m.Reach()
		for _, name := range worldSpaces {
			if !w.holds(name) {
				continue
			}
			from, outside := w.reached(name, w.open)
			got, known := reach.From(model.Intern(name))
			if reaches[len(from)]++; !known || got != len(from) {
				t.Fatalf("world %d: %s is reached from %d, %t; want %d\n%s", seed, name, got, known, len(from), w.show())
			}
			if got := reach.FromOutside(model.Intern(name)); got != check.Known(outside) {
				t.Fatalf("world %d: %s is reached from outside: %d, want %t\n%s", seed, name, got, outside, w.show())
			}
			w.neverLess(t, seed, name, got, reach.FromOutside(model.Intern(name)))
		}
	}
	t.Logf("verdicts %v, reaches %v", verdicts, reaches)
	for v := check.NotIsolated; v <= check.IsolatedButOpen; v++ {
		if verdicts[v] < worlds/10 {
			t.Errorf("verdict %d is met %d times: the test says little of it", v, verdicts[v])
		}
	}
}

// neverLess checks that what packets really do is possible in the model.
func (w *world) neverLess(t *testing.T, seed uint64, name string, count int, outside check.Answer) {
	t.Helper()
	from, really := w.reached(name, w.packets)
	if count < len(from) || really && outside != check.Yes {
		t.Fatalf("world %d: packets reach %s from %v and from outside: %t; the model says %d, %d\n%s", seed, name, from, really, count, outside, w.show())
	}
}

func (w *world) holds(namespace string) bool {
	for i := range w.pods {
		if model.Text(w.pods[i].Namespace.Name) == namespace {
			return true
		}
	}
	return false
}
