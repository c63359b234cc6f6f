package app

import (
	"time"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// viewer takes what scrapes and landing pages show from the parts that know it.
type viewer struct {
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

// view is what is so at some moment after the call. Those who ask at the same time share it, and do not change it.
func (v *viewer) view() collector.View { return v.shared.Do(struct{}{}, v.take) }

func (v *viewer) take() collector.View {
	// Readiness first: a kind that becomes ready in between is then missing from this scrape, and never half in it.
	ready := v.set.Ready()
	snapshot := v.set.Snapshot()
	status := v.reload.Status()
	view := collector.View{ConfigSuccessful: status.Successful, ConfigTime: status.LastSuccess}
	for _, s := range v.set.States() {
		if s.Status == informers.NotServed {
			continue
		}
		view.Informers = append(view.Informers, collector.Informer{
			Resource: s.Kind.String(), Synced: snapshot.Have[s.Kind.Kind], Objects: snapshot.Objects[s.Kind.Kind], LastEvent: s.LastEvent,
		})
	}
	if v.files != nil {
		stats := v.files.Stats()
		view.Skipped = map[string]int{"broken": stats.Broken, "unknown_kind": stats.UnknownKinds}
	}
	if ready {
		began := time.Now()
		view.Report = v.engine.Compute(snapshot, v.settings.current(), began, v.onPanic)
		v.counters.Computed(time.Since(began))
		v.reviews.say(view.Report)
		v.announce.say(view.Report)
	}
	return view
}
