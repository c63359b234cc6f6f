package cilium

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// universe holds a pod of every kind that a selector of the tests could tell apart, in namespaces that there are and in one that there is not.
var universe = func() (out []identity) {
	for _, namespace := range []string{"front", "back", "ops", "elsewhere"} {
		for _, account := range []string{"a", "b", "c"} {
			for _, app := range []string{"-", "web", "api", "db", "", "other"} {
				for _, tier := range []string{"-", "1", "2", "other"} {
					for _, strange := range []string{"-", "", "other"} {
						labels := map[string]string{"app": app, "tier": tier, "world": strange}
						for k, v := range labels {
							if v == "-" {
								delete(labels, k)
							}
						}
						p := newPod(namespace, account, labels)
						if p.space == nil {
							p.space = map[string]string{metadataName: namespace}
						}
						out = append(out, p.identity())
					}
				}
			}
		}
	}
	return out
}()

// oracleRule is a rule of an entry that selects a pod.
type oracleRule struct {
	section
	namespace string
	subject   any
	fields    map[string]any
}

// means says whether the rule is about an identity, on all ports or, when that suffices, on some.
func (r oracleRule) means(id identity, partly bool) bool {
	ports := portsOf(r.fields, r.action == network.Deny)
	return (ports == "all" || partly && ports == "some") && matchesPeer(r.namespace, r.subject, r.fields, r.peers, id)
}

// bare says that the rule names no peers.
func (r oracleRule) bare() bool {
	return !slices.ContainsFunc(peerLists, func(kind string) bool { return r.fields[r.peers+kind] != nil })
}

var peerLists = []string{"Endpoints", "Entities", "CIDR", "CIDRSet"}

// parts are the rule's peers, each in a rule of its own.
func (r oracleRule) parts() (out []oracleRule) {
	if r.bare() {
		return []oracleRule{r}
	}
	for _, kind := range peerLists {
		list, _ := r.fields[r.peers+kind].([]any)
		for _, item := range list {
			part := r
			part.fields = map[string]any{r.peers + kind: []any{item}, "toPorts": r.fields["toPorts"]}
			out = append(out, part)
		}
	}
	return out
}

// everyPod says whether one of the rule's peers is every pod that there could be.
func (r oracleRule) everyPod() bool {
	return slices.ContainsFunc(r.parts(), func(part oracleRule) bool {
		return !slices.ContainsFunc(universe, func(id identity) bool { return !part.means(id, false) })
	})
}

// everywhere says whether the rule is about all that is outside of the cluster. For one that allows all addresses of one family suffice.
// A selector does so only when Cilium adds nothing to it.
func (r oracleRule) everywhere() bool {
	if portsOf(r.fields, r.action == network.Deny) != "all" {
		return false
	}
	four, six := false, false
	for _, part := range r.parts() {
		text := fmt.Sprint(part.fields)
		all := !slices.ContainsFunc(beyond, func(id identity) bool { return !part.means(id, false) })
		switch {
		case r.bare(), part.fields[r.peers+"Entities"] != nil, strings.Contains(text, "reserved:"):
			four, six = four || all, six || all
		case part.fields[r.peers+"CIDR"] != nil:
			four, six = four || strings.Contains(text, "[0.0.0.0/0]"), six || strings.Contains(text, "[::/0]")
		}
	}
	return four && six || r.action == network.Allow && (four || six)
}

// around is what policies say about a pod in one direction.
type around struct {
	allow, deny []oracleRule
	isolated    bool
}

func aboutPod(objects []fieldsOf, p pod, d model.Direction) (out around) {
	for _, object := range objects {
		namespace, _ := object["metadata"].(map[string]any)["namespace"].(string)
		list := []any{object["spec"]}
		specs, _ := object["specs"].([]any)
		for _, e := range append(list, specs...) {
			entry, ok := e.(map[string]any)
			if !ok || !subjects(namespace, entry["endpointSelector"], p) {
				continue
			}
			isolated, _ := isolates(entry, d.String())
			out.isolated = out.isolated || isolated
			for _, s := range sections {
				rules, _ := entry[s.name].([]any)
				for _, r := range rules {
					rule := oracleRule{s, namespace, entry["endpointSelector"], r.(map[string]any)}
					switch {
					case s.direction != d:
					case s.action == network.Allow:
						out.allow = append(out.allow, rule)
					default:
						out.deny = append(out.deny, rule)
					}
				}
			}
		}
	}
	return out
}

