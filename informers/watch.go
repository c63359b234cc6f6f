package informers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// errUnavailable ends an informer whose kind may not be listed or is not served.
var errUnavailable = errors.New("the kind cannot be listed")

// ErrRestored is the error of a source whose newest version is older than one that it has told
// before: etcd was restored from a backup.
var ErrRestored = errors.New("the newest version is older than one told before")

// Reason sorts an error of a list or watch into the closed set of the reason label: forbidden,
// unauthorized, not_found, expired, throttled, server_error, stalled for a watch that says nothing,
// restored for ErrRestored, or network for everything else: no answer, one that was cut off, and
// one that could not be decoded.
func Reason(err error) string {
	var status apierrors.APIStatus
	switch {
	case apierrors.IsForbidden(err):
		return "forbidden"
	case apierrors.IsUnauthorized(err):
		return "unauthorized"
	case apierrors.IsNotFound(err), apimeta.IsNoMatchError(err), apierrors.IsMethodNotSupported(err):
		return "not_found"
	case apierrors.IsResourceExpired(err), apierrors.IsGone(err):
		return "expired"
	case apierrors.IsTooManyRequests(err):
		return "throttled"
	case errors.As(err, &status):
		return "server_error"
	case errors.Is(err, ErrStalled):
		return "stalled"
	case errors.Is(err, ErrRestored):
		return "restored"
	default:
		return "network"
	}
}

// unavailable says whether the error means that the kind cannot be listed at all, so that what is cached of it says nothing any more.
func unavailable(err error) bool {
	switch Reason(err) {
	case "forbidden", "unauthorized", "not_found":
		return true
	}
	return false
}

// refusalHolds is how long an API server must go on refusing a kind that it has answered before: one that is starting refuses everybody
// but its administrators for a moment, until it has read its own roles.
const refusalHolds = 5 * time.Second

// observed wraps a ListerWatcher: it notes the time of every list and event, bookmarks included, ends watches that say nothing for too long,
// has the kind listed when the next one says nothing either, counts every request that fails and every error in a watch, and tells when the
// kind is unavailable. It passes everything else through, the word on
// WatchList semantics included.
//
// It counts because the reflector keeps some failures to itself: its watch error handler never hears of a refused connection, nor of a
// watch that expired (410 Gone).
type observed struct {
	cache.ListerWatcher
	life *life
	// onError is told of every failed request, onUnavailable of the one that ends the informer.
	onError, onUnavailable func(error)
	refusalHolds           time.Duration
	// ask asks the source for the newest version; nil when it cannot be asked. known is the newest
	// version that the source has told, and doubt is true while it could not be asked since the
	// last list: what etcd holds by now may be another past.
	ask   func(context.Context) error
	known atomic.Uint64
	doubt atomic.Bool

	// A reflector asks from one goroutine. answered says that it has had an answer, by whichever verb; lists and watches are since when
	// each verb has been refused without one in between.
	answered       bool
	lists, watches time.Time
	failed         atomic.Pointer[error]
	// fruitless says that the last watch has brought nothing, and anew that the kind is listed because of that.
	fruitless atomic.Bool
	anew      bool
}

// refused says whether a refusal counts: at once for a kind that was never answered, and when it has been repeated for long enough otherwise.
func (o *observed) refused(since *time.Time) bool {
	if since.IsZero() {
		*since = time.Now()
	}
	return !o.answered || time.Since(*since) >= o.refusalHolds
}

// IsWatchListSemanticsUnSupported hands on what the wrapped source says; one that says nothing supports them.
func (o *observed) IsWatchListSemanticsUnSupported() bool {
	says, ok := o.ListerWatcher.(interface{ IsWatchListSemanticsUnSupported() bool })
	return ok && says.IsWatchListSemanticsUnSupported()
}

// learn notes a version that the source has told.
func (o *observed) learn(version model.Version) {
	for {
		known := o.known.Load()
		if uint64(version) <= known || o.known.CompareAndSwap(known, uint64(version)) {
			return
		}
	}
}

// verify asks for the newest version before a list or a watch goes on from what the source told
// before: when etcd was restored meanwhile, the version that it would go on from is of another
// past. While the source cannot be asked nothing goes on, and what follows is a list of what etcd
// has, since the new past may have overtaken the old one by then. An API server that refuses or
// throttles is there.
func (o *observed) verify(ctx context.Context, options *metav1.ListOptions) error {
	if o.ask == nil || o.known.Load() == 0 || options.Continue != "" {
		return nil
	}
	err := o.ask(ctx)
	if err == nil || errors.Is(err, ErrRestored) {
		return err
	}
	if ctx.Err() != nil || unavailable(err) || apierrors.IsTooManyRequests(err) {
		return nil
	}
	o.doubt.Store(true)
	return fmt.Errorf("ask for the newest version: %w", err)
}

