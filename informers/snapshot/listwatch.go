package snapshot

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// ListWatcher lists and watches one kind of a Source, as client-go's informers
// expect it.
//
// The caller must hand nil as the example object to
// cache.NewSharedIndexInformer: with a typed example the reflector drops every
// watch event of another Go type, and with it each [*Undecodable]. A transform
// then sees the kind's Go type (or *unstructured.Unstructured for a kind the
// client-go scheme does not know) and *Undecodable. Objects are shared and
// must not be changed.
//
// Lists always show the latest state, whole. Selectors are refused instead of
// ignored.
type ListWatcher struct {
	kind  schema.GroupVersionKind
	world *world
}

var (
	_ cache.ListerWatcher            = (*ListWatcher)(nil)
	_ cache.ListerWatcherWithContext = (*ListWatcher)(nil)

	errSelector = errors.New("a snapshot serves whole kinds: remove the label and field selectors")
)

// ListWatch returns the list and watch functions of a kind. Listing or
// watching a kind that is not among Options.Kinds answers 404 Not Found.
func (s *Source) ListWatch(gvk schema.GroupVersionKind) *ListWatcher {
	return &ListWatcher{kind: gvk, world: s.world}
}

// IsWatchListSemanticsUnSupported tells the reflector to list and then watch:
// the objects are in memory anyway, so streaming the list would save nothing.
func (*ListWatcher) IsWatchListSemanticsUnSupported() bool { return true }

// List is ListWithContext without a context.
func (lw *ListWatcher) List(options metav1.ListOptions) (runtime.Object, error) {
	return lw.ListWithContext(context.Background(), options)
}

// ListWithContext returns all objects of the kind as a *metav1.List whose
// resourceVersion a watch can start from. It answers 410 Expired if an exact
// version other than the latest is asked for.
func (lw *ListWatcher) ListWithContext(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := lw.accept(options); err != nil {
		return nil, err
	}
	objects, version := lw.world.list(lw.kind)
	if options.ResourceVersionMatch == metav1.ResourceVersionMatchExact && options.ResourceVersion != formatVersion(version) {
		return nil, lw.expired(options.ResourceVersion)
	}
	return listOf(objects, version), nil
}

// Watch is WatchWithContext without a context: end it with Stop.
func (lw *ListWatcher) Watch(options metav1.ListOptions) (watch.Interface, error) {
	return lw.WatchWithContext(context.Background(), options)
}

// WatchWithContext streams the changes after options.ResourceVersion, until
// Stop, the end of the context or options.TimeoutSeconds. From version "" or
// "0" the present objects come first, as Added. It answers 410 Expired for a
// version that is too old or was never given out.
func (lw *ListWatcher) WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := lw.accept(options); err != nil {
		return nil, err
	}
	if options.SendInitialEvents != nil {
		return nil, apierrors.NewBadRequest("sendInitialEvents is not supported by a snapshot: list first, then watch")
	}
	var initial []event
	var version uint64
	if v := options.ResourceVersion; v == "" || v == "0" {
		objects, current := lw.world.list(lw.kind)
		version = current
		for _, o := range objects {
			initial = append(initial, event{kind: watch.Added, object: o})
		}
	} else {
		var err error
		if version, err = strconv.ParseUint(v, 10, 64); err != nil || lw.world.since(lw.kind, version).expired {
			return nil, lw.expired(v)
		}
	}
	return startWatcher(ctx, lw, version, initial, options), nil
}

// accept refuses what would otherwise be answered wrongly.
func (lw *ListWatcher) accept(options metav1.ListOptions) error {
	if _, ok := lw.world.kinds[lw.kind]; !ok {
		return apierrors.NewGenericServerResponse(404, "list", lw.resource(), "",
			fmt.Sprintf("kind %s is not among the kinds of the snapshot", lw.kind), 0, false)
	}
	if options.LabelSelector != "" || options.FieldSelector != "" {
		return apierrors.NewBadRequest(errSelector.Error())
	}
	return nil
}

func (lw *ListWatcher) resource() schema.GroupResource {
	return schema.GroupResource{Group: lw.kind.Group, Resource: lw.kind.Kind}
}

func (lw *ListWatcher) expired(version string) *apierrors.StatusError {
	return apierrors.NewResourceExpired(fmt.Sprintf("%s: resourceVersion %q is too old or unknown: list again", lw.kind.Kind, version))
}
