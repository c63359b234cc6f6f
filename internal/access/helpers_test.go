package access_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kube-posture/kube-posture-exporter/internal/access"
)

// api answers reviews as an API server does, counts them, and can be made to do worse. What a real one answers is in test/live.
type api struct {
	mu sync.Mutex
	// users by token, and what they may: "user verb path".
	users map[string]string
	may   []string
	// audiences are those that it says a token is meant for.
	audiences []string
	// instead answers everything when it is set.
	instead http.HandlerFunc
	// asked are the paths of the reviews that came.
	asked []string
	last  authorizationv1.SubjectAccessReviewSpec
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.asked = append(a.asked, r.URL.Path)
	instead := a.instead
	a.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	switch r.URL.Path {
	case "/apis/authentication.k8s.io/v1/tokenreviews":
		var review authenticationv1.TokenReview
		_ = json.NewDecoder(r.Body).Decode(&review)
		if user, ok := a.users[review.Spec.Token]; ok {
			review.Status = authenticationv1.TokenReviewStatus{Authenticated: true, Audiences: a.audiences, User: authenticationv1.UserInfo{
				Username: user, UID: "1", Groups: []string{"readers"}, Extra: map[string]authenticationv1.ExtraValue{"pod": {"a"}},
			}}
		}
		_ = json.NewEncoder(w).Encode(&review)
	case "/apis/authorization.k8s.io/v1/subjectaccessreviews":
		var review authorizationv1.SubjectAccessReview
		_ = json.NewDecoder(r.Body).Decode(&review)
		a.last = review.Spec
		n := review.Spec.NonResourceAttributes
		review.Status.Allowed = slices.Contains(a.may, review.Spec.User+" "+n.Verb+" "+n.Path)
		_ = json.NewEncoder(w).Encode(&review)
	}
}

// change changes what the API server knows, between requests.
func (a *api) change(how func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	how()
}

func (a *api) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked)
}

// clock stands still unless it is moved, and then calls what is due.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	calls map[*func()]time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After makes a guard wait by this clock.
func (c *clock) After(d time.Duration, call func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = make(map[*func()]time.Time)
	}
	c.calls[&call] = c.now.Add(d)
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, there := c.calls[&call]
		delete(c.calls, &call)
		return there
	}
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(by)
	var due []func()
	for call, at := range c.calls {
		if !at.After(c.now) {
			due = append(due, *call)
			delete(c.calls, call)
		}
	}
	c.mu.Unlock()
	for _, call := range due {
		call()
	}
}

// world is a guard before something that answers "inside".
type world struct {
	api     *api
	clock   *clock
	log     bytes.Buffer
	guard   *access.Guard
	handler http.Handler
	// headers are those that came through last.
	headers http.Header
}

func newWorld(t *testing.T, change func(*access.Options)) *world {
	t.Helper()
	w := &world{
		api: &api{
			users: map[string]string{"good": "prometheus", "weak": "somebody", "nameless": "", "anonymous": "system:anonymous"},
			may:   []string{"prometheus get /metrics", "prometheus post /-/reload", " get /metrics", "system:anonymous get /metrics"},
		},
		clock: &clock{now: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)},
	}
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	json := rest.ContentConfig{ContentType: "application/json"}
	o := access.Options{API: &rest.Config{Host: server.URL, ContentConfig: json}, Logger: log.NewLogfmtLogger(log.NewSyncWriter(&w.log)), Clock: w.clock}
	if change != nil {
		change(&o)
	}
	guard, err := access.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.guard = guard
	w.handler = guard.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.api.change(func() { w.headers = r.Header })
		_, _ = rw.Write([]byte("inside"))
	}))
	return w
}

// ask makes one request with an Authorization header.
func (w *world) ask(method, path, authorization string) *httptest.ResponseRecorder {
	return w.askFrom("192.0.2.1", method, path, authorization)
}

// askFrom makes one request from an address.
func (w *world) askFrom(address, method, path, authorization string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = address + ":1234"
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	got := httptest.NewRecorder()
	w.handler.ServeHTTP(got, r)
	return got
}

// failure is how an API server refuses.
func failure(status int, reason metav1.StatusReason) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(&metav1.Status{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Code: int32(status), Reason: reason, Message: "a secret of the cluster",
		})
	}
}
