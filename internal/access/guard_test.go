package access_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kube-posture/kube-posture-exporter/internal/access"
)

func TestGuard(t *testing.T) {
	tests := []struct {
		name, method, path, authorization string
		status                            int
		body                              string
	}{
		{"authorised", "GET", "/metrics", "Bearer good", 200, "inside"},
		{"any case, many blanks", "GET", "/metrics", "  bearer   good ", 200, "inside"},
		{"another verb", "POST", "/-/reload", "Bearer good", 200, "inside"},
		{"a query", "GET", "/metrics?name[]=a", "Bearer good", 200, "inside"},
		{"no token", "GET", "/metrics", "", 401, "send a bearer token that the cluster's API server accepts\n"},
		{"an empty token", "GET", "/metrics", "Bearer ", 401, "send a bearer token"},
		{"two tokens", "GET", "/metrics", "Bearer good good", 401, "send a bearer token"},
		{"a password", "GET", "/metrics", "Basic Z29vZDpnb29k", 401, "send a bearer token"},
		{"a token without its scheme", "GET", "/metrics", "good", 401, "send a bearer token"},
		{"unknown token", "GET", "/metrics", "Bearer wrong", 401, "the cluster's API server does not accept the bearer token\n"},
		{"a user without a name", "GET", "/metrics", "Bearer nameless", 401, "the cluster's API server does not accept"},
		{"anonymous", "GET", "/metrics", "Bearer anonymous", 401, "the cluster's API server does not accept"},
		{"somebody else", "GET", "/metrics", "Bearer weak", 403, `"somebody" may not get "/metrics": the cluster's RBAC has to allow it`},
		{"a verb that is not allowed", "HEAD", "/metrics", "Bearer good", 403, `"prometheus" may not head "/metrics"`},
		{"a path that is not allowed", "GET", "/debug/pprof/heap", "Bearer good", 403, `"prometheus" may not get "/debug/pprof/heap"`},
		{"a path that is written otherwise", "GET", "/metric%73", "Bearer good", 200, "inside"},
		{"a longer path", "GET", "/metrics/", "Bearer good", 403, `"prometheus" may not get "/metrics/"`},
		{"a path of many lines", "GET", "/%0a%3Cb%3E", "Bearer good", 403, `"prometheus" may not get "/\n<b>"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			got := w.ask(tt.method, tt.path, tt.authorization)
			if got.Code != tt.status || !strings.HasPrefix(got.Body.String(), tt.body) {
				t.Errorf("got %d %q, want %d %q", got.Code, got.Body, tt.status, tt.body)
			}
			if challenge := got.Header().Get("WWW-Authenticate"); (tt.status == 401) != strings.HasPrefix(challenge, `Bearer realm="kube-posture-exporter"`) {
				t.Errorf("WWW-Authenticate: %q", challenge)
			}
			if w.headers.Get("Authorization") != "" {
				t.Error("the token came through")
			}
			if w.log.Len() > 0 {
				t.Errorf("callers can write to the log: %s", &w.log)
			}
		})
	}
}

// TestQuestion: RBAC decides on the whole user, groups and all.
func TestQuestion(t *testing.T) {
	w := newWorld(t, nil)
	w.ask("GET", "/metrics", "Bearer good")
	got := fmt.Sprintf("%s %s %v %v %v", w.api.last.User, w.api.last.UID, w.api.last.Groups, w.api.last.Extra, *w.api.last.NonResourceAttributes)
	if want := "prometheus 1 [readers] map[pod:[a]] {/metrics get}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAudiences(t *testing.T) {
	tests := []struct {
		name        string
		wanted, has []string
		status      int
	}{
		{"nothing is asked for", nil, []string{"https://kubernetes.default.svc"}, 200},
		{"the one", []string{"kube-posture"}, []string{"kube-posture"}, 200},
		{"one of them", []string{"a", "kube-posture"}, []string{"kube-posture"}, 200},
		{"another", []string{"kube-posture"}, []string{"vault"}, 401},
		{"an authenticator that looks at none", []string{"kube-posture"}, nil, 401},
	}
	for _, tt := range tests {
		w := newWorld(t, func(o *access.Options) { o.Audiences = tt.wanted })
		w.api.audiences = tt.has
		if got := w.ask("GET", "/metrics", "Bearer good"); got.Code != tt.status {
			t.Errorf("%s: got %d, want %d", tt.name, got.Code, tt.status)
		}
	}
}

// TestMemory: answers hold for as long as is said, and not longer.
func TestMemory(t *testing.T) {
	w := newWorld(t, nil)
	expect := func(when string, status, asked int) {
		t.Helper()
		before := w.api.count()
		if got := w.ask("GET", "/metrics", "Bearer good"); got.Code != status {
			t.Errorf("%s: got %d %s, want %d", when, got.Code, got.Body, status)
		}
		if n := w.api.count() - before; n != asked {
			t.Errorf("%s: the API server was asked %d times, want %d", when, n, asked)
		}
	}
	expect("at first", 200, 2)
	expect("again", 200, 0)
	w.api.change(func() { w.api.may = nil })
	w.clock.move(access.AllowedFor - time.Second)
	expect("the permission is gone, and the answer still holds", 200, 0)
	w.clock.move(2 * time.Second)
	expect("the answer holds no longer", 403, 2)
	expect("a no is remembered too", 403, 0)
	w.api.change(func() { w.api.may = []string{"prometheus get /metrics"} })
	w.clock.move(access.DeniedFor - time.Second)
	expect("the permission is back, and the no still holds", 403, 0)
	w.clock.move(2 * time.Second)
	expect("the no holds no longer", 200, 1)
	w.api.change(func() { w.api.users = nil })
	w.clock.move(access.AllowedFor + time.Second)
	expect("the token is gone", 401, 1)
	expect("and is remembered to be", 401, 0)
	w.api.change(func() { w.api.users = map[string]string{"good": "prometheus"} })
	w.clock.move(access.DeniedFor + time.Second)
	expect("the token is back", 200, 2)
}

// TestOneQuestionForMany: many who come at once with the same token cost one question each.
func TestOneQuestionForMany(t *testing.T) {
	w := newWorld(t, nil)
	release := make(chan struct{})
	w.api.instead = func(rw http.ResponseWriter, r *http.Request) {
		<-release
		w.api.change(func() { w.api.instead = nil; w.api.asked = nil })
		w.api.ServeHTTP(rw, r)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got := w.ask("GET", "/metrics", "Bearer good"); got.Code != 200 {
				t.Errorf("got %d", got.Code)
			}
		})
	}
	close(release)
	all.Wait()
	if n := w.api.count(); n != 2 {
		t.Errorf("the API server was asked %d times, want 2", n)
	}
}

// TestNoAnswer: what nobody can tell is refused, and says what to do.
func TestNoAnswer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	at := func(url string) func(*access.Options) {
		return func(o *access.Options) { o.API, o.Timeout = &rest.Config{Host: url}, 100*time.Millisecond }
	}
	const away = "the cluster's API server gives no answer on who may read this, and without one nobody may\n"
	tests := []struct {
		name    string
		change  func(*access.Options)
		instead http.HandlerFunc
		body    string
	}{
		{"it does not answer", at("http://" + silent.Addr().String()), nil, away},
		{"it is not there", at(gone.URL), nil, away},
		{"it is broken", nil, failure(http.StatusInternalServerError, "InternalError"), away},
		{"it does not know the exporter", nil, failure(http.StatusUnauthorized, "Unauthorized"), away},
		{"it is something else", nil, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "<html>welcome</html>") }, away},
		{"it says nothing of use", nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) }, away},
		{
			"the exporter may not ask", nil, failure(http.StatusForbidden, "Forbidden"),
			"the exporter may not ask the cluster's API server who may read this: bind the ClusterRole system:auth-delegator to its ServiceAccount\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.change)
			w.api.instead = tt.instead
			for range 3 {
				got := w.ask("GET", "/metrics", "Bearer good")
				if got.Code != 503 || got.Body.String() != tt.body || got.Header().Get("Retry-After") != "5" {
					t.Errorf("got %d %q %v, want 503 %q", got.Code, got.Body, got.Header(), tt.body)
				}
			}
			if n := strings.Count(w.log.String(), "\n"); n != 1 || !strings.Contains(w.log.String(), "level=warn") {
				t.Errorf("want one line in the log, got\n%s", &w.log)
			}
			if strings.Contains(w.log.String(), "good") {
				t.Errorf("the token is in the log: %s", &w.log)
			}
		})
	}
}

// TestNoAnswerOnRights: half an answer is none.
func TestNoAnswerOnRights(t *testing.T) {
	w := newWorld(t, nil)
	w.ask("GET", "/metrics", "Bearer good")
	w.api.instead = failure(http.StatusServiceUnavailable, "ServiceUnavailable")
	if got := w.ask("GET", "/metrics", "Bearer good"); got.Code != 200 {
		t.Errorf("what is remembered: got %d", got.Code)
	}
	if got := w.ask("POST", "/-/reload", "Bearer good"); got.Code != 503 {
		t.Errorf("what is not: got %d", got.Code)
	}
	w.clock.move(access.AllowedFor + time.Second)
	if got := w.ask("GET", "/metrics", "Bearer good"); got.Code != 503 {
		t.Errorf("what was: got %d", got.Code)
	}
}
