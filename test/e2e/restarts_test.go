package e2e

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

// outage is something that is away until the alert about it has arrived.
type outage struct {
	name, receiver string
	alert          map[string]string
	begin, end     func()
}

// testRestarts ends and starts the exporters and the API server: an outage pages about itself, and nothing about posture is new by that.
func testRestarts(t *testing.T, cluster *testcluster.Cluster, s *stack) {
	await(t, "everything before to be over", func() error {
		if last := s.receiver.last(s.drift); time.Since(last) < window/2 {
			return fmt.Errorf("the last notice was %s ago", time.Since(last))
		}
		return nil
	})
	quiet := time.Now()
	for _, e := range s.exporters {
		e.end(syscall.SIGKILL)
		e.start()
	}
	every := func(do func(e *program)) func() {
		return func() {
			for _, e := range s.exporters {
				do(e)
			}
		}
	}
	for _, o := range []outage{
		{
			"both exporters away", "/pager/platform", map[string]string{"alertname": "KubePostureExporterDown", "severity": "critical", "cluster": "e2e"},
			every(func(e *program) { e.end(syscall.SIGTERM) }), every((*program).start),
		},
		{
			"the API server away", "/tickets/platform",
			map[string]string{"alertname": "KubePostureWatchErrors", "severity": "warning", "resource": "pods", "cluster": "e2e"},
			cluster.StopAPIServer, cluster.StartAPIServer,
		},
	} {
		s.outage(t, o)
	}
	// Whatever looks new because of this does within a window.
	time.Sleep(window + window/2)
	if told := s.receiver.since(quiet, s.drift); len(told) > 0 {
		t.Errorf("restarts are told as drift: %q", told)
	}
	for _, page := range s.receiver.pages(quiet) {
		if name, _, _ := strings.Cut(strings.TrimPrefix(page, "firing "), "{"); !slices.Contains(s.sight, name) {
			t.Errorf("a restart pages about something else: %s", page)
		}
	}
}

func (s *stack) outage(t *testing.T, o outage) {
	t.Helper()
	began := time.Now()
	told := func(status string, since time.Time) time.Time {
		var at time.Time
		await(t, fmt.Sprintf("%s: %v to be %s", o.name, o.alert, status), func() error {
			n := s.receiver.find(status, o.alert, since)
			if n == nil {
				return fmt.Errorf("told so far: %q", s.receiver.since(since, s.sight))
			}
			if n.receiver != o.receiver {
				t.Fatalf("%s went to %s, want %s", n, n.receiver, o.receiver)
			}
			at = n.at
			return nil
		})
		return at
	}
	o.begin()
	alerted := told("firing", began)
	o.end()
	back := time.Now()
	resolved := told("resolved", back)
	t.Logf("%-32s |        | %6.1f s | %6.1f s | %6.1f s", o.name, alerted.Sub(began).Seconds(), back.Sub(began).Seconds(), resolved.Sub(began).Seconds())
}
