package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// demonstration is an exporter of the built-in recording without a server, with some kinds of it out of reach.
func demonstration(t *testing.T, reach map[model.Kind]cache.ListWithContextFunc) *exporter {
	t.Helper()
	o := options()
	o.Demo = true
	j, err := newJudging(&o, log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	from, err := o.source(t.Context(), log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	from.objects = outOfReach{from.objects, reach}
	e, err := newExporter(&o, log.NewNopLogger(), j, from)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.set.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return e
}

// outOfReach is a source that answers for some kinds as an API server does that refuses, or that does not come to it.
type outOfReach struct {
	informers.Source
	lists map[model.Kind]cache.ListWithContextFunc
}

func (s outOfReach) ListWatch(k *informers.Kind) (cache.ListerWatcher, runtime.Object) {
	list := s.lists[k.Kind]
	if list == nil {
		return s.Source.ListWatch(k)
	}
	return &cache.ListWatch{
		ListWithContextFunc: list,
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			_, err := list(ctx, o)
			return nil, err
		},
	}, k.Example
}

func forbidden(context.Context, metav1.ListOptions) (runtime.Object, error) {
	return nil, apierrors.NewForbidden(informers.Table()[0].GroupVersionResource().GroupResource(), "", errors.New("no"))
}

func await(t *testing.T, e *exporter) {
	t.Helper()
	s := &started{t: t, log: &journal{}}
	s.await("the exporter is ready", func() bool { return e.ready() == nil })
}

func TestRegistryIsClean(t *testing.T) {
	e := demonstration(t, nil)
	await(t, e)
	problems, err := testutil.GatherAndLint(prometheus.GathererFunc(func() (families []*dto.MetricFamily, err error) {
		err = e.posture.Families(t.Context(), nil, func(f *dto.MetricFamily) { families = append(families, proto.Clone(f).(*dto.MetricFamily)) })
		registered, others := e.registry.Gather()
		return append(families, registered...), errors.Join(err, others)
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func scrapeHandler(t *testing.T, e *exporter) http.Handler {
	t.Helper()
	o, err := e.serverOptions()
	if err != nil {
		t.Fatal(err)
	}
	h, err := server.Handler(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ask(h http.Handler, path string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = "localhost"
	h.ServeHTTP(w, r)
	return w
}

// collect is a collector made of a function.
type collect func(chan<- prometheus.Metric)

func (c collect) Describe(chan<- *prometheus.Desc)         {}
func (c collect) Collect(metrics chan<- prometheus.Metric) { c(metrics) }

func TestScrapesAtTheSameTimeAreLimited(t *testing.T) {
	e := demonstration(t, nil)
	e.options.MaxRequests = 1
	entered, release := make(chan struct{}), make(chan struct{})
	e.registry.MustRegister(collect(func(chan<- prometheus.Metric) {
		entered <- struct{}{}
		<-release
	}))
	h := scrapeHandler(t, e)
	first := make(chan int)
	go func() { first <- ask(h, "/metrics").Code }()
	<-entered
	if w := ask(h, "/metrics"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("the second at a time: %d", w.Code)
	}
	close(release)
	if code := <-first; code != http.StatusOK {
		t.Errorf("the first: %d", code)
	}
}

// TestImpossibleSeriesDoNotBlind serves a world that makes one series twice.
func TestImpossibleSeriesDoNotBlind(t *testing.T) {
	e := demonstration(t, nil)
	await(t, e)
	desc := prometheus.NewDesc("kube_posture_twice", "A series that is made twice.", nil, nil)
	e.registry.MustRegister(collect(func(out chan<- prometheus.Metric) {
		for range 2 {
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, 1)
		}
	}))
	h := scrapeHandler(t, e)
	ask(h, "/metrics")
	w := ask(h, "/metrics")
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	m := parse(t, w.Body.String())
	if n := m.samples[`promhttp_metric_handler_errors_total{cause="gathering"}`]; n != 1 {
		t.Errorf("the error is counted %v times after one scrape", n)
	}
	if !m.has(`informer_synced{resource="pods"}`, 1) {
		t.Error("everything else is gone")
	}
}

func TestBeforeReady(t *testing.T) {
	release := make(chan struct{})
	never := func(context.Context, metav1.ListOptions) (runtime.Object, error) {
		<-release
		return nil, errors.New("the test is over")
	}
	e := demonstration(t, map[model.Kind]cache.ListWithContextFunc{model.Pods: never, model.Jobs: never})
	t.Cleanup(func() { close(release) })
	s := &started{t: t, log: &journal{}}
	s.await("only pods are waited for", func() bool { return slices.Equal(e.waiting(), []string{"pods"}) })
	h := scrapeHandler(t, e)
	if w := ask(h, "/-/ready"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "not ready: waiting for the first list of pods\n" {
		t.Errorf("/-/ready: %d %s", w.Code, w.Body)
	}
	for key := range parse(t, ask(h, "/metrics").Body.String()).samples {
		if strings.HasPrefix(key, "kube_posture_check_resources") || strings.HasPrefix(key, "kube_posture_namespace") {
			t.Errorf("%s is there before anything is known", key)
		}
	}
	o := e.overview()
	if o.Ready || !slices.Equal(o.Waiting, []string{"pods"}) || o.Gaps != nil {
		t.Errorf("overview: %+v", o)
	}
}

// TestNothingCanBeJudged: an exporter that may list nothing that any check is judged by is not
// ready, and says why.
func TestNothingCanBeJudged(t *testing.T) {
	refused := make(map[model.Kind]cache.ListWithContextFunc)
	for _, k := range informers.Table() {
		refused[k.Kind] = forbidden
	}
	e := demonstration(t, refused)
	s := &started{t: t, log: &journal{}}
	s.await("nothing is waited for", func() bool { return len(e.waiting()) == 0 })
	h := scrapeHandler(t, e)
	w := ask(h, "/-/ready")
	for _, part := range []string{"not ready: no check can be judged: the API server refuses pods (forbidden), ", "clusterroles (forbidden)", "ClusterRole", "docs/permissions.md"} {
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), part) {
			t.Errorf("/-/ready: %d %s, want %q", w.Code, w.Body, part)
		}
	}
	m := parse(t, ask(h, "/metrics").Body.String())
	if !m.has(`informer_synced{resource="pods"}`, 0) || !m.has(`watch_errors_total{reason="forbidden",resource="pods"}`, 1) {
		t.Error("the exporter does not say what it may not list")
	}
	for key := range m.samples {
		if strings.HasPrefix(key, "kube_posture_check_resources") || strings.HasPrefix(key, "kube_posture_cluster_info") {
			t.Errorf("%s is there although nothing is known", key)
		}
	}
}

func TestOverviewWithAForbiddenKind(t *testing.T) {
	e := demonstration(t, map[model.Kind]cache.ListWithContextFunc{model.NetworkPolicies: forbidden})
	await(t, e)
	o := e.overview()
	if diff := cmp.Diff([]server.Unreadable{{Resource: "networkpolicies", Reason: "forbidden"}}, o.Unreadable); diff != "" {
		t.Errorf("unreadable kinds (-want +got):\n%s", diff)
	}
	for _, g := range o.Gaps {
		for _, c := range g.Checks {
			want := ""
			if g.ID == "network" {
				want = "cannot read networkpolicies"
			}
			if c.Silent != want {
				t.Errorf("%s is silent because %q, want %q", c.ID, c.Silent, want)
			}
		}
	}
}

func TestOverviewOrder(t *testing.T) {
	e := demonstration(t, nil)
	await(t, e)
	o := e.overview()
	rank := map[string]int{"critical": 0, "high": 1, "medium": 2, "low": 3}
	var gaps []string
	failing := make(map[string]int)
	for _, g := range o.Gaps {
		gaps = append(gaps, g.ID)
		if g.Question == "" {
			t.Errorf("nothing says what %s asks", g.ID)
		}
		last := 0
		for _, c := range g.Checks {
			if rank[c.Severity] < last {
				t.Errorf("%s, %s, is below a less severe check", c.ID, c.Severity)
			}
			last = rank[c.Severity]
			if c.Failing > 0 {
				failing[c.Severity]++
			}
			if c.Failing+c.Exempt+c.Unknown > c.Judged {
				t.Errorf("%s: more than was judged: %+v", c.ID, c)
			}
		}
	}
	if diff := cmp.Diff([]string{"root", "network", "token", "resources", "rbac", "pod_security"}, gaps); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	for _, f := range o.Failing {
		if f.Checks != failing[f.Severity] {
			t.Errorf("%d %s checks fail, counted %d", f.Checks, f.Severity, failing[f.Severity])
		}
		delete(failing, f.Severity)
	}
	if len(failing) > 0 {
		t.Errorf("not counted: %v", failing)
	}
}
