package informers_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// asked is a scripted source that can be asked for its newest version.
type asked struct {
	*scripted
	answer model.Version
	err    error
}

func (a *asked) Newest(context.Context, *informers.Kind) (model.Version, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.answer, a.err
}

// cut ends the watches of a kind as a connection does.
func (s *scripted) cut(k model.Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.watches[k] {
		w.Stop()
	}
	s.watches[k] = nil
}

// watching is how many watches of a kind are open.
func (s *scripted) watching(k model.Kind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watches[k])
}

// journal is a log that many write to.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(what string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), what)
}

// TestRestored: a source whose newest version is lower than before has another past. Every kind is
// relisted, although no watch ends and the new world may have less to tell; that is counted for
// each and logged once.
func TestRestored(t *testing.T) {
	t.Parallel()
	s := &asked{scripted: newScripted(), answer: 5000}
	s.pods, s.version = 3, 5000
	j := &journal{}
	set, errs := startSource(t, s, log.NewLogfmtLogger(j), informers.StaleAfter(5*time.Second))
	await(t, "sync", func() bool { return set.Ready() && len(set.Snapshot().Pods) == 3 })
	for _, k := range []string{"pods", "ciliumnetworkpolicies.cilium.io"} {
		if errorsOf(errs, k+" restored") != 0 {
			t.Errorf("%s: restored before anything was", k)
		}
	}
	s.set(func() { s.pods, s.version, s.answer = 1, 1000, 1001 })
	await(t, "the new past", func() bool {
		if snap := set.Snapshot(); snap.Have[model.Pods] && len(snap.Pods) == 1 {
			return snap.Versions[model.Pods] == "1000"
		}
		return false
	})
	await(t, "every kind to be relisted", func() bool {
		for _, k := range informers.Table() {
			if errorsOf(errs, k.String()+" restored") != 1 || state(set, k.Kind).Status != informers.Synced {
				return false
			}
		}
		return true
	})
	if n := j.count("restored from a backup"); n < 1 || n > 1+len(optionalKinds()) {
		t.Errorf("logged %d times:\n%s", n, j.text.String())
	}
	if j.count("known=5000 newest=1001") < 1 {
		t.Errorf("the log does not say both versions:\n%s", j.text.String())
	}
	// The new past may come to where the old one was.
	s.set(func() { s.answer = 9000 })
	if !set.Ready() || !set.Snapshot().Have[model.Pods] {
		t.Error("it is not what it was")
	}
}

// optionalKinds speak for themselves: each may be served by an API server with a store of its own.
func optionalKinds() (list []informers.Kind) {
	for _, k := range informers.Table() {
		if k.Optional {
			list = append(list, k)
		}
	}
	return list
}

// TestOptionalKindRestored: an optional kind whose version goes back is relisted, and no other kind
// is.
func TestOptionalKindRestored(t *testing.T) {
	t.Parallel()
	s := &one{asked: &asked{scripted: newScripted(), answer: 7}, kind: model.CalicoTiers, theirs: 5000}
	s.version = 7
	set, errs := startSource(t, s, log.NewNopLogger(), informers.StaleAfter(5*time.Second))
	await(t, "sync", func() bool { return set.Ready() && state(set, model.CalicoTiers).Status == informers.Synced })
	s.set(func() { s.theirs = 4000 })
	await(t, "it to be relisted", func() bool { return errorsOf(errs, model.CalicoTiers.String()+" restored") == 1 })
	await(t, "it to be back", func() bool { return state(set, model.CalicoTiers).Status == informers.Synced })
	if n := errorsOf(errs, "pods restored"); n != 0 {
		t.Errorf("pods were relisted %d times", n)
	}
}

// one is a source one kind of which comes from elsewhere.
type one struct {
	*asked
	kind   model.Kind
	theirs model.Version
}

