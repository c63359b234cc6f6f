package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// TestGuardIsBeforeEverythingButTheProbes tries every path, in every spelling that a server might take for another.
func TestGuardIsBeforeEverythingButTheProbes(t *testing.T) {
	o := options()
	o.Profiling = func() error { return nil }
	o.Guard = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	h := handler(t, o)
	for _, path := range []string{
		"/", "/metrics", "/-/reload", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/symbol", "/nothing", "//metrics", "/./metrics", "/-/../metrics",
		"/-/healthy/../../metrics", "/-/healthy/", "/-%2Fhealthy", "/-/h%65althy", "/-/healthy%2f..%2f..%2fmetrics", "/-/ready/x", "//-/healthy", "/metrics/-/healthy",
		"/-/healthy;/metrics", "/%2e%2e/metrics", "/-/healthy%00",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "CONNECT"} {
			if w := ask(h, method, path); w.Code != http.StatusUnauthorized {
				t.Errorf("%s %s: %d %q", method, path, w.Code, w.Body)
			}
		}
	}
	for _, path := range []string{"/-/healthy", "/-/ready", "/-/healthy?x=/metrics"} {
		if w := ask(h, "GET", path); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "up 1") {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
	}
	for path, want := range map[string]string{"/metrics": "up 1\n", "/debug/pprof/": "<html>", "/": "<!DOCTYPE html>", "/-/healthy": "healthy\n"} {
		if w := ask(h, "GET", path, "Authorization", "me"); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), want) {
			t.Errorf("%s, let in: %d %.60q", path, w.Code, w.Body)
		}
	}
}

// TestProfiles: they are there when they are asked for, and for as long as something guards them.
func TestProfiles(t *testing.T) {
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline"} {
		if w := ask(handler(t, options()), "GET", path); w.Code != http.StatusNotFound {
			t.Errorf("%s without being asked for: %d", path, w.Code)
		}
	}
	var open error
	o := options()
	o.Profiling = func() error { return open }
	h := handler(t, o)
	for _, path := range []string{
		"/debug/pprof/", "/debug/pprof/goroutine?debug=1", "/debug/pprof/heap", "/debug/pprof/cmdline", "/debug/pprof/symbol",
		"/debug/pprof/profile?seconds=1", "/debug/pprof/trace?seconds=0.01",
	} {
		open = nil
		if w := ask(h, "GET", path); w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
		open = errors.New("nothing guards them")
		if w := ask(h, "GET", path); w.Code != http.StatusForbidden || w.Body.String() != "nothing guards them\n" {
			t.Errorf("%s without a guard: %d %q", path, w.Code, w.Body)
		}
	}
	contains(t, ask(h, "GET", "/").Body.String(), `href="./debug/pprof/"`)
}

func TestLandingPageWithAuthorization(t *testing.T) {
	o := options()
	o.Guard = func(next http.Handler) http.Handler { return next }
	html, _ := page(t, o, overview())
	contains(t, text(html), "The cluster's API server decides who may read this page and the metrics: whoever sends a bearer token that it accepts, and may get the path")
	if strings.Contains(html, "open to everyone") || strings.Contains(html, "--web.config.file") {
		t.Error("the page says that others decide")
	}
	o.Protected = true
	html, _ = page(t, o, overview())
	contains(t, text(html), "by the nonResourceURLs of a ClusterRole. The file of --web.config.file counts besides.")
}

func TestReadProtection(t *testing.T) {
	dir := t.TempDir()
	certificate(t, dir)
	const tls = "tls_server_config: {cert_file: tls.crt, key_file: tls.key"
	tests := []struct {
		text    string
		want    server.Protection
		callers bool
	}{
		{"", server.Protection{}, false},
		{tls + "}\n", server.Protection{TLS: true}, false},
		{"basic_auth_users: {" + user + ": " + hash + "}\n", server.Protection{BasicAuth: true}, true},
		{tls + "}\nbasic_auth_users: {" + user + ": " + hash + "}\n", server.Protection{TLS: true, BasicAuth: true}, true},
		{tls + ", client_ca_file: tls.crt, client_auth_type: RequireAndVerifyClientCert}\n", server.Protection{TLS: true, ClientCertificates: true}, true},
		{tls + ", client_ca_file: tls.crt, client_auth_type: VerifyClientCertIfGiven}\n", server.Protection{TLS: true}, false},
		{tls + ", client_auth_type: RequireAnyClientCert}\n", server.Protection{TLS: true}, false},
		{"http_server_config: {headers: {X-Frame-Options: deny}}\n", server.Protection{}, false},
	}
	for _, tt := range tests {
		writeFile(t, dir+"/web.yml", tt.text)
		got, err := server.ReadProtection(dir + "/web.yml")
		if err != nil || got != tt.want || got.Callers() != tt.callers {
			t.Errorf("%q: got %+v %v, want %+v", tt.text, got, err, tt.want)
		}
	}
	if got, err := server.ReadProtection(""); err != nil || got != (server.Protection{}) {
		t.Errorf("no file: got %+v %v", got, err)
	}
	writeFile(t, dir+"/web.yml", "nonsense: 1\n")
	if _, err := server.ReadProtection(dir + "/web.yml"); err == nil || !strings.HasPrefix(err.Error(), "--web.config.file=") {
		t.Errorf("a broken file: %v", err)
	}
}
