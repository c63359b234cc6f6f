package server_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// TestMetricsForms: what a client asks for is what it gets, and compressed it is the same.
func TestMetricsForms(t *testing.T) {
	const text, openMetrics, protobuf = "text/plain; version=0.0.4", "application/openmetrics-text; version=1.0.0", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
	from := prometheus.NewRegistry()
	for _, letter := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		from.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "answer", Help: "The answer.", ConstLabels: prometheus.Labels{"to": strings.Repeat(letter, 50)}},
			func() float64 { return 42 }))
	}
	h, err := server.Metrics(server.MetricsOptions{Gatherer: prometheus.ToTransactionalGatherer(from), Registry: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	for _, accept := range []string{text, openMetrics, protobuf} {
		plain := ask(h, "GET", "/metrics", "Accept", accept)
		if plain.Code != http.StatusOK || !strings.HasPrefix(plain.Header().Get("Content-Type"), accept) || plain.Header().Get("Content-Encoding") != "" {
			t.Errorf("asked for %s, got %d %v", accept, plain.Code, plain.Header())
		}
		for encoding, zipped := range map[string]bool{
			"gzip": true, "deflate, gzip;q=0.5": true, "zstd, gzip": true, "zstd": false, "gzip;q=0": false, "identity": false,
		} {
			w := ask(h, "GET", "/metrics", "Accept", accept, "Accept-Encoding", encoding)
			if vary := w.Header().Values("Vary"); !slices.Contains(vary, "Accept") || !slices.Contains(vary, "Accept-Encoding") {
				t.Errorf("%s, %s: it varies with %v", accept, encoding, vary)
			}
			if (w.Header().Get("Content-Encoding") == "gzip") != zipped || w.Header().Get("Content-Type") != plain.Header().Get("Content-Type") {
				t.Errorf("%s, %s: got %v", accept, encoding, w.Header())
				continue
			}
			body := io.Reader(w.Body)
			if zipped {
				if body, err = gzip.NewReader(w.Body); err != nil {
					t.Fatal(err)
				}
			}
			got, err := io.ReadAll(body)
			if err != nil || len(got) == 0 || !bytes.Equal(got, plain.Body.Bytes()) {
				t.Errorf("%s, %s: got %q and %v, want %q", accept, encoding, got, err, plain.Body)
			}
		}
	}
}
