package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

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
	h, err := server.Metrics(server.MetricsOptions{Families: families(from), Registry: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	for _, accept := range []string{text, openMetrics, protobuf} {
		plain := ask(h, "GET", "/metrics?name[]=answer", "Accept", accept)
		if plain.Code != http.StatusOK || !strings.HasPrefix(plain.Header().Get("Content-Type"), accept) || plain.Header().Get("Content-Encoding") != "" {
			t.Errorf("asked for %s, got %d %v", accept, plain.Code, plain.Header())
		}
		for encoding, zipped := range map[string]bool{
			"gzip": true, "deflate, gzip;q=0.5": true, "zstd, gzip": true, "zstd": false, "gzip;q=0": false, "identity": false,
		} {
			w := ask(h, "GET", "/metrics?name[]=answer", "Accept", accept, "Accept-Encoding", encoding)
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

// TestMetricsEscape: names of the registry's families are such as the client can read, and OpenMetrics ends once.
func TestMetricsEscape(t *testing.T) {
	from, registry := prometheus.NewRegistry(), prometheus.NewRegistry()
	from.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "answer", Help: "The answer."}, func() float64 { return 42 }))
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "of.others", Help: "Theirs."}, func() float64 { return 1 }))
	h, err := server.Metrics(server.MetricsOptions{Families: families(from), Registry: registry})
	if err != nil {
		t.Fatal(err)
	}
	for accept, name := range map[string]string{
		"text/plain; version=0.0.4": "\nof_others 1", "text/plain; version=1.0.0; escaping=allow-utf-8": "\n{\"of.others\"} 1",
		"application/openmetrics-text; version=1.0.0": "\nof_others 1",
	} {
		body := ask(h, "GET", "/metrics", "Accept", accept).Body.String()
		if !strings.Contains(body, name) || !strings.Contains(body, "\nanswer 42") {
			t.Errorf("asked for %s, got %s", accept, body)
		}
		if ends := strings.Count(body, "# EOF\n"); strings.Contains(accept, "openmetrics") != (ends == 1 && strings.HasSuffix(body, "# EOF\n")) || ends > 1 {
			t.Errorf("%s: ends %d times", accept, ends)
		}
	}
}

// families are what a gatherer gathers.
func families(from prometheus.Gatherer) func(context.Context, func(string) bool, func(*dto.MetricFamily)) error {
	return func(_ context.Context, _ func(string) bool, emit func(*dto.MetricFamily)) error {
		all, err := from.Gather()
		for _, f := range all {
			emit(f)
		}
		return err
	}
}

// TestMetricsByName: a client may ask for some families only.
func TestMetricsByName(t *testing.T) {
	from := prometheus.NewRegistry()
	for _, name := range []string{"a", "b", "c"} {
		from.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: "."}, func() float64 { return 1 }))
	}
	var made []string // what would be made of b and c
	h, err := server.Metrics(server.MetricsOptions{Registry: prometheus.NewRegistry(), Families: func(_ context.Context, wanted func(string) bool, emit func(*dto.MetricFamily)) error {
		made = nil
		for _, name := range []string{"b", "c"} {
			if wanted == nil || wanted(name) {
				made = append(made, name)
			}
		}
		return families(from)(t.Context(), wanted, emit)
	}})
	if err != nil {
		t.Fatal(err)
	}
	const want = "# HELP a .\n# TYPE a gauge\na 1\n# HELP c .\n# TYPE c gauge\nc 1\n"
	if got := ask(h, "GET", "/metrics?name[]=c&name[]=a").Body.String(); got != want || !slices.Equal(made, []string{"c"}) {
		t.Errorf("made %q, got %s", made, got)
	}
	if ask(h, "GET", "/metrics"); len(made) != 2 {
		t.Errorf("of everything only %q is made", made)
	}
}

// TestMetricsThatFail: what cannot be made or encoded is left out and counted, and blinds nothing; what breaks half way is no answer at all.
func TestMetricsThatFail(t *testing.T) {
	broken, log := errors.New("broken"), &lines{}
	right := &dto.MetricFamily{Name: new("right"), Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: new(1.0)}}}}
	wrong := &dto.MetricFamily{Name: new("wrong"), Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{{}}}
	emitted, err := []*dto.MetricFamily{right, wrong}, errors.New("something was left out")
	h, failed := server.Metrics(server.MetricsOptions{
		Broken: broken, Registry: prometheus.NewRegistry(), Log: log,
		Families: func(_ context.Context, _ func(string) bool, emit func(*dto.MetricFamily)) error {
			for _, f := range emitted {
				emit(f)
			}
			return err
		},
	})
	if failed != nil {
		t.Fatal(failed)
	}
	w := ask(h, "GET", "/metrics")
	for _, line := range []string{
		"\nright 1\n", "\npromhttp_metric_handler_errors_total{cause=\"gathering\"} 1\n", "\npromhttp_metric_handler_errors_total{cause=\"encoding\"} 1\n",
	} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), line) {
			t.Errorf("%q is not in %d %s", line, w.Code, w.Body)
		}
	}
	if len(*log) != 2 || !strings.Contains((*log)[1], "gathering metrics: something was left out") {
		t.Errorf("logged %q", *log)
	}
	err = fmt.Errorf("%w: see there", broken)
	if w := ask(h, "GET", "/metrics"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "right") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	emitted = nil
	if w := ask(h, "GET", "/metrics"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "{cause=\"gathering\"} 3\n") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// lines keeps what is logged.
type lines []string

func (l *lines) Println(v ...any) { *l = append(*l, fmt.Sprintln(v...)) }
