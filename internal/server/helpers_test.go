package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/exporter-toolkit/web"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// options serve a fixed world: tests replace what they are about.
func options() server.Options {
	return server.Options{
		TelemetryPath: "/metrics",
		Metrics:       http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "up 1") }),
		Ready:         func() error { return nil },
		Reload:        func() error { return nil },
		Overview:      overview,
		Version:       "1.2.3",
	}
}

func overview() server.Overview {
	return server.Overview{
		Source: "the test", Since: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC), KubernetesVersion: "v1.37.2", Ready: true,
		Failing: []server.Tally{{Severity: "critical", Checks: 1}},
		Gaps: []server.Gap{{ID: "root", Question: "Who is root?", Checks: []server.Check{
			{ID: "pods_privileged", About: "Privileged pods.", Severity: "critical", Judged: 7, Failing: 3, Exempt: 2, Unknown: 1},
			{ID: "pods_using_host_ports", About: "Host ports.", Severity: "high", Judged: 7},
			{ID: "pods_with_secret_env", About: "Secrets.", Severity: "high", Silent: "cannot read pods"},
		}}},
	}
}

func handler(t *testing.T, o server.Options) http.Handler {
	t.Helper()
	h, err := server.Handler(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask makes one request of a handler.
func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// flags are web flags for the given addresses and web configuration file.
func flags(config string, addresses ...string) *web.FlagConfig {
	return &web.FlagConfig{WebListenAddresses: &addresses, WebConfigFile: &config}
}

// serve serves until stop is called, which returns what Serve returned.
func serve(t *testing.T, web *web.FlagConfig, h http.Handler) (addresses []string, stop func() error) {
	t.Helper()
	l := open(t, web)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, h, slog.New(slog.DiscardHandler)) }()
	stopped := false
	stop = func() error {
		stopped = true
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(time.Minute):
			return errors.New("still serving a minute after it was asked to stop")
		}
	}
	t.Cleanup(func() {
		if stopped {
			return
		}
		if err := stop(); err != nil {
			t.Errorf("stop serving: %v", err)
		}
	})
	return l.Addresses(), stop
}

// get asks a server that has just been started.
func get(t *testing.T, client *http.Client, url string) (status int, body string) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(all)
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func open(t *testing.T, web *web.FlagConfig) *server.Listeners {
	t.Helper()
	l, err := server.Open(web)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func serveUntilItFails(t *testing.T, l *server.Listeners) error {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(t.Context(), http.NotFoundHandler(), slog.New(slog.DiscardHandler)) }()
	select {
	case err := <-ended:
		return err
	case <-time.After(time.Minute):
		t.Fatal("still serving")
		return nil
	}
}
