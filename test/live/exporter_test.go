package live_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

// exporter is the exporter's data path inside the test, wired as the application wires it.
type exporter struct {
	checks   *check.Set
	settings *posture.Settings
	counters *collector.Counters
	set      *informers.Set
	engine   posture.Engine
	registry *prometheus.Registry
	onPanic  check.OnPanic
	// ahead is how far its clock is ahead, as a duration.
	ahead atomic.Int64
}

// startExporter runs an exporter with the given access until the end of the test, or until the function it returns is called.
func startExporter(t *testing.T, access *rest.Config, options ...informers.Option) *exporter {
	t.Helper()
	e := &exporter{registry: prometheus.NewPedanticRegistry(), onPanic: panicsFail(t)}
	e.checks = must[*check.Set](t)(check.NewSet(check.Catalog()))
	e.settings = posture.NewSettings(e.checks, settingsOptions())
	var ids []string
	for _, entry := range e.checks.Entries() {
		ids = append(ids, entry.ID)
	}
	e.counters = collector.NewCounters(ids)
	source := must[*informers.Cluster](t)(informers.NewCluster(access))
	e.set = informers.New(source, informers.NewProjector(e.checks, e.onPanic), log.NewNopLogger(), e.counters.WatchError, options...)
	e.registry.MustRegister(collector.New(e.checks, e.counters, e.view))

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.set.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the exporter ended with %v", err)
			}
		case <-time.After(patience):
			t.Error("the exporter does not end when it is told to")
		}
	})
	return e
}

// panicsFail makes a panic of a check a failure of the test.
func panicsFail(t *testing.T) check.OnPanic {
	return func(id string, recovered any) { t.Errorf("%s panicked: %v", id, recovered) }
}

// soon is when the exemption of the tests ends: the same moment for every exporter of the test.
var soon = time.Now().Add(24 * time.Hour).Truncate(time.Second)

// settingsOptions are the defaults of the configuration, with one exemption beside the built-in one.
func settingsOptions() posture.Options {
	c := config.Default()
	return posture.Options{
		OwnerLabel: c.Ownership.NamespaceLabel, SystemNamespaces: c.SystemNamespaces, FindingsLimit: c.Findings.Limit,
		Review: rbac.ReviewRule{Annotation: c.RBAC.Review.Annotation, Period: c.RBAC.Review.Period},
		Exemptions: []posture.Exemption{{
			Name: "host-access", Owner: "observability", Reason: "reads node metrics", Expires: soon,
			Checks: []string{"pods_using_host_namespaces", "pods_mounting_host_path"}, Names: []string{"node-agent"},
		}},
	}
}

func (e *exporter) view() collector.View {
	ready := e.set.Ready()
	snapshot := e.set.Snapshot()
	view := collector.View{ConfigSuccessful: true}
	for _, s := range e.set.States() {
		if s.Status == informers.NotServed {
			continue
		}
		view.Informers = append(view.Informers, collector.Informer{
			Resource: s.Kind.String(), Synced: snapshot.Have[s.Kind.Kind], Objects: snapshot.Objects[s.Kind.Kind], LastEvent: s.LastEvent,
		})
	}
	if ready {
		began := time.Now()
		view.Report = e.engine.Compute(snapshot, e.settings, began.Add(time.Duration(e.ahead.Load())), e.onPanic)
		e.counters.Computed(time.Since(began))
	}
	return view
}

// scrape reads every sample. It may be called from any goroutine.
func (e *exporter) scrape() (samples, error) {
	families, err := e.registry.Gather()
	if err != nil {
		return nil, fmt.Errorf("gather: %w", err)
	}
	return flatten(families), nil
}

// now reads every sample.
func (e *exporter) now(t *testing.T) samples {
	t.Helper()
	return must[samples](t)(e.scrape())
}

// awaitWhole waits until every kind is listed, or refused as the test wants, and returns the samples.
func (e *exporter) awaitWhole(t *testing.T) samples {
	t.Helper()
	var s samples
	await(t, "every kind to be listed", func() (err error) {
		if s, err = e.scrape(); err != nil {
			return err
		}
		for _, k := range served() {
			if v, there := s[synced(k.String())]; !there || v != 1 {
				err = errors.Join(err, fmt.Errorf("%s is not synced", k))
			}
		}
		return err
	})
	return s
}

// await waits until the samples named have the values given; a nil value means that there is no such sample.
func (e *exporter) await(t *testing.T, what string, wanted expect) {
	t.Helper()
	await(t, what, func() error {
		s, err := e.scrape()
		if err != nil {
			return err
		}
		return wanted.compare(s)
	})
}

// served are the kinds of the table that every API server has. The others are those of resources that somebody has to define.
func served() []informers.Kind {
	return slices.DeleteFunc(informers.Table(), func(k informers.Kind) bool { return !scheme.Scheme.Recognizes(k.GroupVersionKind()) })
}

func synced(resource string) string {
	return sample("informer_synced", "resource", resource)
}
