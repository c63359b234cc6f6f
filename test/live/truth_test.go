package live_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// truth is what the gauges must say: every kind listed from scratch, projected, and computed once, with no informer, no cache and
// nothing remembered.
func truth(t *testing.T, cluster *testcluster.Cluster) samples {
	t.Helper()
	checks := must[*check.Set](t)(check.NewSet(check.Catalog()))
	source := must[*informers.Cluster](t)(informers.NewCluster(cluster.Config()))
	onPanic := panicsFail(t)
	snapshot := must[*posture.Snapshot](t)(informers.Read(context.Background(), source, informers.NewProjector(checks, onPanic)))
	for _, k := range served() {
		if !snapshot.Have[k.Kind] {
			t.Fatalf("%s cannot be listed", k)
		}
	}
	report := posture.Compute(snapshot, posture.NewSettings(checks, settingsOptions()), time.Now(), onPanic)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector.New(checks, collector.NewCounters(nil), func() collector.View { return collector.View{Report: report} }))
	families, err := registry.Gather()
	noError(t, err)
	return flatten(families).posture()
}

// awaitTruth waits until the exporter says exactly what is true, and returns that.
func (e *exporter) awaitTruth(t *testing.T, cluster *testcluster.Cluster) samples {
	t.Helper()
	want := truth(t, cluster)
	await(t, "the gauges to be true", func() error {
		got, err := e.scrape()
		if err != nil {
			return err
		}
		return equal(want, got.posture())
	})
	return want
}

// awaitTruthAfterOutage is awaitTruth for an exporter that was cut off: client-go backs off twice,
// for up to a minute each, from a watch that cannot be opened and from a list that follows one.
func (e *exporter) awaitTruthAfterOutage(t *testing.T, cluster *testcluster.Cluster) {
	t.Helper()
	want := truth(t, cluster)
	agrees := func() error {
		s, err := e.scrape()
		return errors.Join(err, equal(want, s.posture()))
	}
	if eventually("the gauges to be true", agrees) != nil {
		await(t, "the gauges to be true", agrees)
	}
}

// awaitNews waits until the source has answered about every kind since a moment: then every watch is up again.
func (e *exporter) awaitNews(t *testing.T, since time.Time) {
	t.Helper()
	await(t, "every kind to be watched again", func() error {
		s, err := e.scrape()
		if err != nil {
			return err
		}
		for _, k := range served() {
			key := sample("informer_last_event_timestamp_seconds", "resource", k.String())
			if last := s[key]; last < float64(since.UnixMilli())/1000 {
				return fmt.Errorf("the last news of %s are of %s", k, strconv.FormatFloat(last, 'f', 3, 64))
			}
		}
		return nil
	})
}
