package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

// small is a server on which few connections are open at a time.
func small(t *testing.T, limit int, h http.Handler) (l *Listeners, address string) {
	t.Helper()
	addresses, config := []string{"127.0.0.1:0"}, ""
	l, err := Open(&web.FlagConfig{WebListenAddresses: &addresses, WebConfigFile: &config})
	if err != nil {
		t.Fatal(err)
	}
	l.connections.limit = limit
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, h, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	return l, l.open[0].Addr().String()
}

// client is one connection.
type client struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, address string) *client {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) ask(path string) { fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path) }

func (c *client) answer() error {
	response, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// closed waits until the server has closed the connection.
func (c *client) closed() {
	c.t.Helper()
	if b, err := c.r.ReadByte(); err == nil {
		c.t.Errorf("got %q, want the end", b)
	} else if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
		c.t.Error("the connection stays open")
	}
}

// TestTooManyConnections: the one that has been idle for longest makes room, one that is being answered stays, and a newcomer gets in.
func TestTooManyConnections(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	l, address := small(t, 3, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- struct{}{}
			<-release
		}
	}))
	busy := dial(t, address)
	busy.ask("/slow")
	<-entered
	first, second := dial(t, address), dial(t, address)
	for _, c := range []*client{first, second, first} { // second is now the one that has been idle for longest
		c.ask("/")
		if err := c.answer(); err != nil {
			t.Fatal(err)
		}
	}
	awaitIdle(t, l, 2)
	third := dial(t, address)
	second.closed()
	third.ask("/slow")
	<-entered
	fourth := dial(t, address)
	first.closed()
	fourth.ask("/slow")
	<-entered
	dial(t, address).closed() // every other one is being answered
	close(release)
	for _, c := range []*client{busy, third, fourth} {
		if err := c.answer(); err != nil {
			t.Errorf("one that was being answered: %v", err)
		}
	}
	awaitIdle(t, l, 3)
	last := dial(t, address)
	last.ask("/")
	if err := last.answer(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// awaitIdle waits until so many connections are noted as idle, which is shortly after their answers.
func awaitIdle(t *testing.T, l *Listeners, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		l.connections.mu.Lock()
		idle, open := l.connections.idle.Len(), l.connections.open
		l.connections.mu.Unlock()
		if idle == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d connections are idle, want %d", idle, open, n)
		}
	}
}

// TestConnectionsAreForgotten: what is closed takes no place.
func TestConnectionsAreForgotten(t *testing.T) {
	l, address := small(t, 2, http.NotFoundHandler())
	for range 20 {
		c := dial(t, address)
		c.ask("/")
		if err := c.answer(); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	awaitIdle(t, l, 0)
	if l.connections.open != 0 {
		t.Errorf("%d connections are open", l.connections.open)
	}
}

// TestHugeBody: a body that nobody asked for is not read, however long it is said to be.
func TestHugeBody(t *testing.T) {
	h, err := Handler(Options{
		TelemetryPath: "/metrics", Metrics: http.NotFoundHandler(), Overview: func() Overview { return Overview{} },
		Reload: func() error { return nil }, Profiling: func() error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, address := small(t, 2, h)
	const size = 100 << 20
	for _, path := range []string{"/", "/metrics", "/-/reload", "/-/healthy", "/debug/pprof/symbol", "/nothing"} {
		c := dial(t, address)
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", path, size)
		sent, err := io.Copy(c, io.LimitReader(zeros{}, size))
		if err == nil {
			t.Errorf("%s took all of the %d bytes", path, sent)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestBodyIsBounded: somebody who does read a body gets no more than the bound.
func TestBodyIsBounded(t *testing.T) {
	var got int64
	var err error
	reader := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, err = io.Copy(io.Discard, r.Body) })
	h, failed := Handler(Options{TelemetryPath: "/metrics", Metrics: reader, Overview: func() Overview { return Overview{} }})
	if failed != nil {
		t.Fatal(failed)
	}
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", io.LimitReader(zeros{}, 100<<20)))
	if tooMuch := (*http.MaxBytesError)(nil); got > maxBody || !errors.As(err, &tooMuch) {
		t.Errorf("it read %d bytes, and then got %v", got, err)
	}
}

// TestEveryLimitIsSet: a limit that is zero is none.
func TestEveryLimitIsSet(t *testing.T) {
	s := newServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for _, name := range []string{"ReadTimeout", "ReadHeaderTimeout", "WriteTimeout", "IdleTimeout", "MaxHeaderBytes"} {
		if reflect.ValueOf(s).Elem().FieldByName(name).IsZero() {
			t.Errorf("%s is not set", name)
		}
	}
	for _, name := range []string{
		"MaxConcurrentStreams", "MaxReadFrameSize", "MaxReceiveBufferPerConnection", "MaxReceiveBufferPerStream", "SendPingTimeout", "PingTimeout", "WriteByteTimeout",
	} {
		if reflect.ValueOf(s.HTTP2).Elem().FieldByName(name).IsZero() {
			t.Errorf("HTTP/2: %s is not set", name)
		}
	}
}

// TestLogOfConnections: handshakes that fail are no news, whoever makes them fail by the thousand.
func TestLogOfConnections(t *testing.T) {
	var text strings.Builder
	s := newServer(http.NotFoundHandler(), slog.New(slog.NewTextHandler(&text, nil)))
	s.ErrorLog.Print("http: TLS handshake error from 192.0.2.1:1: EOF")
	if text.Len() > 0 {
		t.Errorf("logged: %s", &text)
	}
	s.ErrorLog.Print("http: panic serving")
	if !strings.Contains(text.String(), `level=WARN msg="http: panic serving"`) {
		t.Errorf("logged: %s", &text)
	}
}
