package access

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/singleflight"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/util/cache"
)

const (
	// remembered is how many answers are kept of each kind; those not used for longest make room.
	remembered = 1024
	// knownFor is for how long a caller that got a yes is asked about before strangers are.
	knownFor = time.Hour
)

// answer is what the API server said: yes, and for a token whose it is.
type answer struct {
	yes  bool
	user *authenticationv1.UserInfo
}

// memory remembers answers for as long as they may be believed. No answer is no answer: it is not remembered.
type memory struct {
	answers, known *cache.LRUExpireCache
	turns          *turns
	asking         singleflight.Group
	timeout        time.Duration
}

func newMemory(clock cache.Clock, timeout time.Duration, turns *turns) *memory {
	return &memory{
		answers: cache.NewLRUExpireCacheWithClock(remembered, clock), known: cache.NewLRUExpireCacheWithClock(remembered, clock),
		turns: turns, timeout: timeout,
	}
}

// caller is where a request comes from, and whether one from there was allowed within the last
// hour.
type caller struct {
	from          origin
	allowedBefore bool
}

// ask returns the answer to the question that key stands for, asking once for everybody who wants
// to know at the same time. A question that had no yes before waits for a turn.
func (m *memory) ask(ctx context.Context, by caller, key string, question func(context.Context) (answer, error)) (answer, error) {
	for {
		if a, ok := m.answers.Get(key); ok {
			return a.(answer), nil
		}
		result := m.asking.DoChan(key, func() (any, error) { return m.answer(ctx, by, key, question) })
		select {
		case <-ctx.Done():
			return answer{}, context.Cause(ctx)
		case r := <-result:
			if errors.Is(r.Err, errLeft) && ctx.Err() == nil {
				continue // the one that left waited for this caller as well
			}
			return r.Val.(answer), r.Err
		}
	}
}

// answer asks, when it is the caller's turn, and remembers the answer.
func (m *memory) answer(ctx context.Context, by caller, key string, question func(context.Context) (answer, error)) (answer, error) {
	if a, ok := m.answers.Get(key); ok { // it came in between
		return a.(answer), nil
	}
	if _, ok := m.known.Get(key); !ok {
		if err := m.turns.wait(ctx, by.from, by.allowedBefore); err != nil {
			return answer{}, err
		}
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
}
