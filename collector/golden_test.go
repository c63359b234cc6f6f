package collector_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	commonmodel "github.com/prometheus/common/model"
	"google.golang.org/protobuf/proto"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/informers/snapshot"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/demo"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

var update = flag.Bool("update", false, "write the golden files anew")

// moment is when the golden files were computed.
var moment = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func newSet(tb testing.TB) *check.Set {
	tb.Helper()
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// demoReport is the report of the recorded cluster, with the default settings.
func demoReport(tb testing.TB, set *check.Set, options posture.Options) *posture.Report {
	tb.Helper()
	var kinds []schema.GroupVersionKind
	for _, k := range informers.Table() {
		kinds = append(kinds, k.GroupVersionKind())
	}
	source, err := snapshot.New(snapshot.Options{FS: demo.Cluster(), Kinds: kinds})
	if err != nil {
		tb.Fatal(err)
	}
	onPanic := func(id string, recovered any) { tb.Errorf("%s panicked: %v", id, recovered) }
	snap, err := informers.Read(tb.Context(), informers.Files{Source: source}, informers.NewProjector(set, onPanic))
	if err != nil {
		tb.Fatal(err)
	}
	return posture.Compute(snap, posture.NewSettings(set, options), moment, onPanic)
}

func defaultOptions() posture.Options {
	return posture.Options{OwnerLabel: "team", SystemNamespaces: []string{"kube-system", "kube-public", "kube-node-lease"}, FindingsLimit: 20000,
		Review: rbac.ReviewRule{Annotation: "kube-posture/reviewed-at", Period: 90 * 24 * time.Hour}}
}

func demoCollector(tb testing.TB) *collector.Collector {
	tb.Helper()
	set := newSet(tb)
	report := demoReport(tb, set, defaultOptions())
	return collector.New(set, collector.NewCounters(nil), func() collector.View {
		return collector.View{Report: report, ConfigSuccessful: true, ConfigTime: moment,
			Informers: []collector.Informer{{Resource: "pods", Synced: true, Objects: 23, LastEvent: moment}, {Resource: "jobs"}},
			Skipped:   map[string]int{"broken": 0, "unknown_kind": 0}}
	})
}

// TestGolden holds every gauge of the recorded cluster to a file that was checked by hand. What depends on the machine or the build
// is left out.
func TestGolden(t *testing.T) {
	got := expose(t, demoCollector(t))
	const file = "testdata/demo.prom"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("the gauges of the recorded cluster changed; if that is right, run make generate and read the difference (-want +got):\n%s", diff)
	}
}

// expose is the text exposition through a pedantic registry, which checks every metric against its descriptor.
func expose(t *testing.T, c prometheus.Collector) []byte {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, f := range families {
		if slices.Contains([]string{"kube_posture_build_info", "kube_posture_compute_duration_seconds"}, f.GetName()) {
			continue
		}
		if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func TestLint(t *testing.T) {
	problems, err := testutil.CollectAndLint(demoCollector(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestNamesNeedNoEscape: whoever serves the families does not look for names that old versions of Prometheus cannot read.
func TestNamesNeedNoEscape(t *testing.T) {
	for _, m := range collector.Metrics(newSet(t)) {
		if !commonmodel.LegacyValidation.IsValidMetricName(m.Name) {
			t.Errorf("%s needs to be escaped", m.Name)
		}
		for _, label := range m.Labels {
			if !commonmodel.LegacyValidation.IsValidLabelName(label) {
				t.Errorf("%s: label %s needs to be escaped", m.Name, label)
			}
		}
	}
	families, err := gather(demoCollector(t))
	if err != nil || len(families) < 10 {
		t.Fatalf("%d families, %v", len(families), err)
	}
	for _, f := range families {
		if escaped := commonmodel.EscapeMetricFamily(f, commonmodel.UnderscoreEscaping); !proto.Equal(escaped, f) {
			t.Errorf("%s: its names need to be escaped", f.GetName())
		}
	}
}

// TestPromtool asks the real tool, which make test builds.
func TestPromtool(t *testing.T) {
	if testing.Short() {
		t.Skip("needs promtool")
	}
	promtool := os.Getenv("PROMTOOL")
	if promtool == "" {
		t.Skip("PROMTOOL does not name the tool: run make test, which builds it")
	}
	golden, err := os.Open(filepath.Join("testdata", "demo.prom"))
	if err != nil {
		t.Fatal(err)
	}
	defer golden.Close()
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = golden
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
