package clusterpolicy

import (
	"net/netip"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

var peersField = [model.DirectionCount]string{model.Ingress: "from", model.Egress: "to"}

// rules reads the rules for a direction. One rule of the policy can become two of the model, which decide alike and follow each other.
func (t *translator) rules(spec section, d model.Direction) (out []network.Rule) {
	for _, s := range t.sections(spec, d.String()) {
		out = append(out, t.rule(s, d)...)
	}
	return out
}

func (t *translator) rule(s section, d model.Direction) []network.Rule {
	r := network.Rule{Action: t.action(s), SomePorts: t.restricted(s)}
	// What an unknown field asks for, nobody here knows.
	r.Unclear = s.foreign(append([]string{"name", "action", peersField[d]}, t.ports...)...) != ""
	list := t.sections(s, peersField[d])
	if len(list) == 0 {
		t.fail("%s: is missing or empty: name a peer", s.at(peersField[d]))
	}
	var p peers
	for _, peer := range list {
		t.peer(&p, peer, d)
	}
	return p.rules(r)
}

func (t *translator) action(s section) network.Action {
	switch action := t.text(s, "action"); {
	case action == t.allow:
		return network.Allow
	case action == "Deny":
		return network.Deny
	case action == "Pass" && t.pass:
		return network.Pass
	case t.pass:
		t.fail("%s: is %q: set it to %s, Deny or Pass", s.at("action"), action, t.allow)
	default:
		t.fail("%s: is %q: set it to %s or Deny", s.at("action"), action, t.allow)
	}
	return network.Deny
}

// restricted says whether the rule is about some traffic only. Even all ports of all protocols that can be named are not all traffic.
func (t *translator) restricted(s section) bool {
	some := false
	for _, key := range t.ports {
		if s.has(key) {
			if some = true; len(t.sections(s, key)) == 0 {
				t.fail("%s: is empty: leave it out or list something", s.at(key))
			}
		}
	}
	return some
}

// peers are those of one rule; any of them matches.
type peers struct {
	pods     []network.Matcher
	networks []netip.Prefix
	// nodes says that there are nodes among them: addresses of the cluster that no pod in reach of a policy has.
	nodes bool
	// names says that there are domain names: nobody knows whose addresses they are.
	names bool
	// foreign says that there is a peer of a kind that is not known here, or of none at all.
	foreign bool
}

// peer reads one peer. Exactly one field must be set. When none is, the API has implementations take it for a kind of peer that they
// are too old for.
func (t *translator) peer(p *peers, s section, d model.Direction) {
	known, kind := 0, ""
	for _, key := range t.peers[d] {
		if s.has(key) {
			known, kind = known+1, key
		}
	}
	switch {
	case s.foreign(t.peers[d]...) != "" || known == 0:
		p.foreign = true
		return
	case known > 1:
		t.fail("%s: has several kinds of peers: make one peer of each", s.path)
		return
	}
	switch kind {
	case "nodes":
		t.selector(s, kind)
		p.nodes = true
	case "networks":
		p.networks = append(p.networks, t.prefixes(s, kind)...)
	case "domainNames":
		t.texts(s, kind)
		p.names = true
	default:
		if m := t.selected(s); m != nil {
			p.pods = append(p.pods, m)
		}
	}
}

// matcher joins selectors; nil ones are not asked.
func (t *translator) matcher(s section, namespaces, pods *metav1.LabelSelector) network.Matcher {
	m, err := network.Peers(namespaces, pods)
	if err != nil {
		t.fail("%s: %w: correct the selector", s.path, err)
		return nil
	}
	return m
}

// rules writes the rule down: its clear peers first, then those that nobody can tell.
func (p *peers) rules(r network.Rule) []network.Rule {
	if p.foreign {
		return p.closed(r)
	}
	unclear := r
	unclear.Unclear = true
	if r.Everyone = everyAddress(p.networks, r.Action); r.Everyone {
		return []network.Rule{r}
	}
	r.Pods = p.pods
	r.Inside, r.Outside = inside(p.networks), outside(p.networks)
	switch {
	case !p.names:
		return []network.Rule{r}
	case len(p.pods)+len(p.networks) == 0 && !p.nodes:
		return []network.Rule{unclear}
	default:
		return []network.Rule{r, unclear}
	}
}

// closed is a rule with a peer that is not known here. Nor may it be to an implementation, which must then fail closed: it ignores the rule
// if it accepts, and denies everyone if it does anything else. So nobody can tell what any peer of it matches, nor that it passes.
func (p *peers) closed(r network.Rule) []network.Rule {
	r.Unclear = true
	if r.Action != network.Pass {
		return []network.Rule{r}
	}
	deny := r
	deny.Action = network.Deny
	return []network.Rule{deny, r}
}