// passes says whether a connection with one of the identities may be opened.
func (a around) passes(ids ...identity) bool {
	outside := len(ids) > 1
	if slices.ContainsFunc(a.deny, func(r oracleRule) bool { return outside && r.everywhere() || !outside && r.means(ids[0], false) }) {
		return false
	}
	return !a.isolated || slices.ContainsFunc(a.allow, func(r oracleRule) bool {
		return slices.ContainsFunc(ids, func(id identity) bool { return r.means(id, true) })
	})
}

func (a around) verdict(d model.Direction) check.Isolation {
	probe := func(all func(oracleRule) bool) check.Isolation {
		switch {
		case slices.ContainsFunc(a.deny, all):
			return check.Isolated
		case !a.isolated:
			return check.NotIsolated
		case slices.ContainsFunc(a.allow, all):
			return check.IsolatedButOpen
		default:
			return check.Isolated
		}
	}
	v := probe(oracleRule.everyPod)
	if d == model.Egress && v == check.Isolated && probe(oracleRule.everywhere) == check.NotIsolated {
		return check.NotIsolated
	}
	return v
}

// TestWorlds compares verdicts and reach in random worlds with what the oracle makes of every pod, policy and rule.
func TestWorlds(t *testing.T) {
	worlds := 12_000
	if testing.Short() {
		worlds = 1_000
	}
	w := writer{rand.New(rand.NewPCG(2026, 4))}
	verdicts := map[check.Isolation]int{}
	reached := map[bool]int{}
	for range worlds {
		var objects []fieldsOf
		var policies []*network.Policy
		var texts []string
		for i := range 1 + w.IntN(3) {
			obj, text := decoded(t, w.object(fmt.Sprint("p", i), false))
			objects, texts = append(objects, obj.Object), append(texts, text)
			for _, p := range Policies(obj) {
				policies = append(policies, &p)
			}
		}
		world := network.NewWorld(0)
		pods, ids := make([]pod, 6), make([]network.ID, 6)
		for i := range pods {
			pods[i] = w.pod()
			e := pods[i].endpoint()
			e.Namespace = world.Namespace(*e.Namespace)
			ids[i] = world.Endpoint(e)
		}
		m := network.Build(network.Alone(policies...), world)
		var abouts [model.DirectionCount][]around
		for d := range abouts {
			for i, p := range pods {
				a := aboutPod(objects, p, model.Direction(d))
				abouts[d] = append(abouts[d], a)
				want, got := a.verdict(model.Direction(d)), m.Isolation(ids[i])[d]
				verdicts[want]++
				if got != want {
					t.Fatalf("%s of %s: %v, want %v in\n%s", model.Direction(d), p.name, got, want, strings.Join(texts, "\n"))
				}
			}
		}
		compareReach(t, m.Reach(), pods, abouts, reached, texts)
	}
	for _, v := range []check.Isolation{check.NotIsolated, check.Isolated, check.IsolatedButOpen} {
		if verdicts[v] < worlds/10 {
			t.Errorf("%d verdicts %v: too few to tell anything", verdicts[v], v)
		}
	}
	if reached[true] < worlds/10 || reached[false] < worlds/10 {
		t.Errorf("reached %v: too few to tell anything", reached)
	}
}

func compareReach(t *testing.T, r *network.Reached, pods []pod, abouts [model.DirectionCount][]around, reached map[bool]int, texts []string) {
	t.Helper()
	from := map[string]map[string]bool{}
	outside := map[string]bool{}
	for i, to := range pods {
		if from[to.namespace] == nil {
			from[to.namespace] = map[string]bool{}
		}
		for k, p := range pods {
			if p.namespace != to.namespace && abouts[model.Egress][k].passes(to.identity()) && abouts[model.Ingress][i].passes(p.identity()) {
				from[to.namespace][p.namespace] = true
			}
		}
		outside[to.namespace] = outside[to.namespace] || abouts[model.Ingress][i].passes(beyond...)
	}
	for namespace, by := range from {
		name := model.Intern(namespace)
		if n, ok := r.From(name); !ok || n != len(by) {
			t.Fatalf("%s is reached from %d (%t), want %v in\n%s", namespace, n, ok, by, strings.Join(texts, "\n"))
		}
		if got := r.FromOutside(name); got != check.Known(outside[namespace]) {
			t.Fatalf("%s is reached from outside: %v, want %t in\n%s", namespace, got, outside[namespace], strings.Join(texts, "\n"))
		}
		reached[len(by) > 0]++
	}
}
