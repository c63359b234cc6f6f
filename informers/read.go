package informers

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/pager"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// Read lists every kind once, without watching, and returns what a Set would show of it: for
// commands that answer one question and end. Kinds that may not be listed are missing from the
// snapshot, and so are optional kinds whose list fails; any other error ends the reading.
func Read(ctx context.Context, source Source, projector *Projector) (*posture.Snapshot, error) {
	r := reading{snap: &posture.Snapshot{KubernetesVersion: source.Version()}, controlled: make(map[controlledKey]*model.Controlled)}
	for _, k := range Table() {
		if k.Optional {
			if served, err := source.Served(ctx, &k); err != nil {
				continue // nobody knows what there is
			} else if !served {
				r.snap.Have[k.Kind] = true // nothing
				continue
			}
		}
		lw, _ := source.ListWatch(&k)
		if err := r.list(ctx, &k, lw, projector.Transform(k.Kind)); err != nil {
			if ctx.Err() == nil && (k.Optional || unavailable(err)) {
				continue // what an optional kind could change is unknown, and nothing else
			}
			return nil, fmt.Errorf("list %s: %w", k, err)
		}
		r.snap.Have[k.Kind] = true
	}
	r.snap.Groups, r.snap.GroupVersions = source.Groups(), source.GroupVersions()
	r.snap.Controlled = func(kind model.Kind, namespace, name string) *model.Controlled {
		return r.controlled[controlledKey{kind, namespace, name}]
	}
	return r.snap, nil
}

type controlledKey struct {
	kind            model.Kind
	namespace, name string
}

type reading struct {
	snap       *posture.Snapshot
	controlled map[controlledKey]*model.Controlled
}

func (r *reading) list(ctx context.Context, k *Kind, lw cache.ListerWatcher, transform cache.TransformFunc) error {
	lister := cache.ToListerWatcherWithContext(lw)
	pages := pager.New(func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
		return lister.ListWithContext(ctx, o)
	})
	var all []any
	err := pages.EachListItem(ctx, metav1.ListOptions{}, func(obj runtime.Object) error {
		projected, err := transform(obj)
		if err != nil {
			return err
		}
		all = append(all, projected)
		return nil
	})
	if err != nil {
		return err
	}
	for _, projected := range all {
		r.snap.Objects[k.Kind]++
		if o, ok := projected.(*model.Controlled); ok {
			r.controlled[controlledKey{k.Kind, o.Namespace(), o.Name()}] = o
		}
		r.snap.Add(projected)
	}
	return nil
}
