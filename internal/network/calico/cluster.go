package calico

import (
	"fmt"
	"math"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// Resources are what must be listed to know Calico's policies, of each group that is served. Staged kinds are not enforced, so nothing
// is asked of them.
func Resources() []schema.GroupVersionResource {
	var out []schema.GroupVersionResource
	for _, gv := range [...]schema.GroupVersion{{Group: GroupV3, Version: "v3"}, {Group: GroupV1, Version: "v1"}} {
		for _, plural := range [...]string{"networkpolicies", "globalnetworkpolicies", "tiers"} {
			out = append(out, gv.WithResource(plural))
		}
	}
	return out
}

// Cluster is what else decides what a policy does.
type Cluster struct {
	// Tiers are the cluster's; make them with NewTiers. A policy of a tier that is not there is Invalid.
	Tiers Tiers
	// NoNetworkSets says that somebody has looked and found neither a NetworkSet nor a GlobalNetworkSet, so that selectors match pods
	// alone. Otherwise the selectors of a rule are taken to match some addresses outside of the cluster.
	NoNetworkSets bool
}

// unplaced is the Order, or the TierOrder, of a policy of which nobody knows when it is asked.
func unplaced() float64 { return math.Inf(-1) }

// Policies returns the policies among the objects, each once although both groups show it.
func (c *Cluster) Policies(objects []Object) []network.Policy {
	var out []network.Policy
	for _, o := range Merge(objects) {
		if p, ok := c.Policy(&o); ok {
			out = append(out, p)
		}
	}
	return out
}

// Policy returns an object's policy with what its tier says of it; it returns false for one that decides nothing about pods.
func (c *Cluster) Policy(o *Object) (network.Policy, bool) {
	if o.Ignored != "" {
		return network.Policy{}, false
	}
	p := o.Policy
	if c.NoNetworkSets {
		p.Sides = o.withoutSets
	}
	tier, ok := c.Tiers[p.Tier]
	problem := tier.Invalid
	if !ok {
		problem = "there is no such tier, or it may not be listed: create it, or allow it to be listed"
	}
	if problem != "" {
		p.Order, tier.Order = unplaced(), unplaced()
		if p.Invalid == "" {
			p.Invalid = fmt.Sprintf("tier %q: %s", p.Tier, problem)
		}
	}
	p.TierOrder, p.TierPasses = tier.Order, tier.Passes
	for d := range p.Sides {
		side := &p.Sides[d]
		side.Isolates = side.Applies && !tier.Passes
		if p.Invalid != "" {
			*side = network.Side{Applies: side.Applies}
		}
	}
	return p, true
}

// Merge returns the objects without the copies that the older group shows of what the newer shows too. The names may differ: storage has
// long put the default tier's name before those of its policies, and the newer group has not.
func Merge(objects []Object) []Object {
	newer := map[network.Source]bool{}
	for i := range objects {
		if objects[i].group == GroupV3 {
			newer[objects[i].Policy.Source] = true
		}
	}
	out := make([]Object, 0, len(objects))
	for i := range objects {
		o := &objects[i]
		source := o.Policy.Source
		if o.group == GroupV1 {
			if newer[source] {
				continue
			}
			if name, ok := strings.CutPrefix(source.Name, network.DefaultTier+"."); ok && o.Policy.Tier == network.DefaultTier {
				source.Name = name
				if newer[source] {
					continue
				}
			}
		}
		out = append(out, *o)
	}
	return out
}

// Policies translates everything that was listed of a cluster, tiers among it.
func Policies(objects []*unstructured.Unstructured) []network.Policy {
	var projected []Object
	var tiers []Tier
	for _, u := range objects {
		if tier, ok := ProjectTier(u); ok {
			tiers = append(tiers, tier)
		} else {
			projected = append(projected, Project(u))
		}
	}
	c := Cluster{Tiers: NewTiers(tiers...)}
	return c.Policies(projected)
}
