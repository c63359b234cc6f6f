package network_test

import (
	"fmt"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// String writes the world down for whoever has to find out why it is judged differently.
func (w *world) String() string {
	var b strings.Builder
	for _, ns := range w.namespaces {
		fmt.Fprintf(&b, "namespace %s known=%t labels=%v unlabeled=%t\n", model.Text(ns.Name), ns.Known, model.Labels(ns.Labels), w.unlabeled[ns])
	}
	for i, e := range w.endpoints {
		fmt.Fprintf(&b, "endpoint %d in %s labels=%v account=%s\n", i, model.Text(e.Namespace.Name), model.Labels(e.Labels), model.Text(e.ServiceAccount))
	}
	for _, p := range w.policies {
		fmt.Fprintf(&b, "policy %s engine=%d stage=%d tier=%s/%v/%t order=%v selects=%s invalid=%q\n",
			p.Source.Name, p.Engine, p.Stage, p.Tier, p.TierOrder, p.TierPasses, p.Order, show(p.Selects), p.Invalid)
		for d, s := range p.Sides {
			fmt.Fprintf(&b, "  %s isolates=%t applies=%t\n", model.Direction(d), s.Isolates, s.Applies)
			for _, r := range s.Rules {
				fmt.Fprintf(&b, "    action=%d everyone=%t outside=%d inside=%d someports=%t unclear=%t", r.Action, r.Everyone, r.Outside, r.Inside, r.SomePorts, r.Unclear)
				for _, m := range r.Pods {
					fmt.Fprintf(&b, " %s", show(m))
				}
				fmt.Fprintln(&b)
			}
		}
	}
	return b.String()
}

func show(m network.Matcher) string {
	if k, ok := m.(network.Keyed); ok {
		return fmt.Sprintf("{%s}", model.Text(k.Key()))
	}
	return fmt.Sprintf("%T%v", m, m)
}
