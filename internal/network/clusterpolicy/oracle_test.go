package clusterpolicy_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/clusterpolicy"
	"github.com/kube-posture/kube-posture-exporter/internal/network/netpolv1"
)

const worlds = 10_000

// TestOracle compares every rule of every policy, for every pod and every other end, and what becomes of all of them together, with an
// oracle that reads the objects themselves.
func TestOracle(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(worlds) {
		w := newWorld(seed)
		b := build(t, w)
		b.translation(t, seen)
		b.outcome(t, seen)
		if t.Failed() {
			text, _ := json.MarshalIndent(struct{ Policies, NetworkPolicies any }{w.policies, w.namespaced}, "", " ")
			t.Fatalf("seed %d:\n%s", seed, text)
		}
	}
	for _, what := range []string{
		"Allow", "Deny", "Pass", "nothing", "several", "not isolated", "isolated", "open", "reached", "unreached", "from outside", "not from outside",
	} {
		if seen[what] < 100 {
			t.Errorf("%q was seen %d times: the worlds say nothing about it", what, seen[what])
		}
	}
}

// built is a world, and what the adapter and the model make of it.
type built struct {
	*world
	made      []network.Policy
	model     *network.Model
	endpoints map[*pod]*network.Endpoint
	ids       map[*pod]network.ID
}

func build(t *testing.T, w *world) *built {
	b := &built{world: w, endpoints: map[*pod]*network.Endpoint{}, ids: map[*pod]network.ID{}}
	all := network.NewWorld(len(w.pods))
	for _, p := range w.pods {
		e := &network.Endpoint{
			Namespace: all.Namespace(network.Namespace{Name: model.Intern(p.in.name), Labels: model.NewLabelSet(p.in.labels), Known: true}),
			Labels:    model.NewLabelSet(p.labels),
		}
		b.endpoints[p], b.ids[p] = e, all.Endpoint(*e)
	}
	var policies []network.Placed
	for _, o := range w.policies {
		b.made = append(b.made, clusterpolicy.Policy(o.unstructured(t)))
	}
	for i := range b.made {
		policies = append(policies, network.Placed{Policy: &b.made[i]})
	}
	for _, np := range w.namespaced {
		p := netpolv1.Policy(&np.Spec)
		policies = append(policies, network.Placed{Policy: &p, Of: &network.Object{Namespaced: model.Namespaced{Meta: model.NewMeta(np.Namespace, np.Name)}}})
	}
	b.model = network.Build(policies, all)
	return b
}

// decisions are what rules may make of traffic.
type decisions map[string]bool

// step is one rule: what it does, and to how much of the traffic.
type step struct {
	action      string
	whole, part bool
}

func possible(steps []step) decisions {
	out := decisions{}
	for _, s := range steps {
		if s.whole || s.part {
			out[s.action] = true
		}
		if s.whole {
			return out
		}
	}
	out["nothing"] = true
	return out
}

// translation compares each policy with its object.
func (b *built) translation(t *testing.T, seen map[string]int) {
	for i, o := range b.policies {
		made := &b.made[i]
		if made.Invalid != "" {
			t.Errorf("%s: invalid: %s", o.Metadata.Name, made.Invalid)
			continue
		}
		for _, p := range b.pods {
			if got, want := made.Selects.Match(b.endpoints[p]), o.Spec.Subject.selects(p); got != want {
				t.Errorf("%s selects %v: %v, want %v", o.Metadata.Name, p, got, want)
			}
		}
		for _, d := range [...]model.Direction{model.Ingress, model.Egress} {
			if got, want := made.Sides[d].Applies, len(o.rules(d)) > 0; got != want || made.Sides[d].Isolates {
				t.Errorf("%s: %s applies: %v, want %v", o.Metadata.Name, d, got, want)
			}
			for _, other := range append(b.pods[:len(b.pods):len(b.pods)], outside) {
				got, want := possible(b.steps(made.Sides[d].Rules, other)), possible(steps(o.rules(d), other))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s: %v: -want +got:\n%s", o.Metadata.Name, d, other, diff)
				}
				for what := range want {
					seen[what]++
				}
				if len(want) > 1 {
					seen["several"]++
				}
			}
		}
	}
}

func steps(rules []rule, other *pod) (out []step) {
	for i := range rules {
		whole, part := rules[i].matches(other)
		action := rules[i].Action
		if action == "Accept" {
			action = "Allow"
		}
		if action == "Pass" && rules[i].foreign() {
			// Implementations that do not know the peer deny everyone.
			out = append(out, step{"Deny", false, true})
		}
		out = append(out, step{action, whole, part})
	}
	return out
}

func (b *built) steps(rules []network.Rule, other *pod) (out []step) {
	for i := range rules {
		r := &rules[i]
		s := step{action: [...]string{"Allow", "Deny", "Pass"}[r.Action]}
		at := r.Outside
		if other != outside {
			at = r.Inside
			for _, m := range r.Pods {
				s.whole = s.whole || m.Match(b.endpoints[other])
			}
		}
		s.whole = s.whole || r.Everyone || at == network.All
		if s.part = at == network.Some || r.Unclear; r.Unclear || r.SomePorts {
			s.whole, s.part = false, s.whole || s.part
		}
		out = append(out, s)
	}
	return out
}

// outcome compares what becomes of the whole world.
func (b *built) outcome(t *testing.T, seen map[string]int) {
	reached := b.model.Reach()
	from, open := map[*namespace]map[*namespace]bool{}, map[*namespace]bool{}
	for _, ns := range b.namespaces {
		from[ns] = map[*namespace]bool{}
	}
	for _, p := range b.pods {
		got := b.model.Isolation(b.ids[p])
		for _, d := range [...]model.Direction{model.Ingress, model.Egress} {
			want := b.verdict(p, d)
			if got[d] != want {
				t.Errorf("%v: %s: %d, want %d", p, d, got[d], want)
			}
			seen[map[check.Isolation]string{check.NotIsolated: "not isolated", check.Isolated: "isolated", check.IsolatedButOpen: "open"}[want]]++
		}
		open[p.in] = open[p.in] || b.admits(p, model.Ingress, outside)
		for _, source := range b.pods {
			if source.in != p.in && b.admits(source, model.Egress, p) && b.admits(p, model.Ingress, source) {
				from[p.in][source.in] = true
			}
		}
	}
	for _, ns := range b.namespaces {
		name := model.Intern(ns.name)
		if got, ok := reached.From(name); !ok || got != len(from[ns]) {
			t.Errorf("%s is reached from %d namespaces (known: %v), want %d", ns.name, got, ok, len(from[ns]))
		}
		if got, want := reached.FromOutside(name), check.Known(open[ns]); got != want {
			t.Errorf("%s is reached from outside: %d, want %d", ns.name, got, want)
		}
		seen[map[bool]string{true: "reached", false: "unreached"}[len(from[ns]) > 0]]++
		seen[map[bool]string{true: "from outside", false: "not from outside"}[open[ns]]]++
	}
}
