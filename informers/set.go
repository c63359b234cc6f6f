package informers

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/network"
	"github.com/kube-posture/kube-posture-exporter/internal/network/calico"
	"github.com/kube-posture/kube-posture-exporter/internal/network/enforcer"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// Set is the informers of every kind in the table.
type Set struct {
	source  Source
	runners [model.KindCount]*runner
	// needs are the kinds that something is judged by, each list enough for it.
	needs [][]model.Kind
	// relisting is held while every kind is relisted.
	relisting sync.Mutex
	// decided is true once every required kind has been listed or refused and something could be
	// judged; it never becomes false again.
	mu      sync.Mutex
	decided bool
}

// Option changes how a Set behaves.
type Option func(*Set)

// StaleAfter makes kinds absent whose cache is not known to be newer. Kinds that say nothing for half of that time, not even a bookmark, are
// listed anew. Without it what is cached is believed for ever, which is right for manifests only.
func StaleAfter(d time.Duration) Option {
	return func(s *Set) {
		for _, r := range s.runners {
			r.life.staleAfter = d
		}
	}
}

// Clock tells the time at which something was last heard, instead of time.Now. How long ago that is does not depend on it.
func Clock(now func() time.Time) Option {
	return func(s *Set) {
		for _, r := range s.runners {
			r.life.now = now
		}
	}
}

// Judging names what each of the checks needs: a Set is not ready before every kind of one of them
// is known. Without it, any required kind that is in the cache is enough.
func Judging(needs [][]model.Kind) Option { return func(s *Set) { s.needs = needs } }

// New makes the informers; Run starts them.
func New(source Source, projector *Projector, logger log.Logger, onError OnWatchError, options ...Option) *Set {
	s := &Set{source: source}
	for _, k := range Table() {
		r := &runner{
			kind: k, source: source, projector: projector, logger: logger, onError: onError, backoff: defaultBackoff(),
			servedEvery: servedEvery, refusalHolds: refusalHolds, restored: s.restored,
		}
		r.life.began, r.life.now = time.Now(), time.Now
		s.runners[k.Kind] = r
		if k.Required && !k.Optional {
			s.needs = append(s.needs, []model.Kind{k.Kind})
		}
	}
	for _, option := range options {
		option(s)
	}
	return s
}

// stopWithin is how long Run waits for its informers: a reflector that pauses because the API server is away does not hear the end.
const stopWithin = 2 * time.Second

// Run runs the source and the informers until ctx ends, and returns when all of them have stopped, or two seconds later. It returns
// early with the source's error when it fails.
func (s *Set) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	for _, r := range s.runners {
		running.Go(func() { r.run(ctx) })
	}
	err := s.source.Run(ctx)
	cancel()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		running.Wait()
	}()
	select {
	case <-stopped:
	case <-time.After(stopWithin):
	}
	return err
}

// States says of every kind whether it can be read, in the order of the table.
func (s *Set) States() []State {
	states := make([]State, 0, len(s.runners))
	for _, r := range s.runners {
		states = append(states, r.state())
	}
	return states
}

// Ready reports whether every required kind has been listed or refused at least once, and something
// can be judged: before that, nothing is known about posture. It never becomes false again: a kind
// that becomes unavailable later is absent, and makes nothing else so. When no kind can be listed,
// be it that the API server refuses all of them or that it cannot be reached, nothing can be
// judged.
func (s *Set) Ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.decided {
		return true
	}
	var known [model.KindCount]bool
	for k, r := range s.runners {
		state := r.state()
		if state.Kind.Required && state.Status == Pending {
			return false
		}
		known[k] = state.Status == Synced || state.Status == NotServed
	}
	s.decided = slices.ContainsFunc(s.needs, func(all []model.Kind) bool {
		return !slices.ContainsFunc(all, func(k model.Kind) bool { return !known[k] })
	})
	return s.decided
}

