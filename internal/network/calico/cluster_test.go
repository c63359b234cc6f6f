package calico

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// shown makes a policy as one of the groups shows it.
func shown(t *testing.T, group, kind, namespace, name, tier string) Object {
	t.Helper()
	spec := map[string]any{}
	if tier != "" {
		spec["tier"] = tier
	}
	return Project(raw(group, kind, namespace, name, spec))
}

func TestMerge(t *testing.T) {
	const np, gnp = "NetworkPolicy", "GlobalNetworkPolicy"
	for _, c := range []struct {
		name     string
		old, new []string
		want     string
	}{
		{"nothing", nil, nil, ""},
		{"storage alone", []string{"shop/default.a", "shop/platform.b@platform"}, nil, "v1 shop/default.a, v1 shop/platform.b"},
		{"the newer alone", nil, []string{"shop/a", "shop/platform.b@platform"}, "v3 shop/a, v3 shop/platform.b"},
		{"both, the default tier's name in front in storage", []string{"shop/default.a"}, []string{"shop/a"}, "v3 shop/a"},
		{"both, the default tier written out", []string{"shop/default.a@default"}, []string{"shop/a@default"}, "v3 shop/a"},
		{"both, names alike as since Calico 3.32", []string{"shop/a", "shop/default.a"}, []string{"shop/default.a", "shop/a"}, "v3 shop/default.a, v3 shop/a"},
		{"both, of another tier", []string{"shop/platform.b@platform"}, []string{"shop/platform.b@platform"}, "v3 shop/platform.b"},
		{"both, global", []string{"default.a", "platform.b@platform"}, []string{"a", "platform.b@platform"}, "v3 a, v3 platform.b"},
		{"another namespace", []string{"shop/default.a"}, []string{"bank/a"}, "v1 shop/default.a, v3 bank/a"},
		{"another kind", []string{"default.a"}, []string{"shop/a"}, "v1 default.a, v3 shop/a"},
		{"a tier's policy that sounds like the default tier's", []string{"shop/default.a@platform"}, []string{"shop/a"}, "v1 shop/default.a, v3 shop/a"},
		{"the newer group shows but the tiers that one may see", []string{"default.a", "secret.b@secret"}, []string{"a"}, "v1 secret.b, v3 a"},
	} {
		var all []Object
		for i, names := range [][]string{c.old, c.new} {
			for _, name := range names {
				name, tier, _ := strings.Cut(name, "@")
				namespace, rest, ok := strings.Cut(name, "/")
				kind := np
				if !ok {
					kind, namespace, rest = gnp, "", name
				}
				all = append(all, shown(t, [...]string{GroupV1, GroupV3}[i], kind, namespace, rest, tier))
			}
		}
		var got []string
		for _, o := range Merge(all) {
			text := strings.TrimPrefix(o.Policy.Source.Namespace+"/"+o.Policy.Source.Name, "/")
			got = append(got, map[string]string{GroupV1: "v1 ", GroupV3: "v3 "}[o.group]+text)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %s, want %s", c.name, strings.Join(got, ", "), c.want)
		}
	}
}

