package access

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/singleflight"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/client-go/util/flowcontrol"
)

const (
	// remembered is how many answers are kept of each kind; those not used for longest make room.
	remembered = 1024
	// knownFor is for how long a caller that got a yes is asked about before strangers are.
	knownFor = time.Hour
	// strangersPerSecond and strangersAtOnce bound the questions about callers that have not had a yes, so that a flood of made-up tokens
	// neither reaches the API server nor takes the place of who is known.
	strangersPerSecond = 20
	strangersAtOnce    = 100
)

// errBusy says that a stranger was not asked about.
var errBusy = errors.New("too many questions about strangers")

// answer is what the API server said: yes, and for a token whose it is.
type answer struct {
	yes  bool
	user *authenticationv1.UserInfo
}

// memory remembers answers for as long as they may be believed. No answer is no answer: it is not remembered.
type memory struct {
	answers, known *cache.LRUExpireCache
	strangers      flowcontrol.RateLimiter
	asking         singleflight.Group
	timeout        time.Duration
}

func newStrangers() flowcontrol.RateLimiter {
	return flowcontrol.NewTokenBucketRateLimiter(strangersPerSecond, strangersAtOnce)
}

func newMemory(clock cache.Clock, timeout time.Duration, strangers flowcontrol.RateLimiter) *memory {
	return &memory{
		answers: cache.NewLRUExpireCacheWithClock(remembered, clock), known: cache.NewLRUExpireCacheWithClock(remembered, clock),
		strangers: strangers, timeout: timeout,
	}
}

// ask returns the answer to the question that key stands for, asking once for everybody who wants to know at the same time.
func (m *memory) ask(ctx context.Context, key string, question func(context.Context) (answer, error)) (answer, error) {
	if a, ok := m.answers.Get(key); ok {
		return a.(answer), nil
	}
	result := m.asking.DoChan(key, func() (any, error) {
		if a, ok := m.answers.Get(key); ok { // it came in between
			return a, nil
		}
		if _, ok := m.known.Get(key); !ok && !m.strangers.TryAccept() {
			return answer{}, errBusy
		}
		// Not the context of one of those who wait: the others would lose their answer with it.
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.timeout)
		defer cancel()
		a, err := question(limit)
		if err != nil {
			return answer{}, err
		}
		if a.yes {
			m.answers.Add(key, a, AllowedFor)
			m.known.Add(key, nil, knownFor)
		} else {
			m.answers.Add(key, a, DeniedFor)
			m.known.Remove(key)
		}
		return a, nil
	})
	select {
	case <-ctx.Done():
		return answer{}, context.Cause(ctx)
	case r := <-result:
		return r.Val.(answer), r.Err
	}
}