// Snapshot reads every store. Each kind is whole: as it was before a relist or after it, never in between.
func (s *Set) Snapshot() *posture.Snapshot {
	snap := &posture.Snapshot{KubernetesVersion: s.source.Version()}
	snap.Groups, snap.GroupVersions = s.source.Groups(), s.source.GroupVersions()
	var stores [model.KindCount]cache.Indexer
	for k, r := range s.runners {
		if stores[k] = r.synced(); stores[k] != nil {
			snap.Have[k] = true
		} else if r.notServed() {
			// There are none, and that is known.
			snap.Have[k], snap.Versions[k] = true, posture.NotServed
		}
	}
	objects := func(k model.Kind) []any {
		if stores[k] == nil {
			return nil
		}
		var all []any
		all, snap.Versions[k] = read(stores[k])
		snap.Objects[k] = len(all)
		return all
	}
	snap.Pods = list[model.Pod](objects(model.Pods))
	snap.Namespaces = list[model.Namespace](objects(model.Namespaces))
	snap.Nodes = list[model.Node](objects(model.Nodes))
	snap.ServiceAccounts = list[model.ServiceAccount](objects(model.ServiceAccounts))
	snap.LimitRanges = list[model.LimitRange](objects(model.LimitRanges))
	snap.ResourceQuotas = list[model.ResourceQuota](objects(model.ResourceQuotas))
	snap.Policies = list[network.Object](objects(model.NetworkPolicies), objects(model.ClusterNetworkPolicies), objects(model.AdminNetworkPolicies),
		objects(model.BaselineAdminNetworkPolicies), objects(model.CiliumNetworkPolicies), objects(model.CiliumClusterwideNetworkPolicies))
	snap.CalicoPolicies = list[calico.Object](objects(model.CalicoNetworkPolicies), objects(model.CalicoGlobalNetworkPolicies),
		objects(model.StoredCalicoNetworkPolicies), objects(model.StoredCalicoGlobalNetworkPolicies))
	snap.CalicoTiers = list[calico.Tier](objects(model.CalicoTiers), objects(model.StoredCalicoTiers))
	snap.DaemonSets = list[enforcer.Object](objects(model.DaemonSets))
	snap.Roles = list[model.Role](objects(model.Roles), objects(model.ClusterRoles))
	snap.Bindings = list[model.Binding](objects(model.RoleBindings), objects(model.ClusterRoleBindings))
	for _, k := range []model.Kind{
		model.ReplicaSets, model.Jobs, model.CalicoNetworkSets, model.CalicoGlobalNetworkSets, model.StoredCalicoNetworkSets,
		model.StoredCalicoGlobalNetworkSets,
	} {
		if stores[k] != nil {
			snap.Objects[k], snap.Versions[k] = len(stores[k].ListKeys()), stores[k].LastStoreSyncResourceVersion()
		}
	}
	snap.Controlled = func(kind model.Kind, namespace, name string) *model.Controlled {
		if stores[kind] == nil {
			return nil
		}
		obj, _, _ := stores[kind].GetByKey(namespace + "/" + name)
		c, _ := obj.(*model.Controlled)
		return c
	}
	return snap
}

// Version is the resourceVersion that a kind's store has now, empty when there is none. What is looked up in the store, and not listed, is of
// the version of the snapshot only if it is still the same when all has been looked up.
func (s *Set) Version(k model.Kind) string {
	if store := s.runners[k].synced(); store != nil {
		return store.LastStoreSyncResourceVersion()
	}
	return ""
}

// read returns the objects of a store, and the version that they are of: empty when the store changed even while they were read again.
func read(store cache.Indexer) (objects []any, version string) {
	for range 2 {
		version = store.LastStoreSyncResourceVersion()
		if objects = store.List(); version == store.LastStoreSyncResourceVersion() {
			return objects, version
		}
	}
	return objects, ""
}

// list reads the objects of stores whose values are all of one projected type.
func list[T any](stores ...[]any) []*T {
	var out []*T
	for _, all := range stores {
		out = slices.Grow(out, len(all))
		for _, obj := range all {
			if o, ok := obj.(*T); ok {
				out = append(out, o)
			}
		}
	}
	return out
}
