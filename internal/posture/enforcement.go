package posture

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
)

// enforcement tells who enforces network policies. It returns false when a kind that tells cannot be listed.
func enforcement(s *Snapshot, said stated) (enforcer.Verdict, bool) {
	if !s.has(model.DaemonSets, model.Nodes) {
		return enforcer.Verdict{}, false
	}
	facts := enforcer.Facts{Groups: s.Groups, Stated: said.name, Trusted: said.namespaces}
	for kind, n := range s.Objects {
		// Where nobody can be asked what is served, what is there tells.
		if _, group, extra := strings.Cut(model.Kind(kind).String(), "."); extra && n > 0 {
			facts.Groups = append(slices.Clip(facts.Groups), group)
		}
	}
	torn := false
	for _, d := range s.DaemonSets {
		torn = torn || d.Broken
		if d.Tells {
			facts.DaemonSets = append(facts.DaemonSets, d.DaemonSet)
		}
	}
	facts.Nodes = make([]enforcer.Node, 0, len(s.Nodes))
	for _, n := range s.Nodes {
		torn = torn || n.Broken
		facts.Nodes = append(facts.Nodes, enforcer.Node{Name: n.Name(), Labels: n.Labels, Annotations: n.Annotations, KubeletVersion: n.Version})
	}
	v := enforcer.Judge(&facts)
	if v.Enforced == check.No && said.name == "" && (torn || s.Groups == nil) {
		v.Enforced = check.Unknown
		v.Notes = append(v.Notes, "not everything that could tell of an enforcer can be read")
	}
	return v, true
}