func (o *one) Newest(ctx context.Context, k *informers.Kind) (model.Version, error) {
	if k.Kind != o.kind {
		return o.asked.Newest(ctx, k)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.theirs, nil
}

// TestOutageIsRelisted: when a watch ends and the source cannot be asked, the past may be another
// one by the time that it can, whatever its version is then: the kind is listed, and no watch goes
// on from where it was.
func TestOutageIsRelisted(t *testing.T) {
	t.Parallel()
	s := &asked{scripted: newScripted(), answer: 1}
	s.pods = 3
	set, errs := startSource(t, s, log.NewNopLogger())
	await(t, "sync", func() bool { return set.Ready() && len(set.Snapshot().Pods) == 3 })
	s.set(func() { s.err = errors.New("connection refused") })
	s.cut(model.Pods)
	await(t, "the question that failed", func() bool { return errorsOf(errs, "pods network") > 0 })
	if snap := set.Snapshot(); !snap.Have[model.Pods] || len(snap.Pods) != 3 {
		t.Errorf("have %t, %d pods: an outage is no reason to forget", snap.Have[model.Pods], len(snap.Pods))
	}
	// No watch tells of these.
	s.set(func() { s.err, s.answer, s.version, s.pods = nil, 9, 9, 1 })
	await(t, "the list", func() bool { return len(set.Snapshot().Pods) == 1 })
	if n := errorsOf(errs, "pods restored"); n != 0 {
		t.Errorf("restored was counted %d times: the version has not gone back", n)
	}
}

// TestThrottledIsNoOutage: an API server that throttles is there, and what it remembers is what it
// was.
func TestThrottledIsNoOutage(t *testing.T) {
	t.Parallel()
	s := &asked{scripted: newScripted(), answer: 1}
	s.pods = 3
	set, errs := startSource(t, s, log.NewNopLogger())
	await(t, "sync", func() bool { return set.Ready() && len(set.Snapshot().Pods) == 3 })
	await(t, "the watch", func() bool { return s.watching(model.Pods) == 1 })
	s.set(func() { s.err = apierrors.NewTooManyRequests("slower", 1) })
	s.cut(model.Pods)
	await(t, "the next watch", func() bool { return s.watching(model.Pods) == 1 })
	if n := errorsOf(errs, "pods expired"); n != 0 {
		t.Errorf("%d watches expired", n)
	}
}

// TestFailingKind: a kind whose list fails for half a minute keeps nothing waiting, as long as
// anything is listed. It is what it is called: an optional kind with a broken webhook, and a
// required one of which an object cannot be decoded.
func TestFailingKind(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes the half minute")
	}
	s := newScripted()
	s.pods = 3
	s.refuse[model.CiliumNetworkPolicies] = apierrors.NewInternalError(errors.New("conversion webhook failed"))
	s.refuse[model.LimitRanges] = errors.New("unable to decode the list")
	set, _ := start(t, s)
	await(t, "the other kinds", func() bool { return len(set.Snapshot().Pods) == 3 })
	if set.Ready() {
		t.Fatal("ready although a second ago a kind could not be listed")
	}
	for deadline := time.Now().Add(time.Minute); !set.Ready(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not ready within a minute")
		}
	}
	if got := state(set, model.CiliumNetworkPolicies); got.Status != informers.Unavailable || got.Reason != "server_error" {
		t.Errorf("state %+v", got)
	}
	if got := state(set, model.LimitRanges); got.Status != informers.Unavailable || got.Reason != "network" {
		t.Errorf("state %+v", got)
	}
	snap := set.Snapshot()
	for _, k := range informers.Table() {
		want := k.Kind != model.CiliumNetworkPolicies && k.Kind != model.LimitRanges
		if snap.Have[k.Kind] != want {
			t.Errorf("%s: have %t", k, snap.Have[k.Kind])
		}
	}
}

// TestNothingListedIsNotReady: when every kind is refused, or none is ever answered, nothing is
// judged.
func TestNothingListedIsNotReady(t *testing.T) {
	t.Parallel()
	s := newScripted()
	for _, k := range informers.Table() {
		s.refuse[k.Kind] = apierrors.NewForbidden(corev1.Resource(k.Plural()), "", errors.New("no"))
	}
	set, _ := start(t, s, informers.Judging([][]model.Kind{{model.Pods, model.Namespaces}, {model.Nodes}}))
	await(t, "the refusals", func() bool {
		for _, st := range set.States() {
			if st.Status != informers.Unavailable {
				return false
			}
		}
		return true
	})
	if set.Ready() {
		t.Error("ready although nothing may be listed")
	}
	s.set(func() { delete(s.refuse, model.Pods) })
	await(t, "pods", func() bool { return state(set, model.Pods).Status == informers.Synced })
	if set.Ready() {
		t.Error("ready although no check has all that it needs")
	}
	s.set(func() { delete(s.refuse, model.Namespaces) })
	await(t, "ready", set.Ready)
	s.set(func() { s.refuse[model.Pods] = apierrors.NewForbidden(corev1.Resource("pods"), "", errors.New("no")) })
	s.expire(model.Pods)
	await(t, "pods gone", func() bool { return state(set, model.Pods).Status == informers.Unavailable })
	if !set.Ready() {
		t.Error("it was ready, and is no more")
	}
}
