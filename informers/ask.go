package informers

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// asker is a source that returns the newest version of a kind: of what it stores, and not of what
// it remembers, so that no answer is older than what the source had said before it was asked.
type asker interface {
	Newest(ctx context.Context, k *Kind) (model.Version, error)
}

// answersWithin is how long one question may take when no time is given after which a kind is
// stale.
const answersWithin = 10 * time.Second

// every is how often the source is asked, and how long an answer may take; 0 when nothing is ever
// stale.
func (l *life) every() time.Duration { return l.staleAfter / questions }

// askOften asks the source now and then which version of the kind is the newest, until ctx ends, if
// it can be asked.
func (r *runner) askOften(ctx context.Context, watched *observed) {
	if watched.ask == nil {
		r.life.newest(r.life.moment(), 0)
		return
	}
	if every := r.life.every(); every > 0 {
		wait.UntilWithContext(ctx, func(ctx context.Context) {
			err := watched.ask(ctx)
			if err != nil && ctx.Err() == nil && !unavailable(err) { // of which the informer hears, too
				r.onError(r.kind.String(), Reason(err))
			}
		}, every)
	}
}

// ask asks once. An answer that is older than what the informer knew before the question shows that
// the source was restored: then ask ends the informer and returns ErrRestored. An API server that
// does not return metadata alone is no error; all that are made with Kubernetes' libraries do.
func (r *runner) ask(ctx context.Context, watched *observed) error {
	limit := r.life.every()
	if limit == 0 {
		limit = answersWithin
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	at, known := r.life.moment(), model.Version(watched.known.Load())
	version, err := r.source.(asker).Newest(ctx, &r.kind)
	switch {
	case apierrors.IsNotAcceptable(err):
		version = 0
	case err != nil:
		return err
	case version != 0 && version < known:
		if r.restored != nil {
			r.restored(r, watched, known, version)
		} else {
			r.relist()
		}
		return ErrRestored
	}
	watched.learn(version)
	r.life.newest(at, version)
	return nil
}

// relist drops what is cached of the kind, which belongs to another past, and has a new informer
// list it.
func (r *runner) relist() {
	r.mu.Lock()
	end := r.end
	listing := r.informer != nil
	if listing {
		r.informer, r.watched, r.end, r.reason = nil, nil, nil, Reason(ErrRestored)
	}
	r.mu.Unlock()
	if listing {
		r.onError(r.kind.String(), Reason(ErrRestored))
		end(ErrRestored)
	}
}

// restored relists every kind: the source has answered for one of them with a version that is older
// than one it had told, so etcd was restored from a backup, and what came since the backup never
// was. An optional kind speaks for itself only: the API server that serves it may be another one,
// with a store of its own.
func (s *Set) restored(of *runner, watched *observed, known, newest model.Version) {
	s.relisting.Lock()
	defer s.relisting.Unlock()
	of.mu.Lock()
	current := of.watched == watched
	of.mu.Unlock()
	if !current {
		return // another kind has noticed before
	}
	logRestored(of, known, newest)
	for _, r := range s.runners {
		if r == of || !of.kind.Optional {
			r.relist()
		}
	}
}
