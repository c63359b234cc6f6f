package posture

import (
	"slices"
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
)

// TestRememberedByObjects: a bookmark, which advances a kind's version, discards nothing; an object
// that was replaced discards what was made of it, and nothing else.
func TestRememberedByObjects(t *testing.T) {
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	settings := NewSettings(set, Options{})
	meta := func(namespace, name string) model.Namespaced {
		return model.Namespaced{Meta: model.NewMeta(namespace, name), Version: 1}
	}
	policy := func(name string) *network.Object {
		return &network.Object{Namespaced: meta("a", name), Kind: model.NetworkPolicies, Policies: []network.Policy{{Neighbors: new(model.Selector)}}}
	}
	s := &Snapshot{
		Namespaces: []*model.Namespace{{Namespaced: meta("", "a"), Self: model.Intern("a"), Labels: model.NewLabelSet(nil)}},
		Policies:   []*network.Object{policy("p"), policy("q")},
		Roles:      []*model.Role{{Namespaced: meta("a", "r")}, {Namespaced: meta("a", "s")}},
		Bindings:   []*model.Binding{{Namespaced: meta("a", "b"), RoleKind: "Role", RoleName: "r"}},
	}
	for k := range s.Have {
		s.Have[k] = true
	}
	var e Engine
	compute := func(what string, sameRBAC, samePolicies bool) {
		t.Helper()
		rbac, policies := e.model, e.isolation
		e.Compute(s, settings, time.Time{}, nil)
		if got := e.model == rbac; got != sameRBAC {
			t.Errorf("%s: the RBAC model is the same: %t", what, got)
		}
		if got := policies != nil && e.isolation.model == policies.model; got != samePolicies {
			t.Errorf("%s: what policies say is the same: %t", what, got)
		}
	}
	compute("at first", false, false)
	compute("unchanged", true, true)
	for k := range s.Versions {
		s.Versions[k] = "9"
	}
	compute("a bookmark", true, true)
	s.Policies, s.Roles = slices.Clone(s.Policies), slices.Clone(s.Roles)
	slices.Reverse(s.Policies)
	slices.Reverse(s.Roles)
	compute("another order", true, true)
	s.Policies[0] = policy("p")
	compute("a policy of the same version, as after a restored backup", true, false)
	s.Bindings = []*model.Binding{{Namespaced: meta("a", "b"), RoleKind: "Role", RoleName: "s"}}
	compute("a binding of the same version", false, true)
	s.Policies = s.Policies[:1]
	compute("a policy less", true, false)
	s.Have[model.RoleBindings], s.Bindings = false, nil
	compute("no bindings", false, true)
}
