package app

import (
	"context"
	"time"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// viewer takes what scrapes and landing pages show from the parts that know it.
type viewer struct {
	now      func() time.Time
	set      *informers.Set
	files    *informers.Files
	reload   *config.Reloader
	settings *settings
	counters *collector.Counters
	onPanic  check.OnPanic
	engine   posture.Engine
	reviews  reviews
	announce announcer
	shared   server.Shared[struct{}, collector.View]
}

// view is what is so at some moment after the call. Callers that ask at the same time share it, and
// do not change it.
func (v *viewer) view() collector.View {
	view, _ := v.within(context.Background()) // which does not end
	return view
}

// within is view for a caller that waits until ctx ends.
func (v *viewer) within(ctx context.Context) (collector.View, error) {
	return v.shared.Do(ctx, struct{}{}, v.take)
}

// take takes a view. When ctx ends before, it may be incomplete.
func (v *viewer) take(ctx context.Context) collector.View {
	// Readiness first: a kind that becomes ready in between is then missing from this scrape, and never half in it.
	ready := v.set.Ready()
	snapshot := v.set.Snapshot()
	status := v.reload.Status()
	view := collector.View{ConfigSuccessful: status.Successful, ConfigTime: status.LastSuccess}
	if v.files != nil {
		stats := v.files.Stats()
		view.Skipped = map[string]int{"broken": stats.Broken, "unknown_kind": stats.UnknownKinds}
		view.Incomplete = stats.Incomplete
	}
	if ready {
		began := time.Now()
		stop := func() bool { return ctx.Err() != nil }
		view.Report = v.engine.ComputeUnless(stop, snapshot, v.settings.current(), v.now(), v.onPanic)
		if view.Report == nil {
			return view
		}
		v.counters.Computed(time.Since(began))
		v.reviews.say(view.Report)
		v.announce.say(view.Report)
	}
	view.Informers = v.informers(snapshot)
	return view
}

// informers is what is said of each kind, once everything has been looked up in the snapshot. Kinds that are not served are not mentioned: by
// the snapshot, since what is known by now may be something else.
func (v *viewer) informers(snapshot *posture.Snapshot) (list []collector.Informer) {
	for _, s := range v.set.States() {
		k := s.Kind.Kind
		if snapshot.Have[k] && snapshot.Versions[k] == posture.NotServed {
			continue
		}
		i := collector.Informer{Resource: s.Kind.String(), Synced: snapshot.Have[k], Objects: snapshot.Objects[k], LastEvent: s.LastEvent}
		if i.Synced && (!s.Kind.MetadataOnly || v.set.Version(k) == snapshot.Versions[k]) {
			i.Version = model.ParseVersion(snapshot.Versions[k])
		}
		list = append(list, i)
	}
	return list
}
