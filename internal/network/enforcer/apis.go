package enforcer

import (
	"slices"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// others are the kinds beside Kubernetes' own NetworkPolicy that a network is known to enforce. What it enforces in some versions only, when
// switched on, or in part is not listed: nobody knows then.
var others = map[string][]model.Kind{
	"calico": calicoKinds,
	"canal":  calicoKinds,
	"cilium": {model.CiliumNetworkPolicies, model.CiliumClusterwideNetworkPolicies},
	// https://docs.okd.io/latest/networking/network_security/network-policy-apis.html
	"ovn-kubernetes": {model.AdminNetworkPolicies, model.BaselineAdminNetworkPolicies},
}

var calicoKinds = []model.Kind{
	model.CalicoNetworkPolicies, model.CalicoGlobalNetworkPolicies, model.StoredCalicoNetworkPolicies, model.StoredCalicoGlobalNetworkPolicies,
}

// Of says whether policies of a kind are enforced: that somebody enforces NetworkPolicies does not mean that they enforce others.
func (v *Verdict) Of(kind model.Kind) check.Answer {
	if v.Enforced != check.Yes || kind == model.NetworkPolicies {
		return v.Enforced
	}
	for _, e := range v.Enforcers {
		if slices.Contains(others[e.Name], kind) {
			return check.Yes
		}
	}
	return check.Unknown
}
