package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

func TestEndpoints(t *testing.T) {
	h := handler(t, options())
	tests := []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/-/healthy", 200, "healthy\n"},
		{"GET", "/-/ready", 200, "ready\n"},
		{"GET", "/metrics", 200, "up 1\n"},
		{"GET", "/", 200, "<!DOCTYPE html>\n"},
		{"HEAD", "/", 200, ""},
		{"HEAD", "/metrics", 200, ""},
		{"POST", "/-/reload", 200, "reloaded\n"},
		{"PUT", "/-/reload", 200, "reloaded\n"},
		{"GET", "/-/reload", 405, "reload with POST\n"},
		{"POST", "/", 405, "Method Not Allowed\n"},
		{"POST", "/metrics", 405, "Method Not Allowed\n"},
		{"DELETE", "/-/healthy", 405, "Method Not Allowed\n"},
		{"GET", "/metrics/", 404, "404 page not found\n"},
		{"GET", "/index.html", 404, "404 page not found\n"},
		{"GET", "/favicon.ico", 404, "404 page not found\n"},
		{"GET", "/debug/pprof/", 404, "404 page not found\n"},
		{"GET", "/-/", 404, "404 page not found\n"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			w := ask(h, tt.method, tt.path)
			if w.Code != tt.status || !strings.HasPrefix(w.Body.String(), tt.body) && tt.method != http.MethodHead {
				t.Errorf("got %d %.40q, want %d %q", w.Code, w.Body, tt.status, tt.body)
			}
		})
	}
}

func TestTelemetryPath(t *testing.T) {
	o := options()
	o.TelemetryPath = "/a/b"
	h := handler(t, o)
	if w := ask(h, "GET", "/a/b"); w.Code != 200 || w.Body.String() != "up 1\n" {
		t.Errorf("got %d %q at the path that was asked for", w.Code, w.Body)
	}
	if w := ask(h, "GET", "/metrics"); w.Code != 404 {
		t.Errorf("got %d at the default path, want 404", w.Code)
	}
	// Relative, so that it also works behind a proxy that puts a path in front.
	contains(t, ask(h, "GET", "/").Body.String(), `href="./a/b"`)
}

func TestReadySaysWhatIsMissing(t *testing.T) {
	o := options()
	missing := errors.New("waiting for the first list of pods")
	o.Ready = func() error { return missing }
	h := handler(t, o)
	if w := ask(h, "GET", "/-/ready"); w.Code != 503 || w.Body.String() != "not ready: waiting for the first list of pods\n" {
		t.Errorf("before: got %d %q", w.Code, w.Body)
	}
	if w := ask(h, "GET", "/-/healthy"); w.Code != 200 {
		t.Errorf("healthy does not depend on readiness: got %d", w.Code)
	}
	missing = nil
	if w := ask(h, "GET", "/-/ready"); w.Code != 200 {
		t.Errorf("after: got %d %q", w.Code, w.Body)
	}
}

func TestReload(t *testing.T) {
	calls := 0
	failing := func() error { calls++; return errors.New("config.yaml:3: findingz: unknown key") }
	tests := []struct {
		name, method string
		reload       func() error
		headers      []string
		status       int
		body         string
		calls        int
	}{
		{
			"off", "POST", nil, nil,
			403, "the lifecycle endpoint is off: start the exporter with --web.enable-lifecycle, or send SIGHUP\n", 0,
		},
		{"broken file", "POST", failing, nil, 500, "the old configuration stays in force:\nconfig.yaml:3: findingz: unknown key\n", 1},
		{"wrong method", "GET", failing, nil, 405, "reload with POST\n", 0},
		{
			"from a page of another site", "POST", failing, []string{"Sec-Fetch-Site", "cross-site"},
			403, "cross-origin request detected", 0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			calls = 0
			o := options()
			o.Reload = tt.reload
			w := ask(handler(t, o), tt.method, "/-/reload", tt.headers...)
			if w.Code != tt.status || !strings.HasPrefix(w.Body.String(), tt.body) {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.status, tt.body)
			}
			if calls != tt.calls {
				t.Errorf("reloaded %d times, want %d", calls, tt.calls)
			}
			if allow := w.Header().Get("Allow"); tt.status == 405 && allow != "POST, PUT" {
				t.Errorf("Allow: %q", allow)
			}
		})
	}
}

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	h := handler(t, options())
	for _, path := range []string{"/", "/metrics", "/-/ready", "/-/reload", "/nothing"} {
		got := ask(h, "GET", path).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "deny", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if got.Get(name) != want {
				t.Errorf("%s: %s: %q, want %q", path, name, got.Get(name), want)
			}
		}
		if policy := got.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") {
			t.Errorf("%s: Content-Security-Policy: %q", path, policy)
		}
	}
}

func TestLandingPagesAtTheSameTimeAreLimited(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	o := options()
	o.MaxRequests = 1
	o.Overview = func() server.Overview {
		entered <- struct{}{}
		<-release
		return overview()
	}
	h := handler(t, o)
	first := make(chan int)
	go func() { first <- ask(h, "GET", "/").Code }()
	<-entered
	w := ask(h, "GET", "/")
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("the second at a time: got %d %q", w.Code, w.Body)
	}
	if w := ask(h, "GET", "/metrics"); w.Code != 200 {
		t.Errorf("the metrics have a limit of their own: got %d", w.Code)
	}
	close(release)
	if code := <-first; code != 200 {
		t.Errorf("the first: got %d", code)
	}
	go func() { <-entered }()
	if w := ask(h, "GET", "/"); w.Code != 200 {
		t.Errorf("after the first: got %d", w.Code)
	}
}
