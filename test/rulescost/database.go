package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// batch is how many samples are committed at once.
const batch = 100_000

// builder writes the database that a Prometheus would have.
type builder struct {
	c        *cluster
	dir      string
	progress io.Writer
}

// options are those of a Prometheus that keeps a year, which compacts to a tenth of that or 31 days at most.
func options() *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = 2 * 366 * day
	o.MaxBlockDuration = 31 * day
	return o
}

// provide puts the database of the cluster into dir: a copy of the kept one, which is made first when it is not there.
func provide(ctx context.Context, c *cluster, kept, dir string, progress io.Writer) error {
	if kept == "" {
		return (&builder{c, dir, progress}).build(ctx)
	}
	want := c.parameters
	want.Files = nil // other rules over the same database is what it is kept for
	text, err := json.Marshal(want)
	if err != nil {
		return err
	}
	made := filepath.Join(kept, "parameters.json")
	switch has, err := os.ReadFile(made); {
	case errors.Is(err, fs.ErrNotExist):
		if err := (&builder{c, kept, progress}).build(ctx); err != nil {
			return err
		}
		if err := os.WriteFile(made, text, 0o644); err != nil {
			return err
		}
	case err != nil:
		return err
	case string(has) != string(text):
		return fmt.Errorf("%s was made for %s, not for %s", kept, has, text)
	}
	return copyDatabase(kept, dir)
}

// copyDatabase links blocks, which never change, and copies the rest.
func copyDatabase(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case strings.HasPrefix(rel, "wal") || strings.HasPrefix(rel, "chunks_head") || !strings.Contains(rel, string(filepath.Separator)):
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(target, content, 0o644)
		default:
			return os.Link(path, target)
		}
	})
}

func (b *builder) build(ctx context.Context) error {
	begun := time.Now()
	for from := b.c.oldest / (2 * hour) * (2 * hour); from < b.c.boundary; {
		to := from
		for _, r := range ranges {
			if from%(r*hour) == 0 && from+r*hour <= b.c.boundary {
				to = from + r*hour
				break
			}
		}
		n, err := b.block(ctx, span{from, to})
		if err != nil {
			return err
		}
		fmt.Fprintf(b.progress, "block of %d h: %d samples, %s since the beginning\n", (to-from)/hour, n, time.Since(begun).Round(time.Second))
		from = to
	}
	if err := b.head(ctx); err != nil {
		return err
	}
	fmt.Fprintf(b.progress, "head: %s since the beginning\n", time.Since(begun).Round(time.Second))
	return nil
}

// step is the distance of the samples of a series in a block: a minute where a rule looks back, wherever that is in the block. Scraped ones
// that no rule reads are far apart: what they cost is their place in the index.
func (b *builder) step(s *series, in span) int64 {
	looked := b.c.lookback[s.labels.Get("__name__")]
	if slices.ContainsFunc(looked, func(l lookback) bool {
		return in.from < b.c.now-l.to.Milliseconds()+hour && in.to > b.c.now-l.from.Milliseconds()-hour
	}) {
		return minute
	}
	if s.recorded {
		return 5 * minute
	}
	return int64(b.c.RawHours) * hour
}

// block writes one block, and returns how many samples are in it.
func (b *builder) block(ctx context.Context, in span) (int, error) {
	// Series are written one after the other; the writer accepts what is up to half of its range older than the newest.
	w, err := tsdb.NewBlockWriter(promslog.NewNopLogger(), b.dir, 4*(in.to-in.from))
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.Close() }() // its files are its own, and gone by then
	app, n, committed := w.Appender(ctx), 0, 0
	for _, s := range b.c.series {
		var ref storage.SeriesRef
		if s.recorded || in.to > b.c.start {
			err = s.samples(in, b.step(s, in), func(t int64, v float64) error {
				ref, err = app.Append(ref, s.labels, t, v)
				n++
				return err
			})
		}
		if err == nil && n-committed > batch {
			err = app.Commit()
			app, committed = w.Appender(ctx), n
		}
		if err != nil {
			return n, fmt.Errorf("%s: %w", s.labels, err)
		}
	}
	if err := app.Commit(); err != nil || n == 0 {
		return n, err
	}
	_, err = w.Flush(ctx)
	return n, err
}

// head fills the head, a minute at a time as scrapes and rules do.
func (b *builder) head(ctx context.Context) error {
	db, err := tsdb.Open(b.dir, promslog.NewNopLogger(), nil, options(), nil)
	if err != nil {
		return err
	}
	db.DisableCompactions()
	s := &scraper{c: b.c, db: db}
	for t := b.c.boundary; err == nil && t < b.c.now; t += minute {
		err = s.scrape(ctx, t, true)
	}
	return errors.Join(err, db.Close())
}

// scraper appends what a Prometheus scrapes in a minute.
type scraper struct {
	c    *cluster
	db   *tsdb.DB
	refs []storage.SeriesRef
	was  []bool
}

// scrape appends every series that exists, and marks as stale what no longer does. What rules record is appended only before they do so
// themselves.
func (s *scraper) scrape(ctx context.Context, t int64, recorded bool) error {
	if s.refs == nil {
		s.refs, s.was = make([]storage.SeriesRef, len(s.c.series)), make([]bool, len(s.c.series))
		for i, series := range s.c.series {
			s.was[i] = t > s.c.boundary && series.alive(t-minute+series.offset)
		}
	}
	app := s.db.Appender(ctx)
	for i, series := range s.c.series {
		if series.recorded && !recorded {
			continue
		}
		at := t + series.offset
		alive := series.alive(at)
		if !alive && !s.was[i] {
			continue
		}
		s.was[i] = alive
		v := math.Float64frombits(value.StaleNaN)
		if alive {
			v = series.at(at)
		}
		var err error
		if s.refs[i], err = app.Append(s.refs[i], series.labels, at, v); err != nil {
			return fmt.Errorf("%s: %w", series.labels, err)
		}
	}
	return app.Commit()
}
