package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// powerKinds are the kinds that say who may do what: without one of them no answer is better than part of one.
var powerKinds = []model.Kind{model.Roles, model.ClusterRoles, model.RoleBindings, model.ClusterRoleBindings}

// reading is what a command has read.
type reading struct {
	from     *source
	snapshot *posture.Snapshot
	// notes are sentences about what is missing from it.
	notes []string
}

// readOnce opens the source and lists some kinds of it, and fails when one that says who may do what cannot be listed.
func (o *Options) readOnce(ctx context.Context, logger log.Logger, kinds []model.Kind) (*reading, error) {
	checks, err := check.NewSet(nil) // what the commands say of objects needs no check
	if err != nil {
		return nil, err
	}
	from, err := o.source(ctx, logger)
	if ctx.Err() != nil {
		return nil, errors.New("stopped before anything was read")
	}
	if err != nil {
		return nil, err
	}
	some := &someKinds{Source: from.objects, kinds: kinds, refused: make(map[model.Kind]error)}
	snapshot, err := informers.Read(ctx, some, informers.NewProjector(checks, func(what string, recovered any) {
		level.Error(logger).Log("msg", "an object could not be read; please report this", "what", what, "err", fmt.Sprint(recovered))
	}))
	if ctx.Err() != nil {
		return nil, fmt.Errorf("stopped before %s was read", from.what)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; try the same with kubectl get", from.what, cause(err))
	}
	if slices.Contains(kinds, powerKinds[0]) {
		if err := some.missing(snapshot); err != nil {
			return nil, fmt.Errorf("%s: %w", from.what, err)
		}
	}
	return &reading{from: from, snapshot: snapshot, notes: notes(from, snapshot)}, nil
}

// notes tell what a whole reading may still not have seen.
func notes(from *source, s *posture.Snapshot) (notes []string) {
	if files := from.files(); files != nil && files.Stats().Broken > 0 {
		notes = append(notes, fmt.Sprintf("Of the manifests, %d broken files, documents or objects could not be read; the log names them.", files.Stats().Broken))
	}
	if s.Objects[model.ClusterRoles] == 0 || s.Objects[model.ClusterRoleBindings] == 0 {
		notes = append(notes, "There is no ClusterRole, or no ClusterRoleBinding, in what was read, and every cluster has some: nothing is known of what they allow.")
	}
	return notes
}

// someKinds is a source of which only some kinds are asked for: commands list no more than they need. It remembers what was refused.
type someKinds struct {
	informers.Source
	kinds []model.Kind

	mu      sync.Mutex
	refused map[model.Kind]error
}

// ListWatch implements informers.Source.
func (s *someKinds) ListWatch(k *informers.Kind) (cache.ListerWatcher, runtime.Object) {
	lw, example := s.Source.ListWatch(k)
	lister := cache.ToListerWatcherWithContext(lw)
	wanted := slices.Contains(s.kinds, k.Kind)
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			if !wanted {
				return nil, apierrors.NewNotFound(k.GroupVersionResource().GroupResource(), "")
			}
			list, err := lister.ListWithContext(ctx, o)
			if err != nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.refused[k.Kind] = err
			}
			return list, err
		},
		WatchFuncWithContext: lister.WatchWithContext,
	}, example
}

// Served implements informers.Source.
func (s *someKinds) Served(ctx context.Context, k *informers.Kind) (bool, error) {
	if !slices.Contains(s.kinds, k.Kind) {
		return false, nil
	}
	return s.Source.Served(ctx, k)
}

// missing returns an error that says which of the kinds that say who may do what cannot be listed, and which permission that takes.
func (s *someKinds) missing(snapshot *posture.Snapshot) error {
	var resources []string
	var first error
	forbidden := true
	for _, k := range informers.Table() {
		if snapshot.Have[k.Kind] || !slices.Contains(powerKinds, k.Kind) {
			continue
		}
		resources = append(resources, k.String())
		if first == nil {
			first = s.refused[k.Kind]
		}
		forbidden = forbidden && apierrors.IsForbidden(s.refused[k.Kind])
	}
	if first == nil && len(resources) == 0 {
		return nil
	}
	what := strings.Join(resources, ", ") + " of rbac.authorization.k8s.io"
	if forbidden {
		return fmt.Errorf("%w; nothing can be answered without: allow the verb list on %s in the whole cluster", cause(first), what)
	}
	return fmt.Errorf("%w; nothing can be answered without %s", cause(first), what)
}
