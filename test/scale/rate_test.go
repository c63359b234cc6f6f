package scale

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"
)

// atRate is what a rate of changes costs the exporter, and how soon it tells of them.
type atRate struct {
	Wanted       int       `json:"changesPerSecond"`
	Watching     *changing `json:"watching"`
	WhileScraped *changing `json:"whileScraped"`
	Latencies    int       `json:"latencies"`
	P50          float64   `json:"latencyP50Ms"`
	P99          float64   `json:"latencyP99Ms"`
	Worst        float64   `json:"latencyWorstMs"`
	// Vagueness is by how much a latency may be too high, at the median.
	Vagueness float64 `json:"latencyVaguenessMs"`
	// WatchP50 and WatchP99 are from the same writes until the API server has told another watch of them.
	WatchP50 float64 `json:"watchP50Ms"`
	WatchP99 float64 `json:"watchP99Ms"`
	// RestP50 and RestP99 are from then until the gauge was read: what the exporter adds, and the time until the next scrape.
	RestP50 float64 `json:"restP50Ms"`
	RestP99 float64 `json:"restP99Ms"`
}

// changing is what changes cost the exporter.
type changing struct {
	// Rate is how many were written a second, and CPU the exporter's a second.
	Rate float64 `json:"reachedPerSecond"`
	CPU  float64 `json:"cpuPerSecond"`
	// Markers are pods that came or went by the API server meanwhile, beside those changes; Scrapes is how many there were.
	Markers int `json:"markers"`
	Scrapes int `json:"scrapes"`
	// Idle is the share of the machine's time in which it had nothing to do.
	Idle float64 `json:"machineIdle"`
	// Behind is how late the API server's own watch was in the end: what is behind has not yet cost the exporter anything.
	Behind float64 `json:"behindMs"`
	// Ended is how many watches of pods the API server has ended meanwhile because they were too slow.
	Ended int64 `json:"endedWatches"`
}

// measureRate lets the pods change at a rate, first without any scrape.
func measureRate(ctx context.Context, p *process, c *changer, m *markers, o *options, rate int) (r *atRate, err error) {
	c.rate, r = rate, &atRate{Wanted: rate}
	if r.Watching, err = measureChanges(ctx, p, c, o, m.client, nothing); err != nil {
		return nil, err
	}
	if r.WhileScraped, err = measureChanges(ctx, p, c, o, m.client, m.measure); err != nil {
		return nil, err
	}
	r.Latencies, r.Vagueness = len(m.latencies), quantile(m.vague, 0.5)
	r.P50, r.P99, r.Worst = quantile(m.latencies, 0.5), quantile(m.latencies, 0.99), quantile(m.latencies, 1)
	r.RestP50, r.RestP99 = quantile(m.rest, 0.5), quantile(m.rest, 0.99)
	r.WatchP50, r.WatchP99 = quantile(m.tellings, 0.5), quantile(m.tellings, 0.99)
	return r, nil
}

// measureChanges lets the pods change for a time, while something else is done: then it counts how many writes it made and scrapes it read.
func measureChanges(
	ctx context.Context, p *process, c *changer, o *options, client kubernetes.Interface, meanwhile func(context.Context) (writes, scrapes int, err error),
) (*changing, error) {
	c.written.Store(0)
	c.runs++
	ended, err := endedWatches(ctx, client)
	if err != nil {
		return nil, err
	}
	before, err := p.usage()
	if err != nil {
		return nil, err
	}
	began, idle := time.Now(), idleSeconds()
	ending, cancel := context.WithTimeout(ctx, o.changing())
	defer cancel()
	result := &changing{}
	var running errgroup.Group
	running.Go(func() error {
		if err := c.run(ending); err != nil {
			cancel()
			return err
		}
		// What is done meanwhile may end later: that time has no changes, and does not count.
		took, idle := time.Since(began).Seconds(), idleSeconds()-idle
		after, err := p.usage()
		result.Rate, result.CPU = float64(c.written.Load())/took, (after.CPU-before.CPU)/took
		result.Idle = idle / took / float64(runtime.NumCPU())
		if err != nil {
			return err
		}
		late, err := behind(ctx, client)
		result.Behind = milliseconds(late)
		return err
	})
	running.Go(func() (err error) {
		defer cancel()
		result.Markers, result.Scrapes, err = meanwhile(ending)
		return err
	})
	if err := running.Wait(); err != nil {
		return nil, err
	}
	if result.Ended, err = endedWatches(ctx, client); err != nil {
		return nil, err
	}
	result.Ended -= ended
	return result, nil
}

// nothing is done until ctx ends.
func nothing(ctx context.Context) (writes, scrapes int, err error) {
	<-ctx.Done()
	return 0, 0, nil
}