func TestTiers(t *testing.T) {
	tier := func(group, name string, spec map[string]any) Tier {
		out, ok := ProjectTier(raw(group, "Tier", "", name, spec))
		if !ok {
			t.Fatalf("%s: not a tier", name)
		}
		return out
	}
	got := NewTiers(
		tier(GroupV3, "platform", map[string]any{"order": int64(100), "defaultAction": "Pass"}),
		tier(GroupV1, "platform", map[string]any{"order": int64(7)}),
		tier(GroupV1, "late", map[string]any{}),
		tier(GroupV1, "half", map[string]any{"order": 0.5, "defaultAction": "Deny"}),
		tier(GroupV1, "half", map[string]any{"order": 1.5, "defaultAction": "Maybe"}),
		tier(GroupV1, "broken", map[string]any{"order": "first"}),
		tier(GroupV1, "default", map[string]any{"order": "first"}),
		tier(GroupV3, "kube-admin", map[string]any{"order": 500.0, "defaultAction": "Pass"}),
	)
	want := Tiers{
		"default":                    {Name: "default", Order: 1e6},
		"kube-admin":                 {Name: "kube-admin", Order: 500, Passes: true, group: GroupV3},
		"kube-baseline":              {Name: "kube-baseline", Order: 1e7, Passes: true},
		"adminnetworkpolicy":         {Name: "adminnetworkpolicy", Order: 1e3, Passes: true},
		"baselineadminnetworkpolicy": {Name: "baselineadminnetworkpolicy", Order: 1e7, Passes: true},
		"platform":                   {Name: "platform", Order: 100, Passes: true, group: GroupV3},
		"late":                       {Name: "late", Order: math.Inf(1), group: GroupV1},
		"half":                       {Name: "half", Order: 1.5, group: GroupV1},
		"broken":                     {Name: "broken", Order: math.Inf(1), Invalid: "spec.order: is not a number: correct it", group: GroupV1},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Tier{}), cmpopts.IgnoreFields(Tier{}, "Namespaced")); diff != "" {
		t.Errorf("tiers (-want +got):\n%s", diff)
	}
	for _, u := range objects(t, written("NetworkPolicy", "shop", "p", "  {}")+"\n---\napiVersion: example.com/v1\nkind: Tier\nmetadata: {name: t}") {
		if _, ok := ProjectTier(u); ok {
			t.Errorf("%s is a tier", u.GroupVersionKind())
		}
	}
}

func TestPoliciesAndTheirTiers(t *testing.T) {
	c := Cluster{Tiers: NewTiers(Tier{Name: "platform", Order: 100, Passes: true}, Tier{Name: "broken", Order: 5, Invalid: "its order is odd"})}
	for _, x := range []struct {
		tier, invalid    string
		order            float64
		passes, isolates bool
	}{
		{tier: "", order: 1e6, isolates: true},
		{tier: "platform", order: 100, passes: true},
		{tier: "gone", order: math.Inf(-1), invalid: `tier "gone": there is no such tier, or it may not be listed: create it, or allow it to be listed`},
		{tier: "broken", order: math.Inf(-1), invalid: `tier "broken": its order is odd`},
	} {
		o := shown(t, GroupV3, "GlobalNetworkPolicy", "", "p", x.tier)
		before := o.Policy
		for _, c.NoNetworkSets = range []bool{false, true} {
			p, ok := c.Policy(&o)
			if !ok || p.Invalid != x.invalid || p.TierOrder != x.order || p.TierPasses != x.passes || p.Sides[0].Isolates != x.isolates || !p.Sides[0].Applies {
				t.Errorf("tier %q: %t %+v", x.tier, ok, p)
			}
		}
		if o.Policy.Sides[0].Isolates != before.Sides[0].Isolates || o.Policy.TierOrder != 0 {
			t.Errorf("tier %q: the object has changed", x.tier)
		}
	}
	// A policy that cannot be read for another reason keeps that.
	o := Project(object(t, written("GlobalNetworkPolicy", "", "p", "  tier: gone\n  selector: =")))
	if p, _ := c.Policy(&o); !strings.HasPrefix(p.Invalid, "spec.selector: column 1") || !math.IsInf(p.TierOrder, -1) {
		t.Errorf("%+v", p)
	}
}

func TestResources(t *testing.T) {
	var got []string
	for _, r := range Resources() {
		got = append(got, r.GroupVersion().String()+" "+r.Resource)
	}
	want := []string{
		"projectcalico.org/v3 networkpolicies", "projectcalico.org/v3 globalnetworkpolicies", "projectcalico.org/v3 tiers",
		"crd.projectcalico.org/v1 networkpolicies", "crd.projectcalico.org/v1 globalnetworkpolicies", "crd.projectcalico.org/v1 tiers",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConsideredIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Considered() {
		if f.Name == "" || f.Treatment == "" || seen[f.Name] || strings.ContainsAny(f.Name+f.Treatment, "|\n") {
			t.Errorf("%+v", f)
		}
		seen[f.Name] = true
	}
}
