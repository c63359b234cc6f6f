package scale

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
)

const (
	// markerNamespaces is in how many namespaces a pod comes and goes at the same time.
	markerNamespaces = 10
	// residents is how many privileged pods each of them has all the time: where nothing is judged there is no gauge.
	residents = 1
	// markerGauge is the sum that tells of them.
	markerGauge = "kube_posture_pods_privileged"
	// tooLate is how long a change may take to be seen before the measurement ends with an error.
	tooLate = 10 * time.Minute
)

func markerNamespace(i int) string { return fmt.Sprintf("marker-%d", i) }

// markers measures the time from a write to the gauge.
type markers struct {
	client  kubernetes.Interface
	process *process
	pause   time.Duration
	seed    uint64

	mu               sync.Mutex
	latencies, vague []time.Duration
	tellings         []time.Duration // of the API server's own watch
	rest             []time.Duration // from what it tells to the gauge
	seen             *seen
	changed          chan struct{} // closed when there is a newer scrape
	scrapes, writes  int
}

// seen is one scrape.
type seen struct {
	// previous is when the scrape before began, and end when all of this one had been read.
	previous, end time.Time
	body          []byte
}

// measure makes pods come and go until ctx ends.
func (m *markers) measure(ctx context.Context) (writes, scrapes int, err error) {
	m.changed = make(chan struct{})
	// Every marker ends with a pod that has been seen to be gone, for which scrapes have to go on for a while.
	scraping, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var reading errgroup.Group
	reading.Go(func() error {
		defer stop() // nobody sees a marker any more
		return m.scrape(scraping)
	})
	running, inner := errgroup.WithContext(ctx)
	for i := range markerNamespaces {
		rng := rand.New(rand.NewPCG(m.seed, uint64(i)+1000))
		running.Go(func() error { return m.comeAndGo(inner, scraping, markerNamespace(i), rng) })
	}
	err = running.Wait()
	stop()
	if failed := reading.Wait(); failed != nil {
		err = fmt.Errorf("scrape while markers come and go: %w", failed) // whoever waited for a marker has an error too
	}
	return m.writes, m.scrapes, err
}

// scrape publishes scrape after scrape until ctx ends.
func (m *markers) scrape(ctx context.Context) error {
	s := newScraper(m.process)
	// The one gauge that is looked at: to make and read all the others would take the processors from the API server, which must tell of the
	// markers first.
	s.url += "?name[]=" + markerGauge
	defer s.client.CloseIdleConnections()
	text := encodings()[0]
	previous := time.Now()
	for ctx.Err() == nil {
		var body bytes.Buffer
		began := time.Now()
		if _, err := s.scrape(ctx, text, &body); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		m.publish(&seen{previous: previous, end: time.Now(), body: only(body.Bytes(), markerGauge)})
		previous = began
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(began.Add(m.pause))):
		}
	}
	return nil
}

func (m *markers) publish(s *seen) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = s
	m.scrapes++
	close(m.changed)
	m.changed = make(chan struct{})
}

// comeAndGo creates and deletes a pod in one namespace, and waits each time until the gauge shows it.
func (m *markers) comeAndGo(ctx, waiting context.Context, namespace string, rng *rand.Rand) error {
	pods := m.client.CoreV1().Pods(namespace)
	all, err := listen(waiting, m.client, namespace)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		pod := marker(namespace, fmt.Sprintf("marker-%d", n))
		for _, want := range []float64{residents + 1, residents} {
			select {
			// The moments have nothing to do with those of the scrapes.
			case <-time.After(time.Duration(rng.Int64N(int64(3 * m.pause)))):
			case <-ctx.Done():
				if want > residents {
					return nil
				}
			}
			began, kind := time.Now(), watch.Added
			if want > residents {
				_, err = pods.Create(waiting, pod, metav1.CreateOptions{})
			} else {
				kind, err = watch.Deleted, pods.Delete(waiting, pod.Name, atOnce())
			}
			if err != nil {
				return fmt.Errorf("write a marker: %w", err)
			}
			shown, err := m.await(waiting, namespace, want, began)
			if err != nil {
				return err
			}
			at, err := when(waiting, all, kind, pod.Name)
			if err != nil {
				return err
			}
			m.mu.Lock()
			m.tellings, m.rest = append(m.tellings, at.Sub(began)), append(m.rest, shown.Sub(at))
			m.mu.Unlock()
		}
	}
}

// await notes how long after began the gauge of a namespace had a value, and returns when that was seen.
func (m *markers) await(ctx context.Context, namespace string, want float64, began time.Time) (time.Time, error) {
	late := time.NewTimer(tooLate)
	defer late.Stop()
	for {
		m.mu.Lock()
		s, changed := m.seen, m.changed
		m.mu.Unlock()
		// A scrape that was complete before the write cannot tell of it.
		if s != nil && s.end.After(began) && value(s.body, namespace) == want {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.writes++
			m.latencies = append(m.latencies, s.end.Sub(began))
			m.vague = append(m.vague, s.end.Sub(later(s.previous, began)))
			return s.end, nil
		}
		select {
		case <-changed:
		case <-late.C:
			return time.Time{}, fmt.Errorf("%s{namespace=%q} is not %v %s after the write", markerGauge, namespace, want, tooLate)
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
}

// only copies the samples of one family out of a text.
func only(text []byte, family string) []byte {
	var kept []byte
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte(family+"{")) {
			kept = append(kept, line...)
		}
	}
	return kept
}

// value is a namespace's sample among those of its family, -1 when there is none.
func value(samples []byte, namespace string) float64 {
	_, rest, found := bytes.Cut(samples, fmt.Appendf(nil, `namespace=%q} `, namespace))
	if !found {
		return -1
	}
	text, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return -1
	}
	return n
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
