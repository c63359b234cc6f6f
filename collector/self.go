package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"
)

// Counters are what the exporter counts about itself while it runs. They are safe for concurrent use.
type Counters struct {
	errors  *prometheus.CounterVec
	panics  *prometheus.CounterVec
	compute prometheus.Histogram
	build   prometheus.Collector
}

// NewCounters makes the counters. The checks named have theirs at 0 from the start, so that the first panic is an increase.
func NewCounters(checks []string) *Counters {
	c := &Counters{
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{Name: watchErrors.Name, Help: watchErrors.Help}, watchErrors.Labels),
		panics: prometheus.NewCounterVec(prometheus.CounterOpts{Name: checkPanics.Name, Help: checkPanics.Help}, checkPanics.Labels),
		compute: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: computeDuration.Name, Help: computeDuration.Help, Buckets: prometheus.ExponentialBuckets(0.001, 2, 12),
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
		}),
		build: build(),
	}
	for _, id := range checks {
		c.panics.WithLabelValues(id)
	}
	return c
}

// build says what this program was built from, as the version collector of the Prometheus project does, and when.
func build() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: buildInfo.Name, Help: buildInfo.Help, ConstLabels: prometheus.Labels{
		"branch": version.Branch, "build_date": version.BuildDate, "goarch": version.GoArch, "goos": version.GoOS, "goversion": version.GoVersion,
		"revision": version.GetRevision(), "tags": version.GetTags(), "version": version.Version,
	}}, func() float64 { return 1 })
}

// WatchError counts a failed list or watch.
func (c *Counters) WatchError(resource, reason string) {
	c.errors.WithLabelValues(resource, reason).Inc()
}

// Panic counts a check that broke.
func (c *Counters) Panic(check string) { c.panics.WithLabelValues(check).Inc() }

// Computed notes how long one report took.
func (c *Counters) Computed(d time.Duration) { c.compute.Observe(d.Seconds()) }

func (c *Counters) all() []prometheus.Collector {
	return []prometheus.Collector{c.errors, c.panics, c.compute, c.build}
}

// self writes the exporter's own state.
func (s *scrape) self(v *View) {
	for _, i := range v.Informers {
		resource := s.pair("resource", i.Resource)
		s.one(informerSynced, truth(i.Synced), resource)
		if i.Synced {
			s.one(informerObjects, float64(i.Objects), resource)
		}
		if i.Synced && i.Version > 0 {
			s.one(informerVersion, float64(i.Version), resource)
		}
		if !i.LastEvent.IsZero() {
			s.one(informerEvent, seconds(i.LastEvent), resource)
		}
	}
	s.one(configSuccessful, truth(v.ConfigSuccessful))
	if !v.ConfigTime.IsZero() {
		s.one(configTime, seconds(v.ConfigTime))
	}
	if v.Skipped != nil {
		s.one(snapshotIncomplete, float64(v.Incomplete))
	}
	for reason, n := range v.Skipped {
		s.one(snapshotSkipped, float64(n), s.pair("reason", reason))
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
