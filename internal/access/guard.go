package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/client-go/rest"
)

const (
	// AllowedFor is how long a yes is remembered: who loses a token or a permission can read for at most so long.
	AllowedFor = time.Minute
	// DeniedFor is how long a no is remembered: who gets a permission waits for at most so long.
	DeniedFor = 10 * time.Second
	// Timeout is how long the API server may take for one answer.
	Timeout = 10 * time.Second
	// retryAfter is what a caller is told to wait when there is no answer.
	retryAfter = 5 * time.Second
	// quiet is how long nothing more is logged about an API server that does not answer.
	quiet = time.Minute
)

// Options say whom to ask.
type Options struct {
	// API is the access to the API server. It takes create on tokenreviews and subjectaccessreviews, which the ClusterRole
	// system:auth-delegator allows.
	API *rest.Config
	// Audiences are those of which a token must be meant for one; none are the API server's own.
	Audiences []string
	Logger    log.Logger
	// Clock and Timeout replace the real clock and the constant of that name, for tests.
	Clock   cache.Clock
	Timeout time.Duration
}

// Guard decides on requests. It is safe for concurrent use.
type Guard struct {
	reviews *reviews
	tokens  *memory
	rights  *memory
	turns   *turns
	// allowed are the origins of requests that were allowed within the last hour.
	allowed *cache.LRUExpireCache
	logger  log.Logger
	clock   cache.Clock

	mu     sync.Mutex
	logged time.Time
}

// New makes a guard. It asks nobody yet: an exporter must be able to start while the API server is away.
func New(o Options) (*Guard, error) {
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Timeout == 0 {
		o.Timeout = Timeout
	}
	r, err := newReviews(o.API, o.Audiences, o.Timeout)
	if err != nil {
		return nil, err
	}
	t := newTurns(time.Now, afterReally, o.Timeout)
	if d, ok := o.Clock.(delayedClock); ok {
		t = newTurns(d.Now, d.After, o.Timeout)
	}
	return &Guard{
		reviews: r, tokens: newMemory(o.Clock, o.Timeout, t), rights: newMemory(o.Clock, o.Timeout, t), turns: t,
		allowed: cache.NewLRUExpireCacheWithClock(remembered, o.Clock), logger: o.Logger, clock: o.Clock,
	}, nil
}

type realClock struct{}

// Now implements cache.Clock.
func (realClock) Now() time.Time { return time.Now() }

// delayedClock is a clock that can also call a function later.
type delayedClock interface {
	cache.Clock
	After(d time.Duration, call func()) (stop func() bool)
}

func afterReally(d time.Duration, call func()) (stop func() bool) {
	return time.AfterFunc(d, call).Stop
}

// Handler lets through to next the requests that the API server allows, without the token that they came with.
func (g *Guard) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := bearer(r.Header.Get("Authorization"))
		if token == "" {
			unauthorized(w, "", "send a bearer token that the cluster's API server accepts")
			return
		}
		by := g.caller(r)
		user, err := g.userOf(r.Context(), by, token)
		if err != nil {
			g.unanswered(w, r, err)
			return
		}
		if user == nil {
			unauthorized(w, `, error="invalid_token"`, "the cluster's API server does not accept the bearer token")
			return
		}
		verb, path := strings.ToLower(r.Method), r.URL.Path
		allowed, err := g.may(r.Context(), by, user, verb, path)
		switch {
		case err != nil:
			g.unanswered(w, r, err)
		case !allowed:
			text := fmt.Sprintf("%s may not %s %s: the cluster's RBAC has to allow it, by a ClusterRole with nonResourceURLs", quoted(user.Username), verb, quoted(path))
			http.Error(w, text, http.StatusForbidden)
		default:
			g.allowed.Add(by.from, nil, knownFor)
			passed := r.Clone(r.Context())
			passed.Header.Del("Authorization")
			next.ServeHTTP(w, passed)
		}
	})
}

func (g *Guard) caller(r *http.Request) caller {
	from := originOf(r.RemoteAddr)
	_, before := g.allowed.Get(from)
	return caller{from, before}
}

// userOf returns whose token it is, nil when the API server does not accept it.
func (g *Guard) userOf(ctx context.Context, by caller, token string) (*authenticationv1.UserInfo, error) {
	a, err := g.tokens.ask(ctx, by, digest(token), func(ctx context.Context) (answer, error) { return g.reviews.token(ctx, token) })
	return a.user, err
}

func (g *Guard) may(ctx context.Context, by caller, user *authenticationv1.UserInfo, verb, path string) (bool, error) {
	spec := specOf(user, verb, path)
	key, err := specKey(spec)
	if err != nil {
		return false, err
	}
	a, err := g.rights.ask(ctx, by, key, func(ctx context.Context) (answer, error) { return g.reviews.access(ctx, spec) })
	return a.yes, err
}

// bearer is the token of an Authorization header, empty when it holds none.
func bearer(header string) string {
	scheme, token, _ := strings.Cut(strings.TrimSpace(header), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || strings.ContainsAny(token, " \t") {
		return ""
	}
	return token
}

func unauthorized(w http.ResponseWriter, why, text string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="kube-posture-exporter"`+why)
	http.Error(w, text, http.StatusUnauthorized)
}

// unanswered refuses while nobody can tell. The caller, whom nobody knows, gets no more than what to do; the log has the rest.
func (g *Guard) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	text, wait := "the cluster's API server gives no answer on who may read this, and without one nobody may", retryAfter
	switch {
	case r.Context().Err() != nil:
		return // nobody waits for an answer
	case errors.Is(err, errBusy):
		text, wait = "too many callers at the same time of whom nothing is known yet", time.Second
	case apierrors.IsForbidden(err):
		text = "the exporter may not ask the cluster's API server who may read this: bind the ClusterRole system:auth-delegator to its ServiceAccount"
	}
	g.log(text, err)
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	http.Error(w, text, http.StatusServiceUnavailable)
}

// log says once in a while why requests are refused: whoever calls may not fill the log.
func (g *Guard) log(text string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.clock.Now(); g.logged.IsZero() || now.Sub(g.logged) >= quiet {
		g.logged = now
		level.Warn(g.logger).Log("msg", "requests are refused: "+text, "err", err)
	}
}

// quoted makes a text from outside fit for one line of an answer.
func quoted(text string) string {
	const most = 200
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strconv.QuoteToASCII(text)
}
