package live_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"github.com/kube-posture/kube-posture-exporter/internal/access"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// leap is a clock that runs, and that a test can move.
type leap struct {
	mu sync.Mutex
	by time.Duration
}

func (l *leap) Now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Add(l.by)
}

func (l *leap) move(by time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by += by
}

// guarded is a guard that asks a real API server, over TLS before something that answers.
type guarded struct {
	clock  *leap
	server *httptest.Server
}

func startGuard(t *testing.T, api *rest.Config, audiences ...string) *guarded {
	t.Helper()
	g := &guarded{clock: &leap{}}
	guard := must[*access.Guard](t)(access.New(access.Options{API: api, Audiences: audiences, Logger: log.NewNopLogger(), Clock: g.clock}))
	g.server = httptest.NewTLSServer(guard.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	t.Cleanup(g.server.Close)
	return g
}

// expect asks for a path, and says what came if it is not the status.
func (g *guarded) expect(method, path, token string, want int) error {
	l := &launched{url: g.server.URL, client: g.server.Client()}
	response, body, err := l.ask(method, path, token)
	switch {
	case err != nil:
		return err
	case response.StatusCode != want:
		return fmt.Errorf("%s, want %d: %s", response.Status, want, body)
	case want == http.StatusUnauthorized && response.Header.Get("WWW-Authenticate") == "":
		return fmt.Errorf("no WWW-Authenticate")
	case want == http.StatusServiceUnavailable && response.Header.Get("Retry-After") == "":
		return fmt.Errorf("no Retry-After")
	}
	return nil
}

// readers are the accounts of the tests: one that may get /metrics, and one that may not.
type readers struct {
	prometheus, somebody *corev1.ServiceAccount
	// token is prometheus's.
	token string
}

// startAuthorization runs a control plane whose user "exporter" may ask, and makes the readers.
func startAuthorization(t *testing.T, options ...testcluster.Option) (*testcluster.Cluster, *readers) {
	t.Helper()
	cluster := startCluster(t, options...)
	mayAsk(t, cluster, "exporter")
	r := &readers{prometheus: account(t, cluster, "prometheus"), somebody: account(t, cluster, "somebody")}
	allowPaths(t, cluster, r.prometheus, []string{"get"}, []string{"/metrics"})
	r.token = tokenOf(t, cluster, r.prometheus)
	return cluster, r
}

// TestAuthorization is every kind of caller before a real API server.
func TestAuthorization(t *testing.T) {
	signer, accepts := newSigner(t)
	cluster, readers := startAuthorization(t, accepts)
	stranger, _ := newSigner(t)
	g := startGuard(t, cluster.ConfigFor("exporter"))
	own := startGuard(t, cluster.ConfigFor("exporter"), "kube-posture")
	deaf := startGuard(t, cluster.ConfigFor("nobody-special"))
	await(t, "the role to be in force", func() error {
		g.clock.move(time.Hour)
		return g.expect("GET", "/metrics", readers.token, http.StatusOK)
	})
	tests := []struct {
		name                string
		guard               *guarded
		method, path, token string
		want                int
	}{
		{"authorised", g, "GET", "/metrics", readers.token, 200},
		{"no token", g, "GET", "/metrics", "", 401},
		{"a wrong one", g, "GET", "/metrics", "nonsense", 401},
		{"half of one", g, "GET", "/metrics", readers.token[:len(readers.token)/2], 401},
		{"of a key that is not the cluster's", g, "GET", "/metrics", stranger.token(t, readers.prometheus, -time.Minute, time.Hour), 401},
		{"of the cluster's other key", g, "GET", "/metrics", signer.token(t, readers.prometheus, -time.Minute, time.Hour), 200},
		{"the same, expired", g, "GET", "/metrics", signer.token(t, readers.prometheus, -time.Hour, -time.Minute), 401},
		{"the same, of tomorrow", g, "GET", "/metrics", signer.token(t, readers.prometheus, 24*time.Hour, 25*time.Hour), 401},
		{"for another audience", g, "GET", "/metrics", tokenOf(t, cluster, readers.prometheus, "vault"), 401},
		{"for the exporter's audience, which it does not ask for", g, "GET", "/metrics", tokenOf(t, cluster, readers.prometheus, "kube-posture"), 401},
		{"for the exporter's audience", own, "GET", "/metrics", tokenOf(t, cluster, readers.prometheus, "kube-posture"), 200},
		{"for several audiences", own, "GET", "/metrics", tokenOf(t, cluster, readers.prometheus, "vault", "kube-posture"), 200},
		{"for the API server, where the exporter wants its own", own, "GET", "/metrics", readers.token, 401},
		{"not authorised", g, "GET", "/metrics", tokenOf(t, cluster, readers.somebody), 403},
		{"authorised for another path", g, "GET", "/", readers.token, 403},
		{"authorised for another verb", g, "POST", "/metrics", readers.token, 403},
		{"profiles", g, "GET", "/debug/pprof/heap", readers.token, 403},
		{"reload", g, "POST", "/-/reload", readers.token, 403},
		{"the exporter may not ask", deaf, "GET", "/metrics", readers.token, 503},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 { // the second answer is the remembered one
				if err := tt.guard.expect(tt.method, tt.path, tt.token, tt.want); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestAuthorizationIsTakenAway: what is revoked works until the memory's time is over, and not longer.
func TestAuthorizationIsTakenAway(t *testing.T) {
	cluster, readers := startAuthorization(t)
	g := startGuard(t, cluster.ConfigFor("exporter"))
	allowed := func() error { return g.expect("GET", "/metrics", readers.token, http.StatusOK) }
	// The API server follows its own objects, and remembers tokens for some seconds itself.
	later := func(status int) func() error {
		return func() error {
			g.clock.move(access.AllowedFor + time.Second)
			return g.expect("GET", "/metrics", readers.token, status)
		}
	}
	await(t, "the role to be in force", later(http.StatusOK))
	unbind(t, cluster, "prometheus")
	if err := allowed(); err != nil {
		t.Errorf("at once after the permission was taken away: %v", err)
	}
	await(t, "the permission to be gone", later(http.StatusForbidden))
	noError(t, cluster.Client().RbacV1().ClusterRoles().Delete(context.Background(), "prometheus", atOnce()))
	allowPaths(t, cluster, readers.prometheus, []string{"get"}, []string{"/metrics"})
	await(t, "the permission to be back", later(http.StatusOK))
	noError(t, cluster.Client().CoreV1().ServiceAccounts("default").Delete(context.Background(), readers.prometheus.Name, atOnce()))
	if err := allowed(); err != nil {
		t.Errorf("at once after the account was deleted: %v", err)
	}
	await(t, "the token to be nobody's", later(http.StatusUnauthorized))
}

// TestAuthorizationWithoutAPIServer: closed, but for what is remembered; and open again by itself.
func TestAuthorizationWithoutAPIServer(t *testing.T) {
	cluster, readers := startAuthorization(t)
	g := startGuard(t, cluster.ConfigFor("exporter"))
	await(t, "the role to be in force", func() error {
		g.clock.move(time.Hour)
		return g.expect("GET", "/metrics", readers.token, http.StatusOK)
	})
	other := tokenOf(t, cluster, readers.prometheus)
	cluster.StopAPIServer()
	for _, tt := range []struct {
		name, token string
		after       time.Duration
		want        int
	}{
		{"remembered", readers.token, 0, 200},
		{"not seen before", other, 0, 503},
		{"made up", "nonsense", 0, 503},
		{"none", "", 0, 401},
		{"remembered for too long", readers.token, access.AllowedFor + time.Second, 503},
	} {
		g.clock.move(tt.after)
		if err := g.expect("GET", "/metrics", tt.token, tt.want); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	cluster.StartAPIServer()
	await(t, "the API server to be asked again", func() error { return g.expect("GET", "/metrics", readers.token, http.StatusOK) })
}
