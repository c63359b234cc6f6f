package informers_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// TestStale: a kind of which the source says nothing is listed anew, and when that does not help it is absent, until it does. What the
// clock says meanwhile makes no difference.
func TestStale(t *testing.T) {
	t.Parallel()
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newScripted()
	s.pods = 3
	s.hidden[model.CiliumNetworkPolicies] = true
	set, errs := start(t, s, informers.StaleAfter(8*time.Second), informers.Clock(func() time.Time { return clock }))
	await(t, "sync", func() bool { return set.Ready() && len(set.Snapshot().Pods) == 3 })

	s.set(func() { s.pods = 4 }) // of which no watch tells
	await(t, "the silent watch to be given up", func() bool { return errorsOf(errs, "pods stalled") > 0 })
	await(t, "the new list", func() bool {
		snap := set.Snapshot()
		if !snap.Have[model.Pods] {
			t.Fatal("absent, although lists are answered")
		}
		return len(snap.Pods) == 4
	})
	if got := state(set, model.Pods).LastEvent; !got.Equal(clock) {
		t.Errorf("the last event is of %s, want %s", got, clock)
	}

	away := errors.New("no answer")
	s.set(func() { s.refuse[model.Pods], s.puzzled[model.CiliumNetworkPolicies] = away, away })
	await(t, "pods to be absent", func() bool { snap := set.Snapshot(); return !snap.Have[model.Pods] && snap.Pods == nil })
	if got := state(set, model.Pods); got.Status != informers.Unavailable || got.Reason != "stalled" {
		t.Errorf("state %+v", got)
	}
	if !set.Ready() {
		t.Error("one silent kind made the whole exporter not ready")
	}
	s.set(func() { delete(s.refuse, model.Pods); delete(s.puzzled, model.CiliumNetworkPolicies); s.pods = 5 })
	await(t, "pods to be back", func() bool { return len(set.Snapshot().Pods) == 5 })
}

// TestNotServedIsNotForEver: that a kind is not served is believed for as long as a list is.
func TestNotServedIsNotForEver(t *testing.T) {
	t.Parallel()
	s := newScripted()
	s.hidden[model.CiliumNetworkPolicies] = true
	set, errs := start(t, s, informers.StaleAfter(time.Second))
	await(t, "sync", set.Ready)
	// It is looked for every ten seconds, and not heard of for nine of them.
	await(t, "nobody to know", func() bool { return !set.Snapshot().Have[model.CiliumNetworkPolicies] })
	if got := errorsOf(errs, model.CiliumNetworkPolicies.String()+" stalled"); got != 1 {
		t.Errorf("that nobody knows was counted %d times: whoever sees it absent wants a reason", got)
	}
	if got := state(set, model.CiliumNetworkPolicies); got.Status != informers.Unavailable || got.Reason != "stalled" {
		t.Errorf("state %+v", got)
	}
}
