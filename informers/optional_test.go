package informers_test

import (
	"errors"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// TestNotServed: a kind that is not served is known to be empty, and there once it is served.
func TestNotServed(t *testing.T) {
	t.Parallel()
	s := newScripted()
	s.hidden[model.CiliumNetworkPolicies] = true
	set, _ := start(t, s)
	await(t, "ready", set.Ready)
	if got := state(set, model.CiliumNetworkPolicies); got.Status != informers.NotServed {
		t.Errorf("state %+v", got)
	}
	if snap := set.Snapshot(); !snap.Have[model.CiliumNetworkPolicies] || snap.Versions[model.CiliumNetworkPolicies] == "" {
		t.Error("nobody knows that there are no objects of a kind that is not served")
	}
	s.set(func() { delete(s.hidden, model.CiliumNetworkPolicies) })
	await(t, "the kind to be listed", func() bool { return state(set, model.CiliumNetworkPolicies).Status == informers.Synced })
}

// TestPuzzled: a source that cannot say whether it serves a kind keeps nothing waiting, and nothing is known of the kind until it can.
func TestPuzzled(t *testing.T) {
	t.Parallel()
	s := newScripted()
	s.puzzled[model.CalicoNetworkPolicies] = errors.New("the server is currently unable to handle the request")
	set, errs := start(t, s)
	await(t, "ready", set.Ready)
	if got := state(set, model.CalicoNetworkPolicies); got.Status != informers.Unavailable || got.Reason != "network" {
		t.Errorf("state %+v", got)
	}
	if set.Snapshot().Have[model.CalicoNetworkPolicies] {
		t.Error("nothing is known of the kind, and the snapshot has it")
	}
	if errorsOf(errs, model.CalicoNetworkPolicies.String()+" network") == 0 {
		t.Error("the error was not counted")
	}
	s.set(func() { delete(s.puzzled, model.CalicoNetworkPolicies) })
	await(t, "the kind to be listed", func() bool { return state(set, model.CalicoNetworkPolicies).Status == informers.Synced })
}
