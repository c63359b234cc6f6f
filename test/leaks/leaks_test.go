package leaks

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/version"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// TestLeaks changes a cluster LEAK_EVENTS times, a short while by default, and fails when the exporter grows, when it still speaks of what
// has been deleted, or when in the end it says anything else than one that has just been started.
func TestLeaks(t *testing.T) {
	if testing.Short() {
		t.Skip("it keeps the machine busy for a while")
	}
	if runtime.GOOS != "linux" {
		t.Skip("it reads /proc")
	}
	o := fromEnvironment(t)
	progress := io.Writer(os.Stdout)
	if os.Getenv("LEAK_EVENTS") == "" {
		progress = t.Output()
	}
	// The server makes much garbage and is not what is measured.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	r := run(ctx, t, &o, progress)
	noError(t, r.table(progress))
	if o.json != "" {
		noError(t, r.write(o.json))
	}
	for _, trend := range r.Trends {
		if trend.Grows {
			t.Errorf("%s has grown from %.4g to %.4g", trend.Name, trend.Before, trend.After)
		}
	}
	// What would make all of the above say less.
	kinds := r.kinds
	if r.Taken < o.Events || r.Deleted < 100 || r.Checks < int64(r.Deleted) || r.Lists <= kinds || r.Resumed == 0 || r.Expired == 0 || r.Cuts == 0 {
		t.Errorf("too little has happened: %+v", *r)
	}
}

// observer is the run as the scrapes see it.
type observer struct {
	t        *testing.T
	o        *options
	server   *server
	graves   *graves
	exporter *process
	began    time.Time
	result   *result
	progress io.Writer
}

func run(ctx context.Context, t *testing.T, o *options, progress io.Writer) *result {
	t.Helper()
	binary := program(t)
	s, g := serve(ctx, t, &version.Info{Major: "1", Minor: "37", GitVersion: "v1.37.2"}), newGraves()
	c := newChurn(s, g, o.Seed, o.Events)
	c.populate()
	noError(t, c.err)
	w := &observer{t: t, o: o, server: s, graves: g, progress: progress, result: &result{Options: *o, CPUs: runtime.NumCPU(), LoadBefore: load()}}
	w.exporter = start(t, binary, s.kubeconfig, o.flags(t)...)
	await(t, "a series of every marker", func() bool { w.look(ctx); return g.caughtUp() })
	w.result.Samples, w.result.Scrapes, w.began = nil, 0, time.Now()
	cpu := w.cpu(ctx)

	enough := func() bool { taken, _ := s.taken(); return taken >= o.Events }
	changing, stop := context.WithCancel(ctx)
	defer stop()
	// What is on its way counts, and may come by a list after all: then some more is needed.
	for again := true; again; again = !enough() {
		ended := make(chan error, 1)
		go func() { ended <- c.run(changing, enough) }()
		w.watch(ctx, ended)
		await(t, "the exporter to have taken everything", func() bool { return w.look(ctx) && g.caughtUp() })
	}

	r := w.result
	r.Seconds, r.CPU, r.LoadAfter = time.Since(w.began).Seconds(), w.cpu(ctx)-cpu, load()
	r.Taken, r.Skipped = s.taken()
	r.kinds, r.Cuts, r.Deleted, r.Checks = len(s.journals), c.cuts, len(g.deleted), g.checks
	for kind, j := range s.journals {
		said, objects := j.said()
		r.Lists, r.Resumed, r.Expired, r.Objects = r.Lists+said.Lists, r.Resumed+said.Resumed, r.Expired+said.Expired, r.Objects+objects
		if kind == model.Pods {
			r.Pods = objects
		}
	}
	w.profile(ctx, "end")
	w.compare(ctx, start(t, binary, s.kubeconfig, o.flags(t)...))
	var err error
	r.Trends, err = judge(r.Samples)
	noError(t, err)
	return r
}