// ListWithContext implements cache.ListerWithContext.
func (o *observed) ListWithContext(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	if err := o.verify(ctx, &options); err != nil {
		o.note(ctx, &o.lists, err)
		return nil, err
	}
	asking := ctx
	if limit := o.life.staleAfter; limit > 0 {
		// A list has no end of its own, and one that never comes would be waited for without another try.
		var cancel context.CancelFunc
		asking, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
		defer cancel()
	}
	o.fromStorage(&options)
	began := o.life.moment()
	list, err := cache.ToListerWatcherWithContext(o.ListerWatcher).ListWithContext(asking, options)
	if page, ok := list.(metav1.ListInterface); err == nil && ok && page.GetContinue() == "" && options.Continue == "" {
		// What comes in pages is as old as the first of them.
		o.life.heard(began)
		o.life.seen.Store(uint64(model.ParseVersion(page.GetResourceVersion())))
		o.life.changed()
	}
	if page, ok := list.(metav1.ListInterface); err == nil && ok && page.GetContinue() == "" {
		o.learn(model.ParseVersion(page.GetResourceVersion()))
		o.doubt.Store(false)
	}
	o.note(ctx, &o.lists, err)
	return list, err
}

// WatchWithContext implements cache.WatcherWithContext.
func (o *observed) WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	if err := o.verify(ctx, &options); err != nil {
		o.note(ctx, &o.watches, err)
		return nil, err
	}
	// The cache stays what it was until everything of a streamed list has come.
	listing := options.SendInitialEvents != nil && *options.SendInitialEvents
	if !listing && o.doubt.Load() {
		gone := apierrors.NewResourceExpired("the API server was away, and what it has may be another past")
		o.count(gone)
		return expired(gone), nil
	}
	if listing {
		o.fromStorage(&options)
	} else if o.anew = false; o.life.patience() > 0 {
		patience, silent := o.life.patience(), o.life.silent()
		if o.anew = o.fruitless.Swap(false) && silent >= 2*patience-2*time.Second; o.anew {
			stalled := fmt.Errorf("%w for %s", ErrStalled, silent.Round(time.Second))
			o.count(stalled)
			return expired(stalled), nil
		}
		if patience < bookmarksWithin {
			options.TimeoutSeconds = new(int64(patience.Seconds()))
		}
	}
	began := o.life.moment()
	w, err := cache.ToListerWatcherWithContext(o.ListerWatcher).WatchWithContext(ctx, options)
	o.note(ctx, &o.watches, err)
	if err != nil {
		return nil, err
	}
	return follow(w, o.life, &o.fruitless, func(e *watch.Event) {
		switch {
		case e.Type == watch.Error:
			o.count(apierrors.FromObject(e.Object))
		case !listing:
			o.learn(versionOf(e))
			o.life.heard(o.life.moment())
		case endsList(e):
			listing = false
			o.learn(versionOf(e))
			o.doubt.Store(false)
			o.life.changed()
			o.life.heard(began)
		}
	}), nil
}

// versionOf returns the version of an event's object, 0 when it has none.
func versionOf(e *watch.Event) model.Version {
	if object, ok := e.Object.(metav1.Object); ok {
		return model.ParseVersion(object.GetResourceVersion())
	}
	return 0
}

// fromStorage makes a list that follows silence, an outage or a restore one of what etcd has: what
// the API server remembers is what said nothing, and may be of another past.
func (o *observed) fromStorage(options *metav1.ListOptions) {
	if (o.anew || o.doubt.Load()) && options.Continue == "" {
		options.ResourceVersion = ""
		if options.SendInitialEvents == nil {
			options.ResourceVersionMatch = ""
		}
	}
}

// endsList says whether a bookmark ends a list that is streamed.
func endsList(e *watch.Event) bool {
	object, ok := e.Object.(metav1.Object)
	return ok && e.Type == watch.Bookmark && object.GetAnnotations()[metav1.InitialEventsAnnotationKey] == "true"
}

func (o *observed) note(ctx context.Context, since *time.Time, err error) {
	switch {
	case err == nil:
		o.life.answered()
		o.answered, *since = true, time.Time{}
	case ctx.Err() != nil || errors.Is(err, ErrRestored):
		// The informer is being stopped, which is no failure.
	default:
		o.count(err)
		switch {
		case !unavailable(err):
			*since = time.Time{}
		case o.refused(since):
			o.onUnavailable(err)
		}
	}
}

func (o *observed) count(err error) {
	o.failed.Store(&err)
	o.onError(err)
}

// counted says whether the error is the last one that was counted, or made from the same answer of the API server.
func (o *observed) counted(err error) bool {
	last := o.failed.Load()
	if last == nil {
		return false
	}
	var now, before apierrors.APIStatus
	return errors.Is(err, *last) ||
		errors.As(err, &now) && errors.As(*last, &before) && now.Status().Message == before.Status().Message
}
