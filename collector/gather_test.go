package collector_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/proto"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/server"
	"github.com/kube-posture/kube-posture-exporter/test/world"
	"github.com/kube-posture/kube-posture-exporter/test/world/projected"
)

// served is what scrapes are made of: the collector's families, and the counters, in the order of a registry.
func served(t *testing.T, c *collector.Collector) prometheus.Gatherer {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(c.Counters()); err != nil {
		t.Fatal(err)
	}
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, err := gather(c)
		if err != nil {
			return nil, err
		}
		counters, err := registry.Gather()
		families = append(families, counters...)
		slices.SortFunc(families, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
		return families, err
	})
}

// gather keeps what is emitted.
func gather(c *collector.Collector) (families []*dto.MetricFamily, err error) {
	err = c.Families(context.Background(), nil, func(f *dto.MetricFamily) { families = append(families, proto.Clone(f).(*dto.MetricFamily)) })
	return families, err
}

// TestFamiliesWanted: what nobody asks for is not made, and the rest is the same.
func TestFamiliesWanted(t *testing.T) {
	set := newSet(t)
	report := demoReport(t, set, defaultOptions())
	c := collector.New(set, collector.NewCounters(nil), func() collector.View { return collector.View{Report: report} })
	all, err := gather(c)
	if err != nil || len(all) < 10 {
		t.Fatalf("%d families, %v", len(all), err)
	}
	for _, some := range [][]*dto.MetricFamily{all[:1], all[3:7], nil} {
		names := make(map[string]bool)
		for _, f := range some {
			names[f.GetName()] = true
		}
		var got []*dto.MetricFamily
		err := c.Families(t.Context(), func(name string) bool { return names[name] }, func(f *dto.MetricFamily) { got = append(got, proto.Clone(f).(*dto.MetricFamily)) })
		if err != nil || !slices.EqualFunc(some, got, func(a, b *dto.MetricFamily) bool { return proto.Equal(a, b) }) {
			t.Errorf("%v: %d families, %v", names, len(got), err)
		}
	}
}

