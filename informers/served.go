package informers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
	err    error
	kinds  map[schema.GroupVersion]answer
	// seen are the groups and the resources that were served, each until it is believed to be gone.
	seen sightings
	// versionSeen is when each group and version was last served.
	versionSeen map[string]time.Time
	// began is when the first question was asked, and starting says why the API server was not
	// ready by then; nil once it was.
	began    time.Time
	starting error
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
	return &served{client: &plain, fresh: servedEvery / 2, seen: make(sightings)}
}

// kind reports whether a resource is served. What was asked a moment ago is not asked again, errors
// included. A resource that was served and is missing is an error that is a NotFound one until it
// has been missing for a while, and so is every resource that is missing while the API server
// starts.
func (s *served) kind(ctx context.Context, r schema.GroupVersionResource) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.at) >= s.fresh {
		if err := s.ask(ctx); err != nil {
			return false, err
		}
	}
	if s.err != nil {
		return false, fmt.Errorf("ask for the API groups: %w", s.err)
	}
	there, err := s.has(ctx, r)
	switch name := r.String(); {
	case err != nil:
		return false, err
	case there:
		s.seen.there(name)
		return true, nil
	case !s.seen.gone(name):
		return false, fmt.Errorf("served a moment ago: %w", apierrors.NewNotFound(r.GroupResource(), ""))
	case s.starting != nil:
		return false, fmt.Errorf("the API server is not ready: %w", s.starting)
	}
	return false, nil
}

// startsWithin is for how long an API server is given to become ready. What it serves after that is
// believed, whatever it says of itself.
const startsWithin = time.Minute

// ask asks for the groups. Before the first answer it asks whether the API server is ready: one
// that has just started does not know all definitions of custom resources, and there is no earlier
// answer to doubt this one by. An error is one of ctx.
func (s *served) ask(ctx context.Context) error {
	if s.began.IsZero() {
		s.began = time.Now()
	}
	if s.groups == nil || s.starting != nil {
		s.starting = s.ready(ctx)
	}
	groups, err := s.client.ServerGroupsWithContext(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.at, s.err, s.kinds = time.Now(), err, make(map[schema.GroupVersion]answer)
	if err == nil {
		s.learn(groups)
	}
	return nil
}

// ready returns why the API server is not ready. One that does not tell is.
func (s *served) ready(ctx context.Context) error {
	if time.Since(s.began) >= startsWithin {
		return nil
	}
	err := s.client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	if unavailable(err) {
		return nil
	}
	return err
}

// has reports whether the last answers have a resource.
func (s *served) has(ctx context.Context, r schema.GroupVersionResource) (bool, error) {
	gv := r.GroupVersion()
	if !slices.ContainsFunc(s.groups.Groups, func(g metav1.APIGroup) bool {
		return slices.ContainsFunc(g.Versions, func(v metav1.GroupVersionForDiscovery) bool { return v.GroupVersion == gv.String() })
	}) {
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

func (s *served) learn(groups *metav1.APIGroupList) {
	s.groups = groups
	names := make([]string, 0, len(groups.Groups))
	for i := range groups.Groups {
		names = append(names, groups.Groups[i].Name)
		s.seen.there(groups.Groups[i].Name)
	}
	if before := s.known.Load(); before != nil {
		for _, name := range *before {
			if !slices.Contains(names, name) && !s.seen.gone(name) {
				names = append(names, name)
			}
		}
	}
	s.known.Store(&names)
	s.learnVersions(groups, time.Now())
}

// versionsHold is for how long a group and version is served that is no longer in the API server's
// answer: an aggregated API that fails is left out of it, and the controllers of its kinds are
// still there.
const versionsHold = 10 * time.Minute

func (s *served) learnVersions(groups *metav1.APIGroupList, now time.Time) {
	if s.versionSeen == nil {
		s.versionSeen = make(map[string]time.Time)
	}
	for i := range groups.Groups {
		for _, v := range groups.Groups[i].Versions {
			s.versionSeen[v.GroupVersion] = now
		}
	}
	maps.DeleteFunc(s.versionSeen, func(_ string, at time.Time) bool { return now.Sub(at) > versionsHold })
	versions := slices.Sorted(maps.Keys(s.versionSeen))
	s.versions.Store(&versions)
}

// sightings are names that an API server has told, by what it has told since.
type sightings map[string]sighting

// sighting is in how many answers a name has been missing one after the other, and since when. The
// zero value is one that is there.
type sighting struct {
	missing int
	since   time.Time
}

// goneAfter and goneAnswers are for how long and in how many answers a name must be missing: an
// aggregated API that restarts, or an API server that starts, leaves out what it serves again a
// moment later.
const goneAfter, goneAnswers = 3 * servedEvery, 3

// there notes that a name is in an answer.
func (s sightings) there(name string) { s[name] = sighting{} }

// gone notes that a name is missing from an answer, and reports whether that is believed. A name
// that was never there is.
func (s sightings) gone(name string) bool {
	seen, known := s[name]
	if !known {
		return true
	}
	if seen.missing++; seen.missing == 1 {
		seen.since = time.Now()
	}
	if seen.missing >= goneAnswers && time.Since(seen.since) >= goneAfter {
		delete(s, name)
		return true
	}
	s[name] = seen
	return false
}
