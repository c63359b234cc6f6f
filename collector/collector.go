package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
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
}

// Informer is what is said of one kind.
type Informer struct {
	Resource string
	Synced   bool
	Objects  int
	// LastEvent is zero before the source first answered.
	LastEvent time.Time
}

// Collector is the prometheus.Collector of the whole exporter. It is safe for concurrent use and keeps no gauge.
type Collector struct {
	view     func() View
	counters *Counters
	set      *check.Set
	// families are those that are served, by name.
	families map[string]*prometheus.Desc
	byCheck  []*prometheus.Desc
}

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

// New makes the collector for the checks of a set. view is called once for each scrape.
func New(set *check.Set, counters *Counters, view func() View, options ...Option) *Collector {
	c := &Collector{view: view, counters: counters, set: set, families: make(map[string]*prometheus.Desc)}
	for _, m := range postureFamilies() {
		c.families[m.Name] = m.desc()
	}
	for _, m := range selfFamilies() {
		c.families[m.Name] = m.desc()
	}
	for _, e := range set.Entries() {
		c.byCheck = append(c.byCheck, forCheck(e.Check).desc())
	}
	for _, option := range options {
		option(c)
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.families {
		out <- d
	}
	for _, d := range c.byCheck {
		out <- d
	}
	for _, counter := range c.counters.all() {
		counter.Describe(out)
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	view := c.view()
	s := &scrape{writer: writer{out: out}, c: c, r: view.Report}
	s.self(&view)
	for _, counter := range c.counters.all() {
		counter.Collect(out)
	}
	if s.r == nil {
		return
	}
	s.checks()
	s.counts()
	s.severities()
	s.findings()
	s.namespaces()
	s.nodes()
	s.admins()
	s.bindings()
	s.exemptions()
	for _, name := range s.r.Enforcers {
		s.one(enforcerInfo, 1, pair("name", name))
	}
	s.one(clusterInfo, 1, pair("kubernetes_version", known(s.r.KubernetesVersion)))
}

// known makes an absent fact visible as such: an empty label is the same as none.
func known(value string) string {
	if value == "" {
		return "unknown"
	}
	return value
}

// scrape writes one report.
type scrape struct {
	writer
	c *Collector
	r *posture.Report
	// namespace are the namespace label pairs, by namespace index.
	namespace []*dto.LabelPair
}

func (s *scrape) one(m Metric, value float64, pairs ...*dto.LabelPair) {
	s.gauge(s.c.families[m.Name], value, s.labels(pairs...))
}

// checks writes level 0.
func (s *scrape) checks() {
	var results [posture.ResultCount]*dto.LabelPair
	for r := range results {
		results[r] = pair("result", posture.Result(r).String())
	}
	entries := s.c.set.Entries()
	for i := range entries {
		e := &entries[i]
		id := pair("check", e.ID)
		s.one(checkInfo, 1, id, pair("gap", string(e.Gap)), pair("severity", s.r.Settings.Severity(e).String()),
			pair("resource", e.Resource()), pair("pod_security", e.Control), pair("cis", e.AllCIS()))
		if !s.r.Checks[i].Judged {
			continue
		}
		for r, n := range s.r.Checks[i].Results {
			s.one(checkResources, float64(n), id, results[r])
		}
	}
}

// counts writes level 1.
func (s *scrape) counts() {
	s.namespace = make([]*dto.LabelPair, len(s.r.Namespaces))
	plain := make([][]*dto.LabelPair, len(s.r.Namespaces))
	for i, name := range s.r.Namespaces {
		s.namespace[i] = pair("namespace", name)
		plain[i] = s.labels(s.namespace[i])
	}
	for c, column := range s.r.Columns {
		e := column.Entry
		if !s.r.Checks[e.Index].Judged || s.r.Settings.Enabled(e)>>column.Value&1 == 0 {
			continue
		}
		desc := s.c.byCheck[e.Index]
		if e.Open != "" {
			s.access(desc, e.Open)
			continue
		}
		extra := extraLabels(e.Check, column.Value)
		if e.ClusterWide {
			s.gauge(desc, float64(max(s.r.Counts[c], 0)), s.labels(extra...))
			continue
		}
		for i := range s.r.Namespaces {
			n := s.r.Counts[i*len(s.r.Columns)+c]
			switch {
			case n == posture.NotJudged:
			case len(extra) == 0:
				s.gauge(desc, float64(n), plain[i])
			default:
				s.gauge(desc, float64(n), s.labels(append(extra[:len(extra):len(extra)], s.namespace[i])...))
			}
		}
	}
}

// severities writes what the scores of namespaces are made of.
func (s *scrape) severities() {
	pass, fail := pair("result", posture.Pass.String()), pair("result", posture.Fail.String())
	desc := s.c.families[namespaceChecked.Name]
	for severity := range check.SeverityCount {
		label := pair("severity", severity.String())
		for i := 1; i < len(s.namespace); i++ { // 0 is no namespace
			if passed, failed, ok := s.r.Severity(i, severity); ok {
				s.gauge(desc, float64(passed), s.labels(s.namespace[i], label, pass))
				s.gauge(desc, float64(failed), s.labels(s.namespace[i], label, fail))
			}
		}
	}
}

// access writes the check whose label values are the names of queries.
func (s *scrape) access(desc *prometheus.Desc, label string) {
	for _, a := range s.r.Access {
		s.gauge(desc, float64(a.Subjects), s.labels(pair(label, a.Name)))
	}
}

func extraLabels(c *check.Check, value int) []*dto.LabelPair {
	var extra []*dto.LabelPair
	for i, v := range c.LabelValues(value) {
		extra = append(extra, pair(c.Labels[i].Name, v))
	}
	return extra
}

// findings writes level 2.
func (s *scrape) findings() {
	desc := s.c.families[finding.Name]
	if desc == nil { // there may be many
		return
	}
	entries := s.c.set.Entries()
	ids := make([]*dto.LabelPair, len(entries))
	for i := range entries {
		ids[i] = pair("check", entries[i].ID)
	}
	type names struct{ kind, name *dto.LabelPair }
	objects := make([]names, len(s.r.Objects))
	for _, f := range s.r.Findings {
		o := &s.r.Objects[f.Object]
		n := &objects[f.Object]
		if n.kind == nil {
			*n = names{pair("kind", o.Kind), pair("name", o.Name)}
		}
		s.gauge(desc, float64(f.Count), s.labels(ids[f.Check], s.namespace[o.Namespace], n.kind, n.name))
	}
	s.one(findingsDropped, float64(s.r.Dropped))
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
