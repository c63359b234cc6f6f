package app

import (
	"testing"

	"github.com/go-kit/log"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// TestWhatTheSnapshotHas: a scrape says of its kinds what its numbers were computed from, whatever has become of them meanwhile. The fault
// harness found a kind that nobody served and that was said to be synced: it had been known to be not served, and a moment later nobody knew.
func TestWhatTheSnapshotHas(t *testing.T) {
	// It never runs: of every kind it says now that nobody knows.
	v := viewer{set: informers.New(informers.Files{}, nil, log.NewNopLogger(), func(string, string) {})}
	taken := &posture.Snapshot{}
	taken.Have[model.CiliumNetworkPolicies], taken.Versions[model.CiliumNetworkPolicies] = true, posture.NotServed
	taken.Have[model.ClusterNetworkPolicies], taken.Versions[model.ClusterNetworkPolicies] = true, "7"
	taken.Objects[model.ClusterNetworkPolicies] = 3
	said := make(map[string]bool)
	for _, i := range v.informers(taken) {
		said[i.Resource] = true
		read := i.Resource == model.ClusterNetworkPolicies.String()
		if i.Synced != read || read && (i.Objects != 3 || i.Version != 7) {
			t.Errorf("%+v", i)
		}
	}
	if len(said) != len(informers.Table())-1 || said[model.CiliumNetworkPolicies.String()] {
		t.Errorf("said of %v", said)
	}
}
