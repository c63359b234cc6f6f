package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"
)

// query is what one evaluation of one expression cost.
type query struct {
	// took is what a clock says, and cpu what the process used meanwhile, which a busy machine changes less.
	took, cpu     time.Duration
	samples, peak int
	series        int
}

// measurement evaluates the rules over a database.
type measurement struct {
	ctx     context.Context
	c       *cluster
	dir     string
	db      *tsdb.DB
	engine  *promql.Engine
	scraper *scraper
	groups  []*rules.Group
	// queries are those of the group that is being evaluated.
	queries []query
	result  *result
	// phase is the one that is measured, nil while warming up.
	phase *phase
}

func newMeasurement(ctx context.Context, c *cluster, dir string) (*measurement, error) {
	db, err := tsdb.Open(dir, promslog.NewNopLogger(), nil, options(), nil)
	if err != nil {
		return nil, err
	}
	db.DisableCompactions()
	m := &measurement{ctx: ctx, c: c, dir: dir, db: db, engine: newEngine(), scraper: &scraper{c: c, db: db}, result: newResult(c)}
	manager := rules.NewManager(&rules.ManagerOptions{
		Context: ctx, QueryFunc: m.query, NotifyFunc: func(context.Context, string, ...*rules.Alert) {}, AppendableV2: db, Queryable: db,
		Logger: promslog.NewNopLogger(), ExternalURL: &url.URL{}, ForGracePeriod: 10 * time.Minute, ResendDelay: time.Minute,
	})
	groups, errs := manager.LoadGroups(time.Minute, labels.EmptyLabels(), "", nil, false, c.Files...)
	if len(errs) > 0 {
		return nil, errors.Join(errs[0], db.Close())
	}
	for i := range c.rules {
		r := &c.rules[i]
		if i == 0 || c.rules[i-1].File != r.File || c.rules[i-1].Group != r.Group {
			m.groups = append(m.groups, groups[rules.GroupKey(r.File, r.Group)])
		}
	}
	return m, nil
}

// query is what rules.EngineQueryFunc makes, with a stopwatch.
func (m *measurement) query(ctx context.Context, text string, t time.Time) (promql.Vector, error) {
	begun, used := time.Now(), cpu()
	q, err := m.engine.NewInstantQuery(ctx, m.db, nil, text, t)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	vector, err := q.Exec(ctx).Vector()
	samples := q.Stats().Samples
	m.queries = append(m.queries, query{time.Since(begun), cpu() - used, int(samples.TotalSamples), samples.PeakSamples, len(vector)})
	return vector, err
}

// The states of the head in which rounds are measured. Prometheus compacts it every two hours, to its last hour; for the five minutes of the
// engine's lookback after that, whatever reads what is an hour old reads a block as well.
const (
	usual     = "head of three hours, as dear as it is but for five minutes of every two hours"
	compacted = "the five minutes after the head is compacted"
	// within are as many rounds as fit into them after one to warm up.
	within = 3
)

// run measures rounds in both states.
func (m *measurement) run(progress io.Writer) (*result, error) {
	at := m.c.now
	for _, name := range []string{usual, compacted} {
		rounds := m.c.Rounds
		if name == compacted {
			rounds = min(rounds, within)
			if err := m.compact(&at); err != nil {
				return nil, err
			}
		}
		warmed, measured := m.c.now, &phase{Name: name, Load: load()}
		for n := range rounds + 1 {
			m.phase = nil
			if n > 0 {
				m.phase = measured
			}
			if err := m.round(time.UnixMilli(at)); err != nil {
				return nil, err
			}
			if warmed == at {
				for _, g := range m.groups {
					g.RestoreForState(time.UnixMilli(at))
				}
			}
			if err := m.scraper.scrape(m.ctx, at, false); err != nil {
				return nil, err
			}
			at += minute
		}
		measured.settle(m)
		m.result.Phases = append(m.result.Phases, measured)
		fmt.Fprintf(progress, "%s: a round takes %.0f ms (median), %.0f ms (worst), %.0f ms of processor time\n",
			name, measured.Round.Median, measured.Round.Worst, measured.CPU.Median)
	}
	return m.result, m.look(time.UnixMilli(at))
}

// compact goes on to the minute in which Prometheus compacts the head, and does so.
func (m *measurement) compact(at *int64) error {
	for ; *at <= m.c.boundary+3*hour; *at += minute {
		if err := m.scraper.scrape(m.ctx, *at, false); err != nil {
			return err
		}
	}
	blocks := len(m.db.Blocks())
	m.db.EnableCompactions()
	err := m.db.Compact(m.ctx)
	m.db.DisableCompactions()
	if err == nil && m.db.Head().MinTime() < m.c.boundary+2*hour {
		err = fmt.Errorf("the head was not compacted: it begins at %s, and there are %d blocks where there were %d",
			time.UnixMilli(m.db.Head().MinTime()).UTC(), len(m.db.Blocks()), blocks)
	}
	return err
}

// round evaluates every group once. What building the database left behind is collected before, so that it costs the rules nothing.
func (m *measurement) round(at time.Time) error {
	runtime.GC()
	var whole, all query
	row := 0
	for _, g := range m.groups {
		m.queries = m.queries[:0]
		g.Eval(m.ctx, at)
		if len(m.queries) != len(g.Rules()) {
			return fmt.Errorf("group %s made %d queries for %d rules", g.Name(), len(m.queries), len(g.Rules()))
		}
		for i, r := range g.Rules() {
			if err := r.LastError(); err != nil {
				return fmt.Errorf("%s: %w", r.Name(), err)
			}
			whole.took += r.GetEvaluationDuration()
			all.took += m.queries[i].took
			all.cpu += m.queries[i].cpu
			if m.phase != nil {
				m.phase.note(len(m.c.rules), row, m.queries[i], r.GetEvaluationDuration())
			}
			row++
		}
	}
	if m.phase != nil {
		m.phase.rounds = append(m.phase.rounds, all)
		m.phase.wholes = append(m.phase.wholes, whole)
	}
	return m.ctx.Err()
}

// look counts what each look into the past finds.
func (m *measurement) look(at time.Time) error {
	for i := range m.c.rules {
		for _, l := range m.c.rules[i].lookbacks() {
			q, err := m.engine.NewInstantQuery(m.ctx, m.db, nil, l.query, at)
			if err != nil {
				return err
			}
			vector, err := q.Exec(m.ctx).Vector()
			if err != nil {
				return fmt.Errorf("%s: %w", l.query, err)
			}
			if len(vector) == 1 {
				l.Series = int(vector[0].F)
			}
			q.Close()
			m.result.Lookbacks = append(m.result.Lookbacks, l)
		}
	}
	return nil
}

// cpu is how much processor time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// load is the machine's load, empty where it does not say.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(text))
	return strings.Join(fields[:min(3, len(fields))], " ")
}
