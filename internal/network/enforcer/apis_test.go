package enforcer

import (
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// TestOf: who enforces NetworkPolicies need not enforce the policies of others.
func TestOf(t *testing.T) {
	by := func(names ...string) Verdict {
		v := Verdict{Enforced: check.Yes}
		for _, name := range names {
			v.Enforcers = append(v.Enforcers, Enforcer{Name: name})
		}
		return v
	}
	for _, tc := range []struct {
		name    string
		verdict Verdict
		kind    model.Kind
		want    check.Answer
	}{
		{"NetworkPolicy by anybody", by("antrea"), model.NetworkPolicies, check.Yes},
		{"Cilium's by Cilium", by("cilium"), model.CiliumNetworkPolicies, check.Yes},
		{"Cilium's by Calico", by("calico"), model.CiliumNetworkPolicies, check.Unknown},
		{"Calico's by Calico beside another", by("kube-router", "calico"), model.CalicoGlobalNetworkPolicies, check.Yes},
		{"Calico's, as stored, by Canal", by("canal"), model.StoredCalicoNetworkPolicies, check.Yes},
		{"AdminNetworkPolicy by OVN-Kubernetes", by("ovn-kubernetes"), model.AdminNetworkPolicies, check.Yes},
		{"ClusterNetworkPolicy by OVN-Kubernetes", by("ovn-kubernetes"), model.ClusterNetworkPolicies, check.Unknown},
		{"anything by somebody whom only the configuration knows", by("our-own"), model.CiliumNetworkPolicies, check.Unknown},
		{"anything by nobody", Verdict{Enforced: check.No}, model.CiliumNetworkPolicies, check.No},
		{"anything where nobody can tell", Verdict{}, model.NetworkPolicies, check.Unknown},
	} {
		if got := tc.verdict.Of(tc.kind); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	names := map[string]bool{}
	for _, n := range Known() {
		names[n.Name] = true
	}
	for name := range others {
		if !names[name] {
			t.Errorf("%s is in no row of the table of networks", name)
		}
	}
}
