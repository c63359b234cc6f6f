package posture

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
)

// PodNetwork is what the network policies make of one pod, for a person.
type PodNetwork struct {
	Namespace, Pod string
	// HostNetwork and Finished say that no policy holds the pod, Unreadable that it could not be decoded; nothing else is said then.
	HostNetwork, Finished, Unreadable bool
	// TooManyLabels is set when the pod's labels are more than model.MaxLabelsSize bytes, so that
	// which policies select it is unknown; nothing else is said then.
	TooManyLabels bool
	// Directions explain the verdict for each.
	Directions [model.DirectionCount]network.Explanation
	// Enforcement tells who enforces; Told is false when a kind that tells cannot be listed.
	Enforcement enforcer.Verdict
	Told        bool
	// Missing are the kinds of policies that cannot be listed.
	Missing []string
}

// ExplainNetwork explains what the network policies make of a pod. It returns an error when there is no such pod, or when the pods, the
// namespaces or the NetworkPolicies cannot be listed.
func ExplainNetwork(s *Snapshot, namespace, name string, settings *Settings) (*PodNetwork, error) {
	for _, k := range []model.Kind{model.Pods, model.Namespaces, model.NetworkPolicies} {
		if !s.Have[k] {
			return nil, fmt.Errorf("%s cannot be listed: nothing can be said without them", k)
		}
	}
	at := slices.IndexFunc(s.Pods, func(p *model.Pod) bool { return p.Name() == name && p.Namespace() == namespace })
	if at < 0 {
		return nil, fmt.Errorf("there is no pod %s/%s%s", namespace, name, similar(s, namespace, name))
	}
	pod := s.Pods[at]
	out := &PodNetwork{
		Namespace: namespace, Pod: name, HostNetwork: pod.Is(model.HostNetwork), Finished: !pod.Is(model.Judged), Unreadable: pod.Is(model.BrokenPod),
	}
	out.TooManyLabels = pod.Of().Labels == model.TooManyLabels()
	out.Enforcement, out.Told = enforcement(s, settings.enforcer)
	for _, k := range isolationKinds {
		if !s.Have[k] {
			out.Missing = append(out.Missing, k.String())
		}
	}
	pods := make([]alike, len(s.Pods))
	for i, p := range s.Pods {
		pods[i].pod = p
	}
	i := isolate(network.Never, s, pods, nil, maphash.MakeSeed())
	if id := i.ids[at]; id != nobody {
		out.Directions = i.model.Explain(id)
	}
	return out, nil
}

// similar names pods of the namespace whose names begin alike: a person rarely knows the random end of one.
func similar(s *Snapshot, namespace, name string) string {
	var names []string
	there := false
	for _, p := range s.Pods {
		if p.Namespace() != namespace {
			continue
		}
		there = true
		if strings.HasPrefix(p.Name(), name) {
			names = append(names, p.Name())
		}
	}
	const few = 5
	slices.Sort(names)
	switch {
	case !there:
		return ": there is no pod in the namespace at all"
	case len(names) == 0:
		return ""
	case len(names) > few:
		return fmt.Sprintf("; did you mean %s, or one of %d others?", strings.Join(names[:few], ", "), len(names)-few)
	default:
		return "; did you mean " + strings.Join(names, " or ") + "?"
	}
}
