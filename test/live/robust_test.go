package live_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// What the exporter has to bear at the same time, and how much memory it may take for that, at its worst moment. The bound holds for this
// cluster of 1,200 pods that fail much, whose scrape is 6 MB; see docs/performance.md for larger ones.
const (
	manyScrapers    = 200
	slowScrapers    = 10
	manyConnections = 10_000
	hugeBody        = 100 << 20
	memoryBound     = 256 // MiB
	// filesBound is how many files the exporter may have open: the 512 connections that it allows, and some of its own.
	filesBound = 600
)

// TestRobust has everybody ask at once, badly: the exporter answers whoever asks well, follows the cluster, and stays small.
func TestRobust(t *testing.T) {
	cluster := startCluster(t)
	grant(t, cluster, "exporter", listAndWatch())
	cluster.CreateNamespace(t, "crowd", nil)
	createPods(t, cluster.Client(), "crowd", 1200, func(i int) *corev1.Pod { return privilegedPod(fmt.Sprintf("%s%d", strings.Repeat("long-", 45), i)) })
	l := launch(t, build(t), nil, "--kubeconfig="+cluster.KubeconfigFor("exporter"), fmt.Sprint("--web.max-requests=", manyScrapers+slowScrapers+1))
	await(t, "it to be ready", func() error { return l.status("GET", "/-/ready", "", 200) })
	address := strings.TrimPrefix(l.url, "http://")
	memory := func(when string) {
		if mib, ok := l.memory(t); ok {
			t.Logf("%s: at most %d MiB", when, mib)
			if mib > memoryBound {
				t.Errorf("%s: the exporter took %d MiB, want at most %d", when, mib, memoryBound)
			}
		}
	}
	_, first, err := l.ask("GET", "/metrics", "")
	noError(t, err)
	if len(first) < 5<<20 {
		t.Fatalf("a scrape is %d bytes, which the sockets may hold", len(first))
	}
	memory("after one scrape")

	for range slowScrapers {
		slow(t, address)
	}
	memory("with slow scrapers")
	flood(t, address)
	memory("with many connections")
	scrapers(t, l)
	// Every connection of the flood has been accepted, since those that came later have been.
	files, ok := l.files()
	t.Logf("with many connections: %d files are open", files)
	if ok && files > filesBound {
		t.Errorf("with many connections: the exporter has %d files open, want at most %d", files, filesBound)
	}
	memory("with many scrapers")
	for _, path := range []string{"/metrics", "/-/reload", "/-/ready"} {
		if sent := pour(t, address, path); sent >= hugeBody {
			t.Errorf("POST %s: all of the %d bytes were taken", path, sent)
		}
	}
	memory("with huge requests")

	// All that is still going on, and so is the watch.
	createEach(t, cluster.Client(), "default", privilegedPod("later"))
	await(t, "a new pod to be on the metrics", func() error {
		response, body, err := l.ask("GET", "/metrics", "")
		if err != nil || response.StatusCode != http.StatusOK {
			return fmt.Errorf("%v, %w", response, err)
		}
		if !strings.Contains(body, "\nkube_posture_pods_privileged{namespace=\"default\"} 1\n") {
			return errors.New("it is not")
		}
		return nil
	})
	for _, path := range []string{"/-/healthy", "/-/ready", "/"} {
		if err := l.status("GET", path, "", 200); err != nil {
			t.Error(err)
		}
	}
	memory("at the end")
	noError(t, l.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-l.ended:
		if err != nil {
			t.Errorf("the exporter ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("slow scrapers keep the exporter from ending")
	}
	if strings.Contains(l.logged(), "level=error") {
		t.Error("there are errors in the log")
	}
}

// slow begins a scrape and stops reading, until the end of the test.
func slow(t *testing.T, address string) {
	t.Helper()
	dialer := &net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var set error
		err := c.Control(func(fd uintptr) { set = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 64<<10) })
		return errors.Join(err, set)
	}}
	c := must[net.Conn](t)(dialer.Dial("tcp", address))
	t.Cleanup(func() { c.Close() })
	fmt.Fprint(c, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
	if line := must[string](t)(bufio.NewReaderSize(c, 16).ReadString('\n')); !strings.Contains(line, " 200 ") {
		t.Errorf("a slow scraper got %s", line)
	}
}

// flood opens connections, half of which begin a request that they never end, and keeps thousands of them open.
func flood(t *testing.T, address string) {
	t.Helper()
	const kept = 4000
	open := make(chan net.Conn, kept)
	t.Cleanup(func() {
		close(open)
		for c := range open {
			c.Close()
		}
	})
	noError(t, each(manyConnections, func(i int) error {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		if i%2 == 0 {
			fmt.Fprint(c, "GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: ")
		}
		for {
			select {
			case open <- c:
				return nil
			default:
			}
			select {
			case oldest := <-open:
				oldest.Close()
			default: // another worker has made room
			}
		}
	}))
}

// scrapers scrape all at once, and each gets a whole answer.
func scrapers(t *testing.T, l *launched) {
	t.Helper()
	var whole atomic.Int32
	begun := time.Now()
	var all sync.WaitGroup
	for range manyScrapers {
		all.Go(func() {
			if err := scrapeWhole(l); err != nil {
				t.Errorf("a scraper: %v", err)
				return
			}
			whole.Add(1)
		})
	}
	all.Wait()
	t.Logf("%d scrapers got a whole answer, after at most %s", whole.Load(), time.Since(begun).Round(time.Millisecond))
}

// scrapeWhole scrapes and keeps only the end of the answer, where the family that sorts last is: with the race detector, 200 answers of
// 6 MB in memory keep the test busier than the exporter.
func scrapeWhole(l *launched) error {
	response, err := l.client.Get(l.url + "/metrics")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	const kept = 4 << 10
	var size int
	var end, buffer []byte = nil, make([]byte, 64<<10)
	for err == nil {
		var n int
		n, err = response.Body.Read(buffer)
		size += n
		end = append(end, buffer[max(0, n-kept):n]...)
		end = append(end[:0], end[max(0, len(end)-kept):]...)
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("after %d bytes: %w", size, err)
	}
	if response.StatusCode != http.StatusOK || !bytes.Contains(end, []byte("\npromhttp_metric_handler_requests_total{")) {
		return fmt.Errorf("%s, %d bytes, which end in %q", response.Status, size, end)
	}
	return nil
}

// pour sends a request with a huge body, and returns how much of it was taken.
func pour(t *testing.T, address, path string) (sent int64) {
	t.Helper()
	c := must[net.Conn](t)(net.Dial("tcp", address))
	defer c.Close()
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", path, hugeBody)
	sent, _ = io.Copy(c, io.LimitReader(endless{}, hugeBody)) // the server ends it
	return sent
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { clear(b); return len(b), nil }
