package informers

import (
	"time"

	"github.com/go-kit/log/level"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Status is whether a kind can be read.
type Status uint8

// The statuses of a kind.
const (
	// Pending kinds have been neither listed nor refused yet.
	Pending Status = iota
	// Synced kinds are in the cache completely.
	Synced
	// Unavailable kinds may not be listed.
	Unavailable
	// NotServed kinds are unknown to the API server, so that there are no objects of them.
	NotServed
)

// State is what is known of one kind's informer.
type State struct {
	Kind   Kind
	Status Status
	// Reason says why an unavailable kind is, as a value of the reason label.
	Reason string
	// LastEvent is when the source last answered or sent something, bookmarks included; zero before
	// that.
	LastEvent time.Time
}

// undecided makes a kind of which nobody could say anything yet unavailable, so that it keeps
// nothing waiting: an API that is broken behind the API server may never answer. A kind of which
// something is known stays what it was.
func (r *runner) undecided(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.absent && r.reason == "" {
		r.reason = Reason(err)
	}
}

func (r *runner) notServed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.absent && r.informer == nil && !r.isStale()
}

// isStale says whether what is known of the kind is too old, and counts it when that begins:
// perhaps nothing has failed, and all of it only comes too slowly. The caller holds the lock.
func (r *runner) isStale() bool {
	was := r.stale
	if r.stale = r.life.stale(); r.stale && !was {
		r.onError(r.kind.String(), Reason(ErrStalled))
	}
	return r.stale
}

func (r *runner) drop(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.informer, r.watched, r.end, r.reason = nil, nil, nil, Reason(err)
}

// failed notes a request that failed.
func (r *runner) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failing.IsZero() {
		r.failing = time.Now()
	}
	r.failure = Reason(err)
}

// failureHolds is for how long the requests of a kind that is not in the cache must fail before the
// kind counts as unavailable, so that it keeps nothing waiting: its webhook or its storage may be
// broken for ever.
const failureHolds = 30 * time.Second

// trouble returns why a kind that is being listed counts as unavailable, empty when it does not. An
// optional kind need not even fail for that: an API that hangs may never answer. Other lists may be
// long, and are waited for. The caller holds the lock.
func (r *runner) trouble() (reason string) {
	switch {
	case !r.failing.IsZero() && time.Since(r.failing) >= failureHolds:
		reason = r.failure
	case r.kind.Optional && !r.began.IsZero() && time.Since(r.began) >= 2*failureHolds:
		reason = Reason(ErrStalled)
	default:
		return ""
	}
	if !r.troubled {
		r.troubled = true
		if r.failing.IsZero() {
			r.onError(r.kind.String(), reason)
		}
		level.Warn(r.logger).Log("msg", "kind cannot be listed: what depends on it is absent, and the rest is served", "resource", r.kind,
			"reason", reason)
	}
	return reason
}

// synced returns the informer's store when the kind is in it completely and known to be new, nil
// otherwise. What has become stale comes back as it is: a watch goes on where it was, and a list
// replaces everything at once.
func (r *runner) synced() cache.Indexer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.informer == nil || !r.informer.HasSynced() {
		return nil
	}
	r.life.reached(model.ParseVersion(r.informer.GetIndexer().LastStoreSyncResourceVersion()))
	if r.isStale() {
		return nil
	}
	r.reason, r.failing, r.troubled = "", time.Time{}, false
	return r.informer.GetIndexer()
}

func (r *runner) state() State {
	s := State{Kind: r.kind, Status: Pending}
	if store := r.synced(); store != nil {
		s.Status = Synced
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.reason != "":
		s.Status, s.Reason = Unavailable, r.reason
	case r.absent && r.informer == nil && r.isStale():
		s.Status, s.Reason = Unavailable, Reason(ErrStalled)
	case r.absent:
		s.Status = NotServed
	case s.Status == Pending && r.informer != nil && r.informer.HasSynced() && r.isStale():
		s.Status, s.Reason = Unavailable, Reason(ErrStalled)
	case s.Status == Pending && r.informer != nil && !r.informer.HasSynced():
		if reason := r.trouble(); reason != "" {
			s.Status, s.Reason = Unavailable, reason
		}
	}
	s.LastEvent = r.life.lastEvent()
	return s
}

// logRestored says once for all kinds that they are relisted, and why.
func logRestored(r *runner, known, newest model.Version) {
	level.Warn(r.logger).Log("msg", "the newest version is older than before: etcd was restored from a backup; every kind is relisted",
		"resource", r.kind, "known", uint64(known), "newest", uint64(newest))
}
