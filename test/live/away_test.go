package live_test

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// pace is how often somebody scrapes who wants to see everything.
const pace = 5 * time.Millisecond

// watcher scrapes all the time and keeps the first complaint.
type watcher struct {
	stop  context.CancelFunc
	done  chan struct{}
	count int
	err   error
}

// watchEvery runs a check on every scrape of the exporter until end is called.
func watchEvery(e *exporter, complaint func(samples) error) *watcher {
	ctx, stop := context.WithCancel(context.Background())
	w := &watcher{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		pause := time.NewTicker(pace) // or there would be no processor left for the API server
		defer pause.Stop()
		for ctx.Err() == nil && w.err == nil {
			s, err := e.scrape()
			if err == nil {
				err = complaint(s)
			}
			if err != nil {
				w.err = fmt.Errorf("scrape %d: %w", w.count, err)
			}
			w.count++
			<-pause.C
		}
	}()
	return w
}

// complaint is what was wrong with a scrape, nil as long as nothing was.
func (w *watcher) complaint() error {
	select {
	case <-w.done:
		return w.err
	default:
		return nil
	}
}

// end stops scraping and fails the test when a scrape was wrong.
func (w *watcher) end(t *testing.T, least int) {
	t.Helper()
	w.stop()
	<-w.done
	if w.err != nil {
		t.Error(w.err)
	}
	if w.err == nil && w.count < least {
		t.Errorf("only %d scrapes, want at least %d", w.count, least)
	}
	t.Logf("%d scrapes", w.count)
}

// TestAPIServerAway stops the API server and starts it again. What was last known stays, whole and unchanged, in every scrape; the
// errors are counted; afterwards the gauges follow changes again.
func TestAPIServerAway(t *testing.T) {
	cluster := startCluster(t)
	shop(t, cluster)
	grant(t, cluster, "exporter", listAndWatch())
	exporters := map[string]*exporter{
		"an administrator": startExporter(t, cluster.Config()),
		// A starting API server refuses for a moment everybody whose rights are RBAC's: everybody but the administrator.
		"allowed by RBAC": startExporter(t, cluster.ConfigFor("exporter")),
	}
	before := truth(t, cluster)
	scrapes := make(map[string]*watcher)
	for name, e := range exporters {
		e.awaitTruth(t, cluster)
		scrapes[name] = watchEvery(e, func(s samples) error { return equal(before, s.posture()) })
	}
	cluster.StopAPIServer()
	for name, e := range exporters {
		if err := eventually("an error of every kind to be counted", e.networkErrors); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	since := time.Now()
	cluster.StartAPIServer()
	for name, e := range exporters {
		e.awaitNews(t, since)
		t.Log(name)
		scrapes[name].end(t, 20)
	}
	privileged := inShop("pods_privileged")
	createEach(t, cluster.Client(), "shop", privilegedPod("after"))
	for _, e := range exporters {
		e.await(t, "the new pod to be counted", expect{privileged: before[privileged] + 1})
	}
	noError(t, cluster.Client().CoreV1().Pods("shop").Delete(context.Background(), "after", atOnce()))
	for _, e := range exporters {
		e.awaitTruth(t, cluster)
	}
}

// networkErrors complains when no error of the network was counted for some kind.
func (e *exporter) networkErrors() error {
	s, err := e.scrape()
	for _, k := range served() {
		refused := sample("watch_errors_total", "resource", k.String(), "reason", "network")
		if err == nil && s[refused] < 1 {
			err = fmt.Errorf("%s is %v, want at least 1", refused, s[refused])
		}
	}
	return err
}
