package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"k8s.io/client-go/rest"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

func TestValidate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"defaults", func(*Options) {}, ""},
		{"level", func(o *Options) { o.LogLevel = "loud" }, `--log.level: log level "loud" is not supported: use debug, info, warn or error`},
		{"format", func(o *Options) { o.LogFormat = "xml" }, `--log.format: log format "xml" is not supported: use logfmt or json`},
		{"address", func(o *Options) { *o.Web.WebListenAddresses = []string{"9911"} }, "--web.listen-address=9911: it must be HOST:PORT or :PORT, as :9911"},
		{"requests", func(o *Options) { o.MaxRequests = -1 }, "--web.max-requests=-1: it must be 0, for no limit, or more"},
		{"believing for ever", func(o *Options) { o.StaleAfter = 0 }, ""},
		{"stale at once", func(o *Options) { o.StaleAfter = time.Second }, "--watch.stale-after=1s: it must be at least 20s, or 0 to believe what is known for ever"},
		{"stale before", func(o *Options) { o.StaleAfter = -time.Minute }, "--watch.stale-after=-1m0s: it must be at least 20s, or 0 to believe what is known for ever"},
		{"empty path", func(o *Options) { o.Snapshots = []string{"a", ""} }, "--snapshot: the path is empty; name a file or a folder"},
		{
			"two sources", func(o *Options) { o.Kubeconfig, o.Snapshots = "a", []string{"b"} },
			"--kubeconfig and --snapshot: the objects can come from one of them only; leave the others out",
		},
		{
			"three sources", func(o *Options) { o.Kubeconfig, o.Snapshots, o.Demo = "a", []string{"b"}, true },
			"--kubeconfig and --snapshot and --demo: the objects can come from one of them only; leave the others out",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options()
			tt.change(&o)
			err := o.Validate()
			if tt.want == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			var usage UsageError
			if !errors.As(err, &usage) || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestValidateTelemetryPath(t *testing.T) {
	for _, good := range []string{"/metrics", "/a/b", "/-", "/a-b_c.d~e", "/0"} {
		o := options()
		if o.TelemetryPath = good; o.Validate() != nil {
			t.Errorf("%s is refused: %v", good, o.Validate())
		}
	}
	for _, bad := range []string{"", "/", "metrics", "/metrics/", "//metrics", "/a//b", "/a/../b", "/-/x", "/-/ready", "/{x}", "/a b", "/a?b", "/a%20b", "/é", "/<b>"} {
		o := options()
		if o.TelemetryPath = bad; o.Validate() == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzTelemetryPath(f *testing.F) {
	f.Add("/metrics")
	f.Add("/a//b")
	f.Fuzz(func(t *testing.T, path string) {
		if !goodPath(path) {
			return
		}
		// A path that is taken can be served: the router panics on a pattern that it does not understand.
		h, err := server.Handler(server.Options{TelemetryPath: path, Metrics: http.NotFoundHandler(), Overview: func() server.Overview { return server.Overview{} }})
		if err != nil {
			t.Fatal(err)
		}
		if w := ask(h, "/"); !strings.Contains(w.Body.String(), `href=".`+path+`"`) {
			t.Errorf("the landing page does not link to %s:\n%s", path, w.Body)
		}
	})
}

// silent is the address of something that takes connections and never says anything.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// TestConnectEndsWithItsContext: a signal must not wait for an API server.
func TestConnectEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	_, err := connect(ctx, &rest.Config{Host: silent(t)})
	if !errors.Is(err, context.Canceled) || time.Since(began) > connectTimeout/2 {
		t.Errorf("got %v after %s", err, time.Since(began))
	}
}

func TestStopWhileConnecting(t *testing.T) {
	dir := t.TempDir()
	o := options()
	o.Kubeconfig = dir + "/kubeconfig"
	write(t, o.Kubeconfig, "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: \"http://"+silent(t)+"\"}}]\n"+
		"contexts: [{name: a, context: {cluster: a}}]\ncurrent-context: a\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := serve(ctx, o, log.NewNopLogger()); err != nil {
		t.Errorf("asked to stop, it returned %v", err)
	}
}

func TestWhereTellsNoSecret(t *testing.T) {
	for host, want := range map[string]string{
		"https://user:secret@api.example.test:6443/path?token=secret": "https://api.example.test:6443",
		"https://10.0.0.1": "https://10.0.0.1",
		"localhost:8080":   "localhost:8080",
		"::bad::":          "::bad::",
	} {
		if got := where(&rest.Config{Host: host}); got != want || strings.Contains(got, "secret") {
			t.Errorf("%s: got %s, want %s", host, got, want)
		}
	}
}
