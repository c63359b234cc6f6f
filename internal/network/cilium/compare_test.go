package cilium

import (
	"math/rand/v2"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// rulings are what the rules of a section come to for one peer.
type rulings struct{ all, some bool }

func (r *rulings) add(matches bool, ports string) {
	r.all = r.all || matches && ports == "all"
	r.some = r.some || matches && ports == "some"
}

// expected asks the oracle about a section of an entry.
func expected(entry map[string]any, s section, namespace string, ids ...identity) (out rulings) {
	list, _ := entry[s.name].([]any)
	for _, item := range list {
		rule := item.(map[string]any)
		for _, id := range ids {
			out.add(matchesPeer(namespace, entry["endpointSelector"], rule, s.peers, id), portsOf(rule, s.action == network.Deny))
		}
	}
	return out
}

// ruled asks the translated rules about a pod, or when it is nil about the outside.
func ruled(t *testing.T, rules []network.Rule, action network.Action, e *network.Endpoint) (out rulings) {
	for i := range rules {
		r := &rules[i]
		if r.Unclear {
			t.Error("unclear")
		}
		if r.Action != action {
			continue
		}
		matches := r.Everyone
		if e == nil {
			matches = matches || r.Outside != network.None
		} else {
			matches = matches || r.Inside == network.All || network.Any(r.Pods...).Match(e)
		}
		ports := "all"
		if r.SomePorts {
			ports = "some"
		}
		out.add(matches, ports)
	}
	return out
}

func entriesOf(obj *unstructured.Unstructured) (out []map[string]any) {
	if spec, ok := obj.Object["spec"].(map[string]any); ok {
		out = append(out, spec)
	}
	specs, _ := obj.Object["specs"].([]any)
	for _, s := range specs {
		out = append(out, s.(map[string]any))
	}
	return out
}

// isolates says by the documentation whether an entry isolates in a direction, and whether it has rules for it.
func isolates(entry map[string]any, direction string) (isolates, applies bool) {
	allow, _ := entry[direction].([]any)
	deny, _ := entry[direction+"Deny"].([]any)
	wanted := true
	if d, ok := entry["enableDefaultDeny"].(map[string]any); ok {
		if w, ok := d[direction].(bool); ok {
			wanted = w
		}
	}
	applies = len(allow)+len(deny) > 0
	return applies && wanted, applies
}

// TestAgainstOracle compares random policies with the oracle, for random pods.
func TestAgainstOracle(t *testing.T) {
	objects := 12_000
	if testing.Short() {
		objects = 2_000
	}
	w := writer{rand.New(rand.NewPCG(4, 2))}
	selected, matches := 0, 0
	for range objects {
		obj, text := decoded(t, w.object("p", false))
		policies, entries := Policies(obj), entriesOf(obj)
		if len(policies) != len(entries) {
			t.Fatalf("%d policies for %d entries of %s", len(policies), len(entries), text)
		}
		for i, p := range policies {
			if p.Invalid != "" {
				t.Fatalf("%s: %s", p.Invalid, text)
			}
			for range 4 {
				one := w.pod()
				e := one.endpoint()
				want := subjects(obj.GetNamespace(), entries[i]["endpointSelector"], one)
				if got := p.Selects.Match(&e); got != want {
					t.Fatalf("selects %s: %t in %s", one.name, got, text)
				}
				if want {
					selected++
				}
				scoped(t, p.Selects, &e, text)
			}
			matches += compareSides(t, w, &p, entries[i], obj.GetNamespace(), text)
		}
	}
	if selected < objects/2 || matches < objects {
		t.Errorf("%d pods selected and %d peers matched: too few to tell anything", selected, matches)
	}
}

func compareSides(t *testing.T, w writer, p *network.Policy, entry map[string]any, namespace, text string) (matches int) {
	for _, s := range sections {
		side := p.Sides[s.direction]
		isolated, applies := isolates(entry, s.direction.String())
		if side.Isolates != isolated || side.Applies != applies {
			t.Fatalf("%s: isolates %t, applies %t in %s", s.name, side.Isolates, side.Applies, text)
		}
		for range 4 {
			one := w.pod()
			e := one.endpoint()
			got, want := ruled(t, side.Rules, s.action, &e), expected(entry, s, namespace, one.identity())
			if got != want {
				t.Fatalf("%s: peer %s: %+v, want %+v in %s", s.name, one.name, got, want, text)
			}
			if want.all || want.some {
				matches++
			}
		}
		if got, want := ruled(t, side.Rules, s.action, nil), expected(entry, s, namespace, beyond...); got != want {
			t.Fatalf("%s: outside: %+v, want %+v in %s", s.name, got, want, text)
		}
		for i := range side.Rules {
			for _, m := range side.Rules[i].Pods {
				one := w.pod()
				e := one.endpoint()
				scoped(t, m, &e, text)
			}
		}
	}
	return matches
}

// scoped checks that what a matcher says about namespaces agrees with what it says about a pod of one.
func scoped(t *testing.T, m network.Matcher, e *network.Endpoint, text string) {
	t.Helper()
	match := m.Match(e)
	only, confined := m.Only()
	here := !confined || only == e.Namespace.Name
	reach, sure := network.ScopeOf(m, e.Namespace)
	if match && !here || !match && here && m.Everything() || !sure ||
		match && reach == network.None || !match && reach == network.All {
		t.Fatalf("match %t of %s, only %q %t, everything %t, scope %d %t in %s", match, model.Text(e.Namespace.Name), model.Text(only), confined,
			m.Everything(), reach, sure, text)
	}
	unknown := network.Endpoint{Namespace: &network.Namespace{Name: e.Namespace.Name}, Labels: e.Labels, ServiceAccount: e.ServiceAccount}
	reach, sure = network.ScopeOf(m, unknown.Namespace)
	if !sure && m.Match(&unknown) {
		t.Fatalf("matches a pod of a namespace that nobody knows the labels of in %s", text)
	}
	if sure && (match && reach == network.None || m.Match(&unknown) != match) {
		t.Fatalf("match %t, and %t without the namespace's labels, of which scope %d is sure in %s", match, m.Match(&unknown), reach, text)
	}
}

// TestMatchAllocatesNothing holds for the matchers of selectors of every kind.
func TestMatchAllocatesNothing(t *testing.T) {
	w := writer{rand.New(rand.NewPCG(1, 1))}
	one := w.pod().endpoint()
	for range 200 {
		obj, text := decoded(t, w.object("p", false))
		for _, p := range Policies(obj) {
			all := []network.Matcher{p.Selects}
			for _, s := range p.Sides {
				for i := range s.Rules {
					all = append(all, s.Rules[i].Pods...)
				}
			}
			for _, m := range all {
				if n := testing.AllocsPerRun(10, func() { m.Match(&one); network.ScopeOf(m, one.Namespace) }); n != 0 {
					t.Fatalf("%v allocations in %s", n, text)
				}
			}
		}
	}
}

// TestKeys makes sure that matchers of one key match the same pods.
func TestKeys(t *testing.T) {
	w := writer{rand.New(rand.NewPCG(5, 6))}
	var sample []network.Endpoint
	for range 200 {
		sample = append(sample, w.pod().endpoint())
	}
	seen, shared := map[model.Sym]string{}, 0
	for range 3_000 {
		obj, text := decoded(t, w.object("p", false))
		for _, p := range Policies(obj) {
			keyed, ok := p.Selects.(network.Keyed)
			if !ok || keyed.Key() == (model.Sym{}) {
				t.Fatalf("no key in %s", text)
			}
			var picked []byte
			for i := range sample {
				picked = append(picked, map[bool]byte{true: '1', false: '0'}[keyed.Match(&sample[i])])
			}
			before, ok := seen[keyed.Key()]
			if ok {
				shared++
			}
			if ok && before != string(picked) {
				t.Fatalf("key %q matches %s and %s in %s", model.Text(keyed.Key()), before, picked, text)
			}
			seen[keyed.Key()] = string(picked)
		}
	}
	if shared < 100 {
		t.Errorf("%d of one key: too few to tell anything", shared)
	}
}
