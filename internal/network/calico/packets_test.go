package calico

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/json"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// packet is what the data plane decides about. A side without a pod is outside of the cluster.
type packet struct {
	address  [2]string
	pod      [2]*wPod
	protocol string
	port     [2]int
}

// packets says whether any of some packets gets through: a connection can be opened.
func (w *world) packets(from, to *wPod) bool {
	sources := []string{"192.0.2.1", "203.0.113.5", "203.0.113.9", "198.51.100.1"}
	if from != nil {
		sources = []string{from.address}
	}
	for _, source := range sources {
		for _, protocol := range []string{"TCP", "UDP"} {
			for _, port := range [][2]int{{40000, 80}, {40000, 443}, {40000, 9}, {80, 80}, {443, 9}} {
				p := packet{[2]string{source, to.address}, [2]*wPod{from, to}, protocol, port}
				if (from == nil || w.decide(from, model.Egress, &p)) && w.decide(to, model.Ingress, &p) {
					return true
				}
			}
		}
	}
	return false
}

// decide is what the data plane does at one end of a packet.
func (w *world) decide(pod *wPod, d model.Direction, p *packet) bool {
	tiers, passes := w.asked(pod, d)
	for i, list := range tiers {
		allowed, goesOn := through(list, d, passes[i], func(rule *wRule, policy *wPolicy) degree {
			peer, own := 0, 1
			if d == model.Egress {
				peer, own = 1, 0
			}
			if (rule.protocol == "" || rule.protocol == p.protocol) && w.side(&rule.peer, policy, p, peer) && w.side(&rule.own, policy, p, own) {
				return full
			}
			return none
		})
		if allowed || !goesOn {
			return allowed
		}
	}
	return true
}

// side says whether one end of a packet is what an entity asks for.
func (w *world) side(e *wEntity, p *wPolicy, of *packet, end int) bool {
	address, pod := of.address[end], of.pod[end]
	switch {
	case e.service != "":
		return pod != nil && pod.labels["app"] == e.service
	case !e.meets(address) || len(e.ports) > 0 && !slices.Contains(e.ports, of.port[end]):
		return false
	case !e.hasSelectors():
		return true
	}
	positive := e.selector != nil || e.namespaceSelector != nil || e.accounts != nil || p.namespace != ""
	return (!positive || w.among(address, pod, func(l map[string]string) bool { return e.positive(p, l) })) &&
		(e.notSelector == nil || !w.among(address, pod, e.notSelector.means))
}

// positive says whether a resource with these labels is one that the entity selects.
func (e *wEntity) positive(p *wPolicy, labels map[string]string) bool {
	space, inSpace := labels["projectcalico.org/namespace"]
	switch {
	case e.namespaceSelector != nil && e.namespaceSelector.kind == "all":
		if !inSpace {
			return false
		}
	case e.namespaceSelector != nil && e.namespaceSelector.kind == "global":
		if inSpace {
			return false
		}
	case e.namespaceSelector != nil:
		if !e.namespaceSelector.prefixed("pcns.").means(labels) {
			return false
		}
	case p.namespace != "" && space != p.namespace:
		return false
	}
	return (e.selector == nil || e.selector.means(labels)) &&
		(e.accounts == nil || slices.Contains(e.accounts, labels["projectcalico.org/serviceaccount"]))
}

// among says whether an address is one of a resource that is selected: of the pod, or of a network set that holds it.
func (w *world) among(address string, pod *wPod, is func(map[string]string) bool) bool {
	if pod != nil && is(pod.labels) {
		return true
	}
	for _, set := range w.sets {
		labels := map[string]string{}
		for k, v := range set.labels {
			labels[k] = v
		}
		if set.namespace != "" {
			labels["projectcalico.org/namespace"], labels["pcns.projectcalico.org/name"] = set.namespace, set.namespace
		}
		if netip.MustParsePrefix(set.net).Contains(netip.MustParseAddr(address)) && is(labels) {
			return true
		}
	}
	return false
}

// show writes the world out, for the reader of a failure.
func (w *world) show() string {
	var out []string
	for i, p := range w.pods {
		out = append(out, fmt.Sprintf("pod %d %s %v", i, p.address, p.labels))
	}
	for _, t := range w.tiers {
		out = append(out, fmt.Sprintf("tier %s %v passes %t", t.name, orderOf(t.order), t.passes))
	}
	for i := range w.policies {
		text, _ := json.Marshal(w.policies[i].object(rand.New(rand.NewPCG(1, 1)), GroupV3).Object)
		out = append(out, string(text))
	}
	return strings.Join(append(out, fmt.Sprintf("sets %+v", w.sets)), "\n")
}
