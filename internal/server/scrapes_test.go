package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// TestTogether: two hundred scrapes that come while an answer is made share the next one. One in another form gets one of its own.
func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int32
		release := make(chan struct{})
		h := server.Together(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-release
			w.Header().Set("X-Form", r.Header.Get("Accept"))
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprintf(w, "answer %d %s", made.Add(1), r.URL.RawQuery)
		}))
		const scrapers = 200
		first, answers, other := make(chan *httptest.ResponseRecorder, 1), make(chan *httptest.ResponseRecorder, scrapers), make(chan *httptest.ResponseRecorder, 1)
		go func() { first <- ask(h, "GET", "/metrics") }()
		synctest.Wait()
		for range scrapers {
			go func() { answers <- ask(h, "GET", "/metrics") }()
		}
		go func() { other <- ask(h, "HEAD", "/metrics?name[]=a", "Accept", "text/plain") }()
		synctest.Wait()
		close(release)
		<-first
		if w := <-other; w.Header().Get("X-Form") != "text/plain" || !strings.HasSuffix(w.Body.String(), " name[]=a") {
			t.Errorf("the other form got %v %q", w.Header(), w.Body)
		}
		for range scrapers {
			w := <-answers
			if w.Code != http.StatusAccepted || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) || !strings.HasPrefix(w.Body.String(), "answer ") {
				t.Errorf("got %d %v %q", w.Code, w.Header(), w.Body)
			}
		}
		if n := made.Load(); n != 3 {
			t.Errorf("%d answers were made, want that of the first, that of the others, and that of the other form", n)
		}
	})
}

// TestTogetherOutlivesTheFirst: an answer that others wait for does not end with the request of the
// first client, nor see what only that one sent.
func TestTogetherOutlivesTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := server.Together(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-release
			if err := r.Context().Err(); err != nil {
				t.Errorf("the request has ended: %v", err)
			}
			if len(r.Header) != 2 || r.Header.Get("Authorization") != "" {
				t.Errorf("headers: %v", r.Header)
			}
			fmt.Fprint(w, "answer")
		}))
		go ask(h, "GET", "/metrics") // what keeps the others waiting
		synctest.Wait()
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			r := httptest.NewRequestWithContext(ctx, "GET", "/metrics", nil)
			r.Header.Set("Authorization", "Bearer secret")
			h.ServeHTTP(httptest.NewRecorder(), r)
		}()
		synctest.Wait()
		answer := make(chan string)
		go func() { answer <- ask(h, "GET", "/metrics").Body.String() }()
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		if got := <-answer; got != "answer" {
			t.Errorf("got %q", got)
		}
	})
}

// TestTogetherGivesUp: an answer is not made on when its client has gone away, or has waited as
// long as Prometheus's header says.
func TestTogetherGivesUp(t *testing.T) {
	for name, leave := range map[string]func(*http.Request) (*http.Request, context.CancelFunc){
		"gone": func(r *http.Request) (*http.Request, context.CancelFunc) {
			ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
			return r.WithContext(ctx), cancel
		},
		"timeout": func(r *http.Request) (*http.Request, context.CancelFunc) {
			r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "10")
			return r, func() {}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			stopped := make(chan time.Time, 1)
			h := server.Together(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				stopped <- time.Now()
			}))
			began := time.Now()
			r, cancel := leave(httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
			defer cancel()
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if after := (<-stopped).Sub(began); after != 10*time.Second || w.Code != http.StatusServiceUnavailable {
				t.Errorf("%s: stopped after %s, answered %d", name, after, w.Code)
			}
		})
	}
}

// TestTogetherIsTheSame: through the real handler of client_golang, answers are what they would be without it.
func TestTogetherIsTheSame(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "answer", Help: "The answer."}, func() float64 { return 42 }))
	alone := promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
	h := server.Together(alone)
	for _, headers := range [][]string{
		nil, {"Accept-Encoding", "gzip"}, {"Accept", "application/openmetrics-text;version=1.0.0;charset=utf-8"},
		{"Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", "Accept-Encoding", "gzip"},
	} {
		want, got := ask(alone, "GET", "/metrics", headers...), ask(h, "GET", "/metrics", headers...)
		got.Header().Del("Content-Length")
		if fmt.Sprint(want.Code, want.Header()) != fmt.Sprint(got.Code, got.Header()) || !bytes.Equal(want.Body.Bytes(), got.Body.Bytes()) {
			t.Errorf("%q: got %d %v %q, want %d %v %q", headers, got.Code, got.Header(), got.Body, want.Code, want.Header(), want.Body)
		}
	}
	zipped, err := gzip.NewReader(ask(h, "GET", "/metrics", "Accept-Encoding", "gzip").Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(zipped); err != nil || !strings.Contains(string(text), "\nanswer 42\n") {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestTogetherLong: an answer that is kept packed comes whole, to everybody who asked for it, and takes a fraction of its size.
func TestTogetherLong(t *testing.T) {
	const size = 60 << 20
	lines := bytes.Repeat([]byte("kube_posture_pods_running_as_root{evidence=\"possible\",namespace=\"team-1-service-1\"} 12\n"), 100)
	release, grown := make(chan struct{}), make(chan int64, 1)
	h := server.Together(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		before := live()
		for left := size; left > 0; left -= len(lines) {
			if n, err := w.Write(lines[:min(left, len(lines))]); n != min(left, len(lines)) || err != nil {
				t.Errorf("wrote %d: %v", n, err)
			}
		}
		select {
		case grown <- live() - before:
		default:
		}
	}))
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			at := 0
			w := &checking{header: http.Header{}, write: func(b []byte) {
				for len(b) > 0 {
					n := min(len(b), len(lines)-at%len(lines))
					if !bytes.Equal(b[:n], lines[at%len(lines):][:n]) {
						t.Errorf("something else after %d bytes", at)
					}
					at, b = at+n, b[n:]
				}
			}}
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
			if at != size || w.header.Get("Content-Length") != fmt.Sprint(size) {
				t.Errorf("got %d bytes, %v", at, w.header)
			}
		})
	}
	close(release)
	readers.Wait()
	if n := <-grown; n > size/2 {
		t.Errorf("%d bytes are kept of an answer of %d", n, size)
	}
}

// live is how much memory is in use.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// checking is a client that keeps nothing.
type checking struct {
	header http.Header
	write  func([]byte)
}

func (c *checking) Header() http.Header { return c.header }
func (c *checking) WriteHeader(int)     {}
func (c *checking) Write(b []byte) (int, error) {
	c.write(b)
	return len(b), nil
}

func TestLimit(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	h := server.Limit(2, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-release }))
	var inside sync.WaitGroup
	for range 2 {
		inside.Go(func() { ask(h, "GET", "/") })
		<-entered
	}
	w := ask(h, "GET", "/")
	if w.Code != 503 || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), "--web.max-requests") {
		t.Errorf("the third at a time: %d %v %s", w.Code, w.Header(), w.Body)
	}
	close(release)
	inside.Wait()
	go func() { <-entered }()
	if w := ask(h, "GET", "/"); w.Code != 200 {
		t.Errorf("after them: %d", w.Code)
	}
}
