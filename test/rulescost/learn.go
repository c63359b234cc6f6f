package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
)

// newEngine is the engine of a Prometheus with its default flags.
func newEngine() *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger: promslog.NewNopLogger(), MaxSamples: 50_000_000, Timeout: 2 * time.Minute, LookbackDelta: 5 * time.Minute,
		NoStepSubqueryIntervalFn: func(int64) int64 { return minute }, EnableAtModifier: true, EnableNegativeOffset: true,
		Parser: parser.NewParser(parser.Options{}),
	})
}

// learn adds what the recording rules have recorded, with the labels that they give it: they are evaluated once over the present, as if
// nothing had ever changed.
func (c *cluster) learn(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "rulescost-learn-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	options := tsdb.DefaultOptions()
	options.WALSegmentSize = -1
	db, err := tsdb.Open(dir, promslog.NewNopLogger(), nil, options, nil)
	if err != nil {
		return err
	}
	return errors.Join(c.learnIn(ctx, db), db.Close())
}

func (c *cluster) learnIn(ctx context.Context, db *tsdb.DB) error {
	app := db.Appender(ctx)
	for _, s := range c.series {
		if s.alive(c.now) && !s.recorded {
			if _, err := app.Append(0, s.labels, c.now, s.at(c.now)); err != nil {
				return err
			}
		}
	}
	if err := app.Commit(); err != nil {
		return err
	}
	engine := newEngine()
	for i := range c.rules {
		if !c.rules[i].Recording {
			continue
		}
		if err := c.learnRule(ctx, engine, db, &c.rules[i]); err != nil {
			return fmt.Errorf("%s: %w", c.rules[i].Name, err)
		}
	}
	return nil
}

func (c *cluster) learnRule(ctx context.Context, engine *promql.Engine, db *tsdb.DB, r *rule) error {
	text, err := r.withoutOffsets()
	if err != nil {
		return err
	}
	q, err := engine.NewInstantQuery(ctx, db, nil, text, time.UnixMilli(c.now))
	if err != nil {
		return err
	}
	defer q.Close()
	vector, err := q.Exec(ctx).Vector()
	if err != nil {
		return err
	}
	app := db.Appender(ctx)
	for _, sample := range vector {
		l := labels.NewBuilder(sample.Metric).Set(model.MetricNameLabel, r.Name).Labels()
		if _, err := app.Append(0, l, c.now, sample.F); err != nil {
			return err
		}
		c.series = append(c.series, newSeries(l, sample.F, true, c.lifeOf(l.Get("namespace"))))
	}
	return app.Commit()
}