// watch scrapes until the changes have ended.
func (w *observer) watch(ctx context.Context, ended <-chan error) {
	w.t.Helper()
	profiled, said := len(w.result.Samples) > 0, int64(0)
	for {
		select {
		case err := <-ended:
			noError(w.t, err)
			return
		case <-time.After(w.o.pause()):
		}
		w.look(ctx)
		last := &w.result.Samples[len(w.result.Samples)-1]
		if !profiled && last.Events >= w.o.Events/fifths {
			profiled = true
			w.profile(ctx, "fifth")
		}
		if tenth := last.Events * 10 / w.o.Events; tenth > said {
			said = tenth
			fmt.Fprintf(w.progress, "%s %d events: resident %.1f MiB, live heap %.1f MiB, %.0f goroutines, %.0f files, %.0f series\n",
				time.Now().Format(time.TimeOnly), last.Events, last.Resident/mebibyte, last.Live/mebibyte, last.Goroutines, last.Files, last.Series)
		}
	}
}

// look scrapes once, and ends the test when something is there that must not be. It says whether there are as many objects as the server has.
func (w *observer) look(ctx context.Context) (whole bool) {
	w.t.Helper()
	text, err := w.exporter.scrape(ctx)
	noError(w.t, err)
	e, err := parse(text)
	noError(w.t, err)
	w.graves.visit(e)
	if len(w.graves.wrong) > 0 {
		w.t.Fatalf("the exporter has taken the end of these, and still has a series of each: %v", w.graves.wrong)
	}
	taken, _ := w.server.taken()
	resident, err := w.exporter.resident()
	noError(w.t, err)
	s := sample{Events: taken, Seconds: time.Since(w.began).Seconds(), Resident: float64(resident), Series: float64(series(text)), Bytes: len(text)}
	for family, to := range map[string]*float64{
		"go_memstats_heap_inuse_bytes": &s.InUse, "go_goroutines": &s.Goroutines, "process_open_fds": &s.Files, "go_memstats_next_gc_bytes": &s.Live,
	} {
		var found bool
		if *to, found = e.value(family); !found {
			w.t.Fatalf("the exporter does not tell %s", family)
		}
	}
	percent, found := e.value("go_gc_gogc_percent")
	if !found {
		w.t.Fatal("the exporter does not tell go_gc_gogc_percent")
	}
	s.Live /= 1 + percent/100
	w.result.Samples = append(w.result.Samples, s)
	w.result.Scrapes++
	return w.whole(e)
}

// whole says whether the exporter has as many objects of each kind as the server.
func (w *observer) whole(e exposition) bool {
	for kind, j := range w.server.journals {
		_, objects := j.said()
		if n, found := e.value("kube_posture_informer_objects", "resource", kind.String()); !found || int(n) != objects {
			return false
		}
	}
	return true
}

func (w *observer) cpu(ctx context.Context) float64 {
	w.t.Helper()
	text, err := w.exporter.scrape(ctx)
	noError(w.t, err)
	e, err := parse(text)
	noError(w.t, err)
	seconds, found := e.value("process_cpu_seconds_total")
	if !found {
		w.t.Fatal("the exporter does not tell process_cpu_seconds_total")
	}
	return seconds
}

// compare holds the exporter against one that knows nothing but how the cluster is now.
func (w *observer) compare(ctx context.Context, fresh *process) {
	w.t.Helper()
	var difference string
	for deadline := time.Now().Add(patience / 4); ; time.Sleep(lookEvery) {
		old, err := w.exporter.scrape(ctx)
		noError(w.t, err)
		anew, err := fresh.scrape(ctx)
		noError(w.t, err)
		if difference = differences(posture(anew), posture(old)); difference == "" || time.Now().After(deadline) {
			break
		}
	}
	if difference != "" {
		w.t.Errorf("after %d events the exporter says something else than one that has just been started: %s", w.result.Taken, difference)
	}
}

// taken is how many events the exporter has taken, by its own word but for those that are on their way, and how many it was never sent.
func (s *server) taken() (taken, skipped int64) {
	for _, j := range s.journals {
		events, not := j.counts()
		taken, skipped = taken+int64(events-not), skipped+int64(not)
	}
	return taken, skipped
}