func encode(t *testing.T, from prometheus.Gatherer, format expfmt.Format) []byte {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	encoder := expfmt.NewEncoder(&out, format)
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// TestGatherIsWhatARegistryMakes: a registry, which looks at every metric, finds nothing wrong and makes the same bytes, in every format.
func TestGatherIsWhatARegistryMakes(t *testing.T) {
	set := newSet(t)
	reports := map[string]*posture.Report{"nothing": nil, "demo": demoReport(t, set, defaultOptions())}
	for seed := range uint64(4) {
		n := int(seed) * 20
		snap := projected.Snapshot(t, set, world.New(seed, world.Size{Namespaces: 1 + n, Pods: 30 * n, Policies: 2, Bindings: 3, Nodes: n / 3}))
		options := defaultOptions()
		options.FindingsLimit = 50 * n
		reports[fmt.Sprint("world ", seed)] = posture.Compute(snap, posture.NewSettings(set, options), moment, nil)
		reports[fmt.Sprint("blind ", seed)] = posture.Compute(&posture.Snapshot{Namespaces: snap.Namespaces}, posture.NewSettings(set, options), moment, nil)
	}
	hosts := hostile("", "a\xff", "a\nb", `a"b`, "\uFFFD", strings.Repeat("x", 1000), strings.Repeat("x", 1001), "Z", "ä")
	reports["hostile"] = posture.Compute(hosts, posture.NewSettings(set, defaultOptions()), moment, nil)
	for name, report := range reports {
		for detail, options := range map[string][]collector.Option{"full": nil, "low": {collector.WithoutNames}} {
			c := collector.New(set, collector.NewCounters([]string{"a"}), func() collector.View {
				return collector.View{Report: report, Informers: []collector.Informer{{Resource: "pods", Synced: true, Objects: 3, LastEvent: moment}, {Resource: "jobs"}}}
			}, options...)
			registry := prometheus.NewPedanticRegistry()
			registry.MustRegister(c)
			for _, format := range []expfmt.FormatType{expfmt.TypeTextPlain, expfmt.TypeOpenMetrics, expfmt.TypeProtoDelim, expfmt.TypeProtoText} {
				want, got := encode(t, registry, expfmt.NewFormat(format)), encode(t, served(t, c), expfmt.NewFormat(format))
				if len(want) == 0 || !bytes.Equal(want, got) {
					t.Errorf("%s, %s, format %d (-registry +gathered):\n%s", name, detail, format,
						cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
				}
			}
		}
	}
}

// handler answers scrapes as the exporter does.
func handler(tb testing.TB, c *collector.Collector) http.Handler {
	tb.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c.Counters())
	h, err := server.Metrics(server.MetricsOptions{
		Families: c.Families, Broken: collector.ErrBroken, Registry: registry,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// scrapeTwice returns the second answer, which has what went wrong with the first one and itself.
func scrapeTwice(t *testing.T, view func() collector.View) string {
	t.Helper()
	h := handler(t, collector.New(newSet(t), collector.NewCounters([]string{"a"}), view))
	var w *httptest.ResponseRecorder
	for range 2 {
		w = httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	}
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	const counted = `promhttp_metric_handler_errors_total{cause="gathering"} 2`
	if !strings.Contains(w.Body.String(), counted) {
		t.Error("the errors are not counted")
	}
	return w.Body.String()
}

// TestSeriesMadeTwice: what cannot be is left out, and blinds nothing.
func TestSeriesMadeTwice(t *testing.T) {
	report := demoReport(t, newSet(t), defaultOptions())
	view := func() collector.View { return collector.View{Report: report} }
	right := string(encode(t, served(t, collector.New(newSet(t), collector.NewCounters(nil), view)), expfmt.NewFormat(expfmt.TypeTextPlain)))
	report.Nodes = append(report.Nodes, report.Nodes[0], report.Nodes[0])
	report.Findings = append(report.Findings, report.Findings[3])
	c := collector.New(newSet(t), collector.NewCounters(nil), view)
	families, err := gather(c)
	if err == nil || !strings.Contains(err.Error(), "1 series of kube_posture_finding were made before") ||
		!strings.Contains(err.Error(), "4 series of kube_posture_node_unbounded_pods were made before") || !strings.Contains(err.Error(), report.Nodes[0].Name) {
		t.Errorf("the error says %v", err)
	}
	if len(families) < 40 {
		t.Errorf("%d families are left: %v", len(families), err)
	}
	got := scrapeTwice(t, view)
	for line := range strings.Lines(right) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(line, "_build_info") && strings.Count(got, line) != 1 && !strings.HasPrefix(line, "kube_posture_config_") {
			t.Errorf("it is there %d times: %s", strings.Count(got, line), line)
		}
	}
}

// TestPanicIsNoPosture: when the view breaks, what a registry counts is still served, and when a family does nothing is: families that were
// made before would be a false all-clear.
func TestPanicIsNoPosture(t *testing.T) {
	report := demoReport(t, newSet(t), defaultOptions())
	report.Objects = report.Objects[:1]
	for name, view := range map[string]func() collector.View{
		"the view": func() collector.View { panic("broken") }, "a family": func() collector.View { return collector.View{Report: report} },
	} {
		families, err := gather(collector.New(newSet(t), collector.NewCounters(nil), view))
		if (len(families) == 0) != (name == "the view") || !errors.Is(err, collector.ErrBroken) || !strings.Contains(err.Error(), "gather.go") {
			t.Errorf("%s: got %d families and %v", name, len(families), err)
		}
	}
	got := scrapeTwice(t, func() collector.View { panic("broken") })
	if !strings.Contains(got, `kube_posture_check_panics_total{check="a"} 0`) || strings.Contains(got, "kube_posture_check_info") {
		t.Errorf("the view: got %s", got)
	}
	h := handler(t, collector.New(newSet(t), collector.NewCounters(nil), func() collector.View { return collector.View{Report: report} }))
	for _, encoding := range []string{"", "gzip"} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept-Encoding", encoding)
		h.ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "kube_posture") || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("a family: got %d %s", w.Code, w.Body)
		}
	}
}

// nowhere is a client that takes everything.
type nowhere struct {
	header http.Header
	size   int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) WriteHeader(int)             {}
func (n *nowhere) Write(b []byte) (int, error) { n.size += len(b); return len(b), nil }

// BenchmarkScrape is a whole scrape through the exporter's own handler: join and sum, expose, write. 100,000 pods in 5,000 namespaces with
// 10 network policies each, and the same pods in 1,000 namespaces, in the forms that clients ask for.
func BenchmarkScrape(b *testing.B) {
	const openMetrics = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8"
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		b.Fatal(err)
	}
	for _, namespaces := range []int{1000, 5000} {
		b.Run(fmt.Sprint("namespaces=", namespaces), func(b *testing.B) {
			snap := projected.Snapshot(b, set, world.New(1, world.Size{Namespaces: namespaces, Pods: 100_000, Policies: 10, Bindings: 4, Nodes: 2000}))
			settings := posture.NewSettings(set, defaultOptions())
			var engine posture.Engine
			h := handler(b, collector.New(set, collector.NewCounters(nil), func() collector.View {
				return collector.View{Report: engine.Compute(snap, settings, moment, nil)}
			}))
			for _, form := range []struct{ name, accept, encoding string }{
				{"text", "text/plain;version=0.0.4", ""}, {"gzip", openMetrics, "gzip"},
				{"protobuf", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", ""},
			} {
				b.Run(form.name, func(b *testing.B) { benchmarkForm(b, h, form.accept, form.encoding) })
			}
		})
	}
}

func benchmarkForm(b *testing.B, h http.Handler, accept, encoding string) {
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	request.Header.Set("Accept", accept)
	request.Header.Set("Accept-Encoding", encoding)
	b.ReportAllocs()
	var client *nowhere
	for b.Loop() {
		client = &nowhere{header: make(http.Header)}
		h.ServeHTTP(client, request)
	}
	b.ReportMetric(float64(client.size), "B/exposition")
}
