package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

func TestKnownHost(t *testing.T) {
	patterns := []string{"posture.example.com", "*.monitoring.example.org"}
	for host, want := range map[string]bool{
		"": true, "10.1.2.3": true, "10.1.2.3:9911": true, "[2001:db8::1]:9911": true, "[::1]": true, "::1": true, "[fe80::1%25eth0]:9911": true,
		"localhost": true, "localhost:9911": true, "LOCALHOST.": true, "app.localhost:9911": true, "node-1": true, "exporter:9911": true,
		"exporter.monitoring.svc": true, "exporter.monitoring.svc:9911": true, "exporter.monitoring.svc.cluster.local.": true,
		"ip-10-0-0-1.eu-west-1.compute.internal": true, "printer.local": true,
		"posture.example.com": true, "Posture.Example.com:443": true, "a.b.monitoring.example.org": true,

		"evil.example": false, "evil.example:9911": false, "10.1.2.3.evil.example": false, "localhost.evil.example": false,
		"exporter.monitoring.svc.evil.example": false, "svc.evil.example": false, "notlocal.example.com": false, "evil.notlocal": false,
		"posture.example.com.evil.example": false, "monitoring.example.org": false, "127.0.0.1.nip.example:9911": false, "0x7f.1": false,
	} {
		if got := server.KnownHost(host, patterns); got != want {
			t.Errorf("%q: known %t, want %t", host, got, want)
		}
	}
	if !server.KnownHost("evil.example", []string{"*"}) {
		t.Error("* does not match any host")
	}
}

// TestForeignHost: a page on the web that makes its name resolve to the server gets nothing, on any
// path and with any method, and the kubelet's probes get their answer whatever they ask for.
func TestForeignHost(t *testing.T) {
	o := options()
	o.ForeignHost = func(host string) bool { return !server.KnownHost(host, nil) }
	h := handler(t, o)
	get := func(method, path, host string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{"/", "/metrics", "/-/reload", "/nothing", "//-/ready", "/-/ready/"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			got := get(method, path, "evil.example:9911")
			if got.Code != http.StatusMisdirectedRequest || !strings.Contains(got.Body.String(), `not known as "evil.example:9911"`) ||
				!strings.Contains(got.Body.String(), "--web.allowed-host=NAME") {
				t.Errorf("%s %s: got %d %s", method, path, got.Code, got.Body)
			}
		}
	}
	for _, path := range []string{"/-/ready", "/-/healthy"} {
		if got := get(http.MethodGet, path, "evil.example"); got.Code != http.StatusOK {
			t.Errorf("%s: got %d %s", path, got.Code, got.Body)
		}
	}
	if got := get(http.MethodGet, "/metrics", "10.1.2.3:9911"); got.Code != http.StatusOK {
		t.Errorf("by its address: got %d %s", got.Code, got.Body)
	}
}
