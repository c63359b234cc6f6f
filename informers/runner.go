package informers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

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

	// restored is told that the source's past has changed, and relists what depends on it; nil
	// relists this kind only.
	restored func(r *runner, watched *observed, known, newest model.Version)

	life life

	mu       sync.Mutex
	informer cache.SharedIndexInformer
	// watched is what the informer lists and watches by, and end ends the informer.
	watched *observed
	end     context.CancelCauseFunc
	reason  string
	// began is when the informer was started, zero without one. failing is since when requests fail
	// of a kind that has not been in the cache since, failure is the reason of the last of them,
	// and troubled is true once that has been logged.
	began, failing time.Time
	failure        string
	troubled       bool
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
	backoff, restored := r.backoff, false
	for ctx.Err() == nil {
		if r.kind.Optional && !r.awaitServed(ctx) {
			return
		}
		synced, err := r.once(ctx, restored)
		if ctx.Err() != nil {
			return
		}
		if synced {
			backoff = r.backoff
		}
		pause := backoff.Step()
		if restored = errors.Is(err, ErrRestored); !restored { // which has been logged once for all kinds
			level.Warn(r.logger).Log("msg", "kind cannot be listed: what depends on it is absent", "resource", r.kind, "err", err, "retry_in", pause)
		}
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

// once runs one informer until the kind becomes unavailable, the source's past changes or ctx ends.
// It reports whether the informer had synced, and why it ended. With anew the first list is one of
// what the source has, and not of what it remembers.
func (r *runner) once(ctx context.Context, anew bool) (synced bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	informer, watched, err := r.newInformer(func(err error) { cancel(fmt.Errorf("%w: %w", errUnavailable, err)) })
	if err != nil {
		r.drop(err)
		return false, err
	}
	watched.anew = anew
	r.life.begin()
	r.mu.Lock()
	r.informer, r.watched, r.end, r.began = informer, watched, cancel, time.Now()
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
	go r.askOften(ctx, watched)
	informer.RunWithContext(ctx)
	return informer.HasSynced(), context.Cause(ctx)
}

func (r *runner) newInformer(onUnavailable func(error)) (cache.SharedIndexInformer, *observed, error) {
	lw, example := r.source.ListWatch(&r.kind)
	count := func(err error) {
		r.onError(r.kind.String(), Reason(err))
		r.failed(err)
	}
	watched := &observed{
		ListerWatcher: lw, life: &r.life, onError: count, onUnavailable: onUnavailable, refusalHolds: r.refusalHolds,
	}
	if _, ok := r.source.(asker); ok {
		watched.ask = func(ctx context.Context) error { return r.ask(ctx, watched) }
	}
	informer := cache.NewSharedIndexInformerWithOptions(watched, example, cache.SharedIndexInformerOptions{ObjectDescription: r.kind.String()})
	if err := informer.SetTransform(r.projector.Transform(r.kind.Kind)); err != nil {
		return nil, nil, fmt.Errorf("set the transform of %s: %w", r.kind, err)
	}
	err := informer.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) {
		// What is left are watches that were cut, or ended with an error of their own.
		if ctx.Err() == nil && !watched.counted(err) {
			count(err)
		}
		level.Debug(r.logger).Log("msg", "watch ended", "resource", r.kind, "reason", Reason(err), "err", err)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("set the watch error handler of %s: %w", r.kind, err)
	}
	return informer, watched, nil
}
