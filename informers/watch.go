package informers

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// errUnavailable ends an informer whose kind may not be listed or is not served.
var errUnavailable = errors.New("the kind cannot be listed")

// Reason sorts an error of a list or watch into the closed set of the reason label: forbidden, unauthorized, not_found, expired,
// throttled, server_error, or network for everything that never became an answer.
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

// observed wraps a ListerWatcher: it notes the time of every answer and event, bookmarks included, and tells of errors that mean the
// kind is unavailable. It passes everything else through, the word on WatchList semantics included.
type observed struct {
	cache.ListerWatcher
	last          *atomic.Int64
	onUnavailable func(error)
}

// IsWatchListSemanticsUnSupported hands on what the wrapped source says; one that says nothing supports them.
func (o *observed) IsWatchListSemanticsUnSupported() bool {
	says, ok := o.ListerWatcher.(interface{ IsWatchListSemanticsUnSupported() bool })
	return ok && says.IsWatchListSemanticsUnSupported()
}

// ListWithContext implements cache.ListerWithContext.
func (o *observed) ListWithContext(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	list, err := cache.ToListerWatcherWithContext(o.ListerWatcher).ListWithContext(ctx, options)
	o.note(err)
	return list, err
}

// WatchWithContext implements cache.WatcherWithContext.
func (o *observed) WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	w, err := cache.ToListerWatcherWithContext(o.ListerWatcher).WatchWithContext(ctx, options)
	o.note(err)
	if err != nil {
		return nil, err
	}
	return watch.Filter(w, func(e watch.Event) (watch.Event, bool) {
		if e.Type != watch.Error {
			o.last.Store(time.Now().UnixMilli())
		}
		return e, true
	}), nil
}

func (o *observed) note(err error) {
	switch {
	case err == nil:
		o.last.Store(time.Now().UnixMilli())
	case unavailable(err):
		o.onUnavailable(err)
	}
}
