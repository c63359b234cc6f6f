package app

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/version"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/informers"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/model"
	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// judging is what says how objects are judged: the checks and the configuration.
type judging struct {
	checks *check.Set
	reload *config.Reloader
}

func newJudging(o *Options, logger log.Logger) (*judging, error) {
	checks, err := check.NewSet(check.Catalog())
	if err != nil {
		return nil, fmt.Errorf("the catalog of checks is broken, please report this: %w", err)
	}
	reload, err := config.NewReloader(o.ConfigFile, Known(checks), logger, o.clock())
	if err != nil {
		return nil, err
	}
	return &judging{checks: checks, reload: reload}, nil
}

// exporter is every part, wired.
type exporter struct {
	options *Options
	logger  log.Logger
	source  *source
	since   time.Time
	reload  *config.Reloader
	set     *informers.Set
	viewer  *viewer
	// What is served is what posture makes, and what is in the registry.
	posture  *collector.Collector
	registry *prometheus.Registry
	// guard is nil when everybody is let in.
	guard func(http.Handler) http.Handler
}

func newExporter(o *Options, logger log.Logger, j *judging, from *source) (*exporter, error) {
	counters := collector.NewCounters(ids(j.checks))
	onPanic := panicLogger(logger, counters)
	e := &exporter{
		options: o, logger: logger, source: from, since: time.Now(), reload: j.reload, registry: prometheus.NewRegistry(),
		set: informers.New(from.objects, informers.NewProjector(j.checks, onPanic), logger, counters.WatchError, o.watching(from, j.checks)...),
	}
	e.viewer = &viewer{
		now: o.clock(), set: e.set, files: from.files(), reload: j.reload, settings: &settings{set: j.checks, reload: j.reload},
		counters: counters, onPanic: onPanic, reviews: reviews{logger: logger}, announce: announcer{logger: logger},
	}
	var detail []collector.Option
	if o.Detail == lowDetail {
		detail = append(detail, collector.WithoutNames)
	}
	detail = append(detail, collector.Within(e.viewer.within))
	e.posture = collector.New(j.checks, counters, e.viewer.view, detail...)
	for _, c := range []prometheus.Collector{
		e.posture.Counters(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := e.registry.Register(c); err != nil {
			return nil, fmt.Errorf("the metrics contradict each other, please report this: %w", err)
		}
	}
	return e, nil
}

// watching is how the source is watched. Manifests say nothing until they change, and are never stale.
func (o *Options) watching(from *source, checks *check.Set) []informers.Option {
	var needs [][]model.Kind
	for _, e := range checks.Entries() {
		needs = append(needs, e.Needs)
	}
	options := []informers.Option{informers.Clock(o.clock()), informers.Judging(needs)}
	if from.files() == nil {
		options = append(options, informers.StaleAfter(o.StaleAfter))
	}
	return options
}

func ids(set *check.Set) []string {
	var list []string
	for _, e := range set.Entries() {
		list = append(list, e.ID)
	}
	return list
}

func panicLogger(logger log.Logger, counters *collector.Counters) check.OnPanic {
	return func(id string, recovered any) {
		counters.Panic(id)
		level.Error(logger).Log("msg", "a check broke: what it judged counts as unknown; please report this", "check", id, "err", fmt.Sprint(recovered))
	}
}

func (e *exporter) serverOptions() (server.Options, error) {
	metrics, err := server.Metrics(server.MetricsOptions{
		Families: e.posture.Families, Broken: collector.ErrBroken, Registry: e.registry, Log: scrapeLog{e.logger}, MaxRequests: e.options.MaxRequests,
	})
	o := server.Options{
		TelemetryPath: e.options.TelemetryPath, Version: shortVersion(), Protected: *e.options.Web.WebConfigFile != "",
		MaxRequests: e.options.MaxRequests, Ready: e.ready, Overview: e.overview, Metrics: metrics,
		Guard: e.guard, ForeignHost: e.options.foreignHost(), Profiling: e.options.profiling(),
	}
	if e.options.EnableLifecycle {
		o.Reload = e.reload.Reload
	}
	return o, err
}

// shortVersion is what a person wants to know of the build.
func shortVersion() string {
	if version.Version == "" {
		return "development build"
	}
	return version.Version
}

type scrapeLog struct{ logger log.Logger }

// Println implements promhttp.Logger. What is not about gathering is about writing, and would come once for each family.
func (l scrapeLog) Println(v ...any) {
	text := strings.TrimSuffix(fmt.Sprintln(v...), "\n")
	logger := level.Debug(l.logger)
	if strings.Contains(text, "gathering") {
		logger = level.Error(l.logger)
	}
	logger.Log("msg", "scrape", "err", text)
}

// ready returns why nothing is served about posture: kinds are still being read, or none of the
// checks can be judged.
func (e *exporter) ready() error {
	if e.set.Ready() {
		return nil
	}
	if waiting := e.waiting(); len(waiting) > 0 {
		return fmt.Errorf("waiting for the first list of %s", strings.Join(waiting, ", "))
	}
	if e.set.Ready() { // it became so in between
		return nil
	}
	return errors.New(e.blind())
}

// blind says why no check can be judged, and what to do.
func (e *exporter) blind() string {
	var refused, failing []string
	for _, s := range e.set.States() {
		switch {
		case s.Status != informers.Unavailable || s.Kind.Optional:
		case s.Reason == "forbidden" || s.Reason == "unauthorized":
			refused = append(refused, fmt.Sprintf("%s (%s)", s.Kind, s.Reason))
		default:
			failing = append(failing, fmt.Sprintf("%s (%s)", s.Kind, s.Reason))
		}
	}
	text := "no check can be judged"
	if len(refused) > 0 {
		text += ": the API server refuses " + strings.Join(refused, ", ") +
			": bind the exporter's ServiceAccount to its ClusterRole, and see docs/permissions.md"
	}
	if len(failing) > 0 {
		text += ": listing fails for " + strings.Join(failing, ", ") + ": the log says why"
	}
	return text
}

func (e *exporter) waiting() []string {
	var list []string
	for _, s := range e.set.States() {
		if s.Status == informers.Pending && s.Kind.Required {
			list = append(list, s.Kind.String())
		}
	}
	return list
}
