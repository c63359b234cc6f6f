package collector

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// View is everything that one scrape shows, taken at one moment.
type View struct {
	// Report is nil before every required kind has been listed or refused: nothing is known about posture then.
	Report    *posture.Report
	Informers []Informer
	// ConfigSuccessful says whether the last load of the configuration succeeded; ConfigTime is when one last did.
	ConfigSuccessful bool
	ConfigTime       time.Time
	// Skipped says how much of a snapshot is not served, by reason; nil when a cluster is watched.
	Skipped map[string]int
	// Incomplete is how many files of a snapshot are served as they were, because what they hold
	// now is not whole.
	Incomplete int
}

// Informer is what is said of one kind.
type Informer struct {
	Resource string
	Synced   bool
	Objects  int
	// LastEvent is zero before the source first answered.
	LastEvent time.Time
	// Version is how far the cache has come, 0 when that is not known.
	Version model.Version
}

// Collector is the prometheus.Collector of the whole exporter, and makes all families of it but those of the counters. It is safe for
// concurrent use and keeps no gauge.
type Collector struct {
	view     func(context.Context) (View, error)
	counters *Counters
	set      *check.Set
	// families are those that are served, by name; byCheck the checks' own.
	families map[string]*served
	byCheck  []*served
	// sorted are all of them, by name.
	sorted []*served
}

// served is a family of gauges that is served.
type served struct {
	name, help string
	desc       *prometheus.Desc
	// place is where it stands in Collector.sorted.
	place int
	// write makes its metrics from the report, nil where they are not about posture.
	write func(*scrape)
}

func (m *Metric) served() *served { return &served{name: m.Name, help: m.Help, desc: m.desc()} }

// Option changes what a collector serves.
type Option func(*Collector)

// WithoutNames leaves out every family that is Named.
func WithoutNames(c *Collector) {
	for _, m := range postureFamilies() {
		if m.Named {
			delete(c.families, m.Name)
		}
	}
}

// Within makes each scrape take its view by this function, which returns an error when the scrape's
// context ends before there is one.
func Within(view func(context.Context) (View, error)) Option {
	return func(c *Collector) { c.view = view }
}

// New makes the collector for the checks of a set. view is called once for each scrape.
func New(set *check.Set, counters *Counters, view func() View, options ...Option) *Collector {
	c := &Collector{counters: counters, set: set, families: make(map[string]*served)}
	c.view = func(context.Context) (View, error) { return view(), nil }
	for _, m := range append(postureFamilies(), selfFamilies()...) {
		c.families[m.Name] = m.served()
	}
	for name, write := range makers() {
		c.families[name].write = write
	}
	for i, e := range set.Entries() {
		m := forCheck(e.Check)
		f := m.served()
		f.write = func(s *scrape) { s.count(f, &set.Entries()[i]) }
		c.byCheck = append(c.byCheck, f)
	}
	for _, option := range options {
		option(c)
	}
	c.sorted = slices.AppendSeq(slices.Clone(c.byCheck), maps.Values(c.families))
	slices.SortFunc(c.sorted, func(a, b *served) int { return strings.Compare(a.name, b.name) })
	for i, f := range c.sorted {
		f.place = i
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, f := range c.sorted {
		out <- f.desc
	}
	for _, counter := range c.counters.all() {
		counter.Describe(out)
	}
}

// Collect implements prometheus.Collector, for a registry that looks at every metric again: scrapes are served by Families.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	s, err := c.begin(context.Background())
	if err != nil {
		return
	}
	for i, f := range c.sorted {
		s.make(f)
		for _, m := range s.writer.families[i].Metric {
			out <- sample{f.desc, m}
		}
	}
	for _, counter := range c.counters.all() {
		counter.Collect(out)
	}
}

// begin takes the view that a scrape shows, and makes the metrics of the exporter itself.
func (c *Collector) begin(ctx context.Context) (*scrape, error) {
	view, err := c.view(ctx)
	if err != nil {
		return nil, err
	}
	s := &scrape{writer: newWriter(c.sorted), c: c, r: view.Report}
	s.self(&view)
	if s.r != nil {
		s.names()
	}
	s.keep()
	return s, nil
}
