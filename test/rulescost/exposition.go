package main

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
	"github.com/kube-posture/kube-posture-exporter/test/world"
	"github.com/kube-posture/kube-posture-exporter/test/world/projected"
)

// exposition is what one exporter says of a generated cluster: its own report through its own collector. Histograms are left out: no rule
// reads one.
func exposition(p parameters, now time.Time) ([]*dto.MetricFamily, error) {
	set, err := check.NewSet(check.Catalog())
	if err != nil {
		return nil, err
	}
	pods := p.Workloads * 10
	w := world.New(1, world.Size{Namespaces: p.Namespaces, Pods: pods, Policies: 10, Bindings: 4, Nodes: max(pods/50, 1)})
	snap, err := snapshot(set, w)
	if err != nil {
		return nil, err
	}
	settings := posture.NewSettings(set, posture.Options{
		OwnerLabel: "team", SystemNamespaces: []string{"kube-system", "kube-public", "kube-node-lease"}, FindingsLimit: p.Limit,
		Review: rbac.ReviewRule{Annotation: "kube-posture/reviewed-at", Period: 90 * 24 * time.Hour},
		Exemptions: []posture.Exemption{
			{Name: "soon", Owner: "team-1", Reason: "a migration", Checks: []string{"pods_privileged"}, Names: []string{"none"}, Expires: now.Add(240 * time.Hour)},
			{Name: "over", Owner: "team-2", Reason: "a migration", Checks: []string{"pods_privileged"}, Names: []string{"none"}, Expires: now.Add(-240 * time.Hour)},
		},
	})
	report := posture.Compute(snap, settings, now, nil)
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(collector.New(set, counters(set), func() collector.View { return view(report, now) })); err != nil {
		return nil, err
	}
	return registry.Gather()
}

// snapshot runs what is made for tests: it fails where a test would.
func snapshot(set *check.Set, w *world.World) (*posture.Snapshot, error) {
	t := &outsideOfTests{}
	var snap *posture.Snapshot
	done := make(chan struct{})
	go func() {
		defer close(done)
		snap = projected.Snapshot(t, set, w)
	}()
	<-done
	return snap, t.err
}

// outsideOfTests is as much of a test as projecting needs.
type outsideOfTests struct {
	testing.TB
	err error
}

// Helper implements testing.TB.
func (t *outsideOfTests) Helper() {}

// Errorf implements testing.TB.
func (t *outsideOfTests) Errorf(format string, args ...any) { t.err = fmt.Errorf(format, args...) }

// Fatal implements testing.TB: it ends the goroutine, as that of a test does.
func (t *outsideOfTests) Fatal(args ...any) {
	t.err = errors.New(fmt.Sprint(args...))
	runtime.Goexit()
}

// counters have what a year leaves behind: every watch has expired, and some were refused for a while.
func counters(set *check.Set) *collector.Counters {
	var ids []string
	for _, e := range set.Entries() {
		ids = append(ids, e.ID)
	}
	c := collector.NewCounters(ids)
	for k := range model.KindCount {
		c.WatchError(k.String(), "expired")
		c.WatchError(k.String(), "unavailable")
		c.WatchError(k.String(), "forbidden")
	}
	return c
}

func view(report *posture.Report, now time.Time) collector.View {
	v := collector.View{Report: report, ConfigSuccessful: true, ConfigTime: now.Add(-240 * time.Hour)}
	for k := range model.KindCount {
		v.Informers = append(v.Informers, collector.Informer{Resource: k.String(), Synced: true, Objects: 1000, LastEvent: now})
	}
	return v
}
