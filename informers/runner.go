package informers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Status says whether a kind can be read.
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
	// LastEvent is when the source last answered or sent something, bookmarks included; zero before that.
	LastEvent time.Time
}

// OnWatchError is told of every failed list and watch.
type OnWatchError func(resource, reason string)

// runner keeps the informer of one kind. When the kind turns out to be unavailable the informer and everything it cached are thrown
// away, and a new one starts from nothing once the kind can be listed again: no stale object outlives a permission.
type runner struct {
	kind      Kind
	source    Source
	projector *Projector
	logger    log.Logger
	onError   OnWatchError
	backoff   wait.Backoff
	// servedEvery is how often an optional kind is looked for.
	servedEvery time.Duration
	// refusalHolds is how long a kind that was answered must be refused before it counts as unavailable.
	refusalHolds time.Duration

	life life

	mu       sync.Mutex
	informer cache.SharedIndexInformer
	reason   string
	// absent says that the API server does not serve the kind.
	absent bool
	// stale says that the kind was found to be.
	stale bool
}

// servedEvery is how often the API server is asked whether it serves an optional kind by now.
const servedEvery = 10 * time.Second

// defaultBackoff is how long a kind that cannot be listed is left alone: from a second, because a starting API server refuses
// everything for a moment, to half a minute.
func defaultBackoff() wait.Backoff {
	return wait.Backoff{Duration: time.Second, Factor: 2, Jitter: 0.2, Steps: 6, Cap: 30 * time.Second}
}

func (r *runner) run(ctx context.Context) {
	backoff := r.backoff
	for ctx.Err() == nil {
		if r.kind.Optional && !r.awaitServed(ctx) {
			return
		}
		synced, err := r.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if synced {
			backoff = r.backoff
		}
		pause := backoff.Step()
		level.Warn(r.logger).Log("msg", "kind cannot be listed: what depends on it is absent", "resource", r.kind, "err", err, "retry_in", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// awaitServed waits until the API server serves the kind, and says false when ctx ends before. It keeps asking for as long as there is
// no answer: the kind stays what it was.
func (r *runner) awaitServed(ctx context.Context) bool {
	for {
		began := r.life.moment()
		asking, cancel := context.WithTimeout(ctx, servedEvery)
		served, err := r.source.Served(asking, &r.kind)
		cancel()
		if err != nil && ctx.Err() == nil {
			r.onError(r.kind.String(), Reason(err))
			level.Debug(r.logger).Log("msg", "cannot tell whether the kind is served", "resource", r.kind, "err", err)
			r.undecided(err)
		}
		if err == nil {
			r.mu.Lock()
			changed := r.absent == served
			r.absent, r.reason = !served, ""
			r.mu.Unlock()
			if served {
				return true
			}
			// There are none, which is as good as a list, if perhaps somebody else's of a moment ago.
			r.life.answered()
			r.life.complete(began - servedEvery/2)
			if changed {
				// An installation without a policy engine has none of its kinds, which is nothing to tell of.
				level.Debug(r.logger).Log("msg", "kind is not served", "resource", r.kind)
			}
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(r.servedEvery):
		}
	}
}

// once runs one informer until the kind becomes unavailable or ctx ends, and says whether it had synced and why it ended.
func (r *runner) once(ctx context.Context) (synced bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	informer, err := r.newInformer(func(err error) { cancel(fmt.Errorf("%w: %w", errUnavailable, err)) })
	if err != nil {
		r.drop(err)
		return false, err
	}
	r.mu.Lock()
	r.informer = informer
	r.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		// At once, and not only when the informer has wound down.
		if cause := context.Cause(ctx); errors.Is(cause, errUnavailable) {
			r.drop(cause)
		}
	})
	defer stop()
	go func() {
		select {
		case <-ctx.Done():
		case <-informer.HasSyncedChecker().Done():
			objects, logger := len(informer.GetStore().ListKeys()), level.Info(r.logger)
			if r.kind.Optional && objects == 0 {
				logger = level.Debug(r.logger)
			}
			logger.Log("msg", "kind synced", "resource", r.kind, "objects", objects)
		}
	}()
	go r.ask(ctx)
	informer.RunWithContext(ctx)
	return informer.HasSynced(), context.Cause(ctx)
}

// ask asks the source now and then which version of the kind is the newest, until ctx ends, if it can be asked.
func (r *runner) ask(ctx context.Context) {
	source, ok := r.source.(interface {
		Newest(ctx context.Context, k *Kind) (model.Version, error)
	})
	if !ok {
		r.life.newest(r.life.moment(), 0)
		return
	}
	if every := r.life.staleAfter / questions; every > 0 {
		wait.UntilWithContext(ctx, func(ctx context.Context) {
			asking, cancel := context.WithTimeout(ctx, every)
			defer cancel()
			at := r.life.moment()
			version, err := source.Newest(asking, &r.kind)
			switch {
			case err == nil:
				r.life.newest(at, version)
			case apierrors.IsNotAcceptable(err): // an API server that does not tell metadata alone, as all that are made with Kubernetes' libraries do
				r.life.newest(at, 0)
			case ctx.Err() == nil && !unavailable(err): // of which the informer hears, too
				r.onError(r.kind.String(), Reason(err))
			}
		}, every)
	}
}

func (r *runner) newInformer(onUnavailable func(error)) (cache.SharedIndexInformer, error) {
	lw, example := r.source.ListWatch(&r.kind)
	count := func(err error) { r.onError(r.kind.String(), Reason(err)) }
	watched := &observed{
		ListerWatcher: lw, life: &r.life, onError: count, onUnavailable: onUnavailable, refusalHolds: r.refusalHolds,
	}
	informer := cache.NewSharedIndexInformerWithOptions(watched, example, cache.SharedIndexInformerOptions{ObjectDescription: r.kind.String()})
	if err := informer.SetTransform(r.projector.Transform(r.kind.Kind)); err != nil {
		return nil, fmt.Errorf("set the transform of %s: %w", r.kind, err)
	}
	err := informer.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) {
		// What is left are watches that were cut, or ended with an error of their own.
		if ctx.Err() == nil && !watched.counted(err) {
			count(err)
		}
		level.Debug(r.logger).Log("msg", "watch ended", "resource", r.kind, "reason", Reason(err), "err", err)
	})
	if err != nil {
		return nil, fmt.Errorf("set the watch error handler of %s: %w", r.kind, err)
	}
	return informer, nil
}

// undecided makes a kind of which nobody could say anything yet unavailable, so that it keeps nothing waiting: an API that is broken behind
// the API server may never answer. A kind of which something is known stays what it was.
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

// isStale says whether what is known of the kind is too old, and counts it when that begins: perhaps nothing has failed, and all of it only
// comes too slowly. The caller holds the lock.
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
	r.informer, r.reason = nil, Reason(err)
}

// synced returns the informer's store when the kind is in it completely and known to be new, nil otherwise. What has become stale comes back
// as it is: a watch goes on where it was, and a list replaces everything at once.
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
	r.reason = ""
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
	}
	s.LastEvent = r.life.lastEvent()
	return s
}
