package calico

import (
	"fmt"
	"math/rand/v2"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// The vocabulary of random worlds: small, so that selectors and pods often meet.
var (
	worldSpaces   = []string{"shop", "bank", "vault"}
	worldAccounts = []string{"default", "web"}
	worldBlocks   = []string{"0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "203.0.113.0/24", "203.0.113.5/32", "198.51.100.0/24", "::/0"}
	worldTiers    = []string{"", "default", "platform", "late"}
)

// wEntity, wRule, wPolicy, wTier and wSet are objects as a test writes them; what is nil or empty is not written.
type wEntity struct {
	selector, notSelector, namespaceSelector *said
	accounts                                 []string
	nets, notNets                            []string
	ports                                    []int
	service                                  string
}

type wRule struct {
	action, protocol string
	peer, own        wEntity
}

type wPolicy struct {
	namespace, name            string
	selector, spaces, accounts *said
	order                      *float64
	tier                       string
	types                      []string
	rules                      [model.DirectionCount][]wRule
	untracked                  bool
}

type wTier struct {
	name   string
	order  *float64
	passes bool
}

type wSet struct {
	namespace string
	labels    map[string]string
	net       string
}

// wPod is a pod and where it is; an endpoint has no address.
type wPod struct {
	*network.Endpoint
	address string
	// labels are the effective ones.
	labels map[string]string
	// tiers and passes are the policies about the pod, by tier, once somebody has asked for them.
	tiers  [model.DirectionCount][][]*wPolicy
	passes [model.DirectionCount][]bool
}

type world struct {
	pods     []wPod
	policies []wPolicy
	tiers    []wTier
	sets     []wSet
}

// oneTest is a selector that asks one thing, which no pod need satisfy.
func oneTest(r *rand.Rand) said {
	s := said{kind: pick(r, []string{"has", "==", "!=", "in", "not in", "starts with", "contains"}), key: pick(r, []string{"app", "role"})}
	switch s.kind {
	case "has":
	case "in", "not in":
		s.values = []string{"web", pick(r, []string{"api", "db"})}
	case "starts with", "contains":
		s.values = []string{pick(r, []string{"w", "a", "d"})}
	default:
		s.values = []string{pick(r, []string{"web", "api", "db"})}
	}
	return s
}

// worldSelector never holds for all pods unless it says all(): what else would, nobody writes, and the translation need not see.
func worldSelector(r *rand.Rand) *said {
	s := oneTest(r)
	switch r.IntN(8) {
	case 0, 1:
		s = said{kind: "all"}
	case 2:
		s = said{kind: "not", of: []said{{kind: "all"}}}
	case 3:
		s = said{kind: "and", of: []said{s, oneTest(r)}}
	case 4:
		s = said{kind: "==", key: "projectcalico.org/namespace", values: []string{pick(r, worldSpaces)}}
	case 5:
		s = said{kind: "or", of: []said{{kind: "==", key: "app", values: []string{"web"}}, {kind: "==", key: "role", values: []string{"db"}}}}
	}
	return &s
}

func spaceSelector(r *rand.Rand) *said {
	switch r.IntN(6) {
	case 0:
		return &said{kind: "all"}
	case 4:
		return &said{kind: "global"}
	case 1:
		return &said{kind: "not in", key: "projectcalico.org/name", values: []string{pick(r, worldSpaces)}}
	case 2:
		return &said{kind: "==", key: "team", values: []string{pick(r, []string{"blue", "red"})}}
	default:
		return &said{kind: "==", key: "projectcalico.org/name", values: []string{pick(r, worldSpaces)}}
	}
}

func maybe[T any](r *rand.Rand, in int, f func(*rand.Rand) *T) *T {
	if r.IntN(in) > 0 {
		return nil
	}
	return f(r)
}

func randomPeer(r *rand.Rand) (e wEntity) {
	if r.IntN(20) == 0 {
		return wEntity{service: "api"}
	}
	e.selector, e.notSelector, e.namespaceSelector = maybe(r, 3, worldSelector), maybe(r, 9, worldSelector), maybe(r, 3, spaceSelector)
	if r.IntN(9) == 0 {
		e.accounts = []string{pick(r, worldAccounts)}
	}
	if r.IntN(6) == 0 {
		e.nets = []string{pick(r, worldBlocks)}
		if r.IntN(3) == 0 {
			e.nets = append(e.nets, pick(r, worldBlocks))
		}
	}
	if r.IntN(12) == 0 {
		e.notNets = []string{pick(r, worldBlocks[1:])}
	}
	if r.IntN(6) == 0 {
		e.ports = []int{pick(r, []int{80, 443})}
	}
	return e
}

// randomOwn asks something of the policy's own end: what the policy selects by, or anything, or nothing at all, or what no policy here
// selects by.
func randomOwn(r *rand.Rand, p *wPolicy) (e wEntity) {
	switch r.IntN(16) {
	case 0:
		e.selector = p.selector
	case 1:
		e.selector, e.namespaceSelector = &said{kind: "all"}, maybe(r, 2, func(*rand.Rand) *said { return &said{kind: "all"} })
	case 2:
		e.selector = &said{kind: "not", of: []said{{kind: "all"}}}
	case 3:
		e.selector = &said{kind: "has", key: "special"}
	case 4:
		e.notSelector = &said{kind: "has", key: "special"}
	case 5:
		e.nets = []string{pick(r, worldBlocks)}
	case 6, 7, 8:
		e.ports = []int{pick(r, []int{80, 443})}
	}
	return e
}

func randomRules(r *rand.Rand, p *wPolicy) (out []wRule) {
	for range r.IntN(4) {
		rule := wRule{action: pick(r, []string{"Allow", "Allow", "Deny", "Pass", "Log"}), peer: randomPeer(r), own: randomOwn(r, p)}
		if len(rule.peer.ports)+len(rule.own.ports) > 0 || r.IntN(6) == 0 {
			rule.protocol = pick(r, []string{"TCP", "UDP"})
		}
		out = append(out, rule)
	}
	return out
}

func number(r *rand.Rand) *float64 { return new([]float64{-1, 0.5, 10, 10, 1000}[r.IntN(5)]) }

func randomWorld(r *rand.Rand) (w world) {
	spaces := map[string]*network.Namespace{}
	for _, name := range worldSpaces {
		labels := map[string]string{}
		if team := pick(r, []string{"", "blue", "red"}); team != "" {
			labels["team"] = team
		}
		spaces[name] = &network.Namespace{Name: model.Intern(name), Labels: model.NewLabelSet(labels), Known: true}
	}
	for i := range 3 + r.IntN(4) {
		labels := map[string]string{}
		for _, key := range []string{"app", "role"} {
			if value := pick(r, []string{"", "web", "api", "db"}); value != "" {
				labels[key] = value
			}
		}
		if r.IntN(3) == 0 {
			labels["special"] = "yes"
		}
		e := &network.Endpoint{
			Namespace: spaces[pick(r, worldSpaces)], Labels: model.NewLabelSet(labels), ServiceAccount: model.Intern(pick(r, worldAccounts)),
		}
		w.pods = append(w.pods, wPod{Endpoint: e, address: fmt.Sprintf("10.%d.0.%d", r.IntN(3), i+1), labels: effective(e)})
	}
	w.tiers = []wTier{{"platform", number(r), r.IntN(3) == 0}, {"late", nil, r.IntN(2) == 0}}
	for i := range 1 + r.IntN(5) {
		p := wPolicy{name: fmt.Sprint("p", i), selector: maybe(r, 2, worldSelector), order: maybe(r, 2, number), tier: pick(r, worldTiers)}
		if r.IntN(2) == 0 {
			p.namespace = pick(r, worldSpaces)
		} else {
			// global() has no meaning here.
			if p.spaces = maybe(r, 4, spaceSelector); p.spaces != nil && p.spaces.kind == "global" {
				p.spaces = nil
			}
		}
		if r.IntN(8) == 0 {
			p.accounts = &said{kind: "==", key: "projectcalico.org/name", values: []string{pick(r, worldAccounts)}}
		}
		p.types = pick(r, [][]string{nil, {"Ingress"}, {"Egress"}, {"Ingress", "Egress"}})
		p.rules = [model.DirectionCount][]wRule{randomRules(r, &p), randomRules(r, &p)}
		p.untracked = p.namespace == "" && r.IntN(15) == 0
		w.policies = append(w.policies, p)
	}
	for range max(0, r.IntN(4)-1) {
		set := wSet{labels: map[string]string{pick(r, []string{"app", "role"}): pick(r, []string{"web", "api", "db"})}, net: pick(r, worldBlocks[3:6])}
		if r.IntN(2) == 0 {
			set.namespace = pick(r, worldSpaces)
		}
		w.sets = append(w.sets, set)
	}
	return w
}

// objects writes the world's policies and tiers as either group would show them, or both.
func (w *world) objects(r *rand.Rand) (out []*unstructured.Unstructured) {
	groups := pick(r, [][]string{{GroupV3}, {GroupV1}, {GroupV1, GroupV3}, {GroupV3, GroupV1}})
	for _, group := range groups {
		for i := range w.policies {
			out = append(out, w.policies[i].object(r, group))
		}
		for _, t := range w.tiers {
			spec := map[string]any{}
			if t.order != nil {
				spec["order"] = *t.order
			}
			if t.passes {
				spec["defaultAction"] = "Pass"
			}
			out = append(out, raw(group, "Tier", "", t.name, spec))
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func raw(group, kind, namespace, name string, spec map[string]any) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	u.SetAPIVersion(group + map[string]string{GroupV1: "/v1", GroupV3: "/v3"}[group])
	u.SetKind(kind)
	u.SetNamespace(namespace)
	u.SetName(name)
	return u
}
