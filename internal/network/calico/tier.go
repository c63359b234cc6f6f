package calico

import (
	"math"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// Tier is a projected Tier.
type Tier struct {
	// Namespaced is the object itself, for a store; ProjectTier leaves it to whoever has one.
	model.Namespaced
	Name string
	// Order ranks tiers; infinite for one that has none.
	Order float64
	// Passes says that the tier's end leaves traffic to the next tier. Otherwise it denies what the tier has not decided, to pods that a
	// policy of the tier selects.
	Passes bool
	// Invalid says why the tier cannot be understood.
	Invalid string

	group string
}

// ProjectTier reduces a Tier; it returns false for any other object.
func ProjectTier(u *unstructured.Unstructured) (Tier, bool) {
	gvk := u.GroupVersionKind()
	if gvk.Group != GroupV1 && gvk.Group != GroupV3 || gvk.Kind != "Tier" {
		return Tier{}, false
	}
	tier := Tier{Name: strings.Clone(u.GetName()), Order: math.Inf(1), group: strings.Clone(gvk.Group)}
	var r reader
	spec, _ := r.object(fields{of: u.Object}, "spec")
	if order, ok := r.number(spec, "order"); ok {
		tier.Order = order
	}
	// Calico takes anything but Pass for Deny.
	tier.Passes = strings.EqualFold(r.text(spec, "defaultAction"), "Pass")
	if r.err != nil {
		tier.Invalid = r.err.Error()
	}
	return tier, true
}

// UnreadTier is a Tier of which nobody knows more than the name.
func UnreadTier(group, name, why string) Tier {
	return Tier{Name: name, Order: unplaced(), Invalid: why, group: group}
}

// Tiers are the tiers of a cluster by their names.
type Tiers map[string]Tier

// NewTiers makes a table of tiers: those given, each once although both groups show it, and those that every Calico has. What cannot be
// read of the latter is what Calico gives them.
func NewTiers(tiers ...Tier) Tiers {
	out := Tiers{}
	for _, t := range [...]Tier{
		{Name: network.DefaultTier, Order: network.DefaultTierOrder},
		{Name: "kube-admin", Order: network.AdminTierOrder, Passes: true},
		{Name: "kube-baseline", Order: network.BaselineTierOrder, Passes: true},
		// What the two were called before ClusterNetworkPolicy.
		{Name: "adminnetworkpolicy", Order: network.AdminTierOrder, Passes: true},
		{Name: "baselineadminnetworkpolicy", Order: network.BaselineTierOrder, Passes: true},
	} {
		out[t.Name] = t
	}
	for _, t := range tiers {
		before, known := out[t.Name]
		if known && t.Invalid != "" || before.group == GroupV3 && t.group != GroupV3 {
			continue
		}
		out[t.Name] = t
	}
	return out
}
