package informers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// served asks an API server what it serves: one round of questions for all kinds, however many ask.
type served struct {
	client *discovery.DiscoveryClient
	fresh  time.Duration

	// known are the groups that were served when the API server last answered. They are read while others wait for it.
	known atomic.Pointer[[]string]
	// versions are the groups and versions that were served within versionsHold, as in apps/v1.
	versions atomic.Pointer[[]string]

	mu     sync.Mutex
	at     time.Time
	groups *metav1.APIGroupList
	// seen is when each group and version was last served.
	seen  map[string]time.Time
	err   error
	kinds map[schema.GroupVersion]answer
}

// answer is what was said of the resources of one group and version.
type answer struct {
	names []string
	err   error
}

func newServed(client *discovery.DiscoveryClient) *served {
	// The plain lists: they are a fraction of the aggregated ones, which tell of every resource.
	plain := *client
	plain.UseLegacyDiscovery = true
	return &served{client: &plain, fresh: servedEvery / 2}
}

// kind says whether a resource is served. What was asked a moment ago is not asked again, errors included.
func (s *served) kind(ctx context.Context, r schema.GroupVersionResource) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.at) >= s.fresh {
		groups, err := s.client.ServerGroupsWithContext(ctx)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		s.at, s.err, s.kinds = time.Now(), err, make(map[schema.GroupVersion]answer)
		if err == nil {
			s.learn(groups)
		}
	}
	if s.err != nil {
		return false, fmt.Errorf("ask for the API groups: %w", s.err)
	}
	gv := r.GroupVersion()
	if !s.has(gv) {
		return false, nil
	}
	known, asked := s.kinds[gv]
	if !asked {
		list, err := s.client.ServerResourcesForGroupVersionWithContext(ctx, gv.String())
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			known.err = fmt.Errorf("ask for the resources of %s: %w", gv, err)
		} else {
			for i := range list.APIResources {
				known.names = append(known.names, list.APIResources[i].Name)
			}
		}
		s.kinds[gv] = known
	}
	return slices.Contains(known.names, r.Resource), known.err
}

func (s *served) has(gv schema.GroupVersion) bool {
	for i := range s.groups.Groups {
		for _, v := range s.groups.Groups[i].Versions {
			if v.GroupVersion == gv.String() {
				return true
			}
		}
	}
	return false
}

func (s *served) learn(groups *metav1.APIGroupList) {
	s.groups = groups
	names := make([]string, 0, len(groups.Groups))
	for i := range groups.Groups {
		names = append(names, groups.Groups[i].Name)
	}
	s.known.Store(&names)
	s.learnVersions(groups, time.Now())
}

// versionsHold is for how long a group and version is served that is no longer in the API server's answer:
// an aggregated API that fails is left out of it, and the controllers of its kinds are still there.
const versionsHold = 10 * time.Minute

func (s *served) learnVersions(groups *metav1.APIGroupList, now time.Time) {
	if s.seen == nil {
		s.seen = make(map[string]time.Time)
	}
	for i := range groups.Groups {
		for _, v := range groups.Groups[i].Versions {
			s.seen[v.GroupVersion] = now
		}
	}
	maps.DeleteFunc(s.seen, func(_ string, at time.Time) bool { return now.Sub(at) > versionsHold })
	versions := slices.Sorted(maps.Keys(s.seen))
	s.versions.Store(&versions)
}
