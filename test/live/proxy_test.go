package live_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
)

// proxy stands between an exporter and the API server, and is the network that misbehaves. What passes through it is the API server's
// own words; it holds them back, cuts them off or lets nothing through.
type proxy struct {
	address string

	mu sync.Mutex
	// held are the resources of which only the first bytes of an answer pass, until they are released.
	held map[string]*gate
	// failing are the resources whose requests are answered with 503.
	failing map[string]bool
	// listed are the paths that somebody has listed since the connections were last hung up: only there can a watch go on.
	listed map[string]bool
	// connected ends when the connections are cut.
	connected  context.Context
	disconnect context.CancelFunc
	// mended is closed when they may be made again.
	mended chan struct{}
	// passing are the requests on their way.
	passing  sync.WaitGroup
	handler  http.Handler
	listener net.Listener
	server   *http.Server
}

// outage is what somebody who speaks to the proxy sees while it is cut.
type outage bool

const (
	// hangsUp ends the connections, tells whoever wants to watch on that it is too late for that, during the outage and after it,
	// and lets whoever wants to list wait for the answer: what he missed is learned by a list.
	hangsUp outage = false
	// refuses does not even accept connections, as an API server that is not running: what is missed is learned by watching on.
	refuses outage = true
)

// gate opens once.
type gate struct {
	open  chan struct{}
	bytes int
	// reached is closed when the bytes that may pass have passed.
	reached chan struct{}
	once    sync.Once
}

// startProxy runs a proxy that speaks to the API server with the given access; whoever speaks to the proxy needs none.
func startProxy(t *testing.T, config *rest.Config) *proxy {
	t.Helper()
	target := must[*url.URL](t)(url.Parse(config.Host))
	transport := must[http.RoundTripper](t)(rest.TransportFor(config))
	p := &proxy{held: make(map[string]*gate), failing: make(map[string]bool), listed: make(map[string]bool)}
	p.connected, p.disconnect = context.WithCancel(context.Background())
	forward := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:      transport,
		FlushInterval:  -1,
		ErrorLog:       log.New(io.Discard, "", 0), // connections end here all the time
		ModifyResponse: p.hold,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	p.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(forward, w, r) })
	p.listen(t, "127.0.0.1:0")
	t.Cleanup(func() {
		p.releaseAll()
		if p.server != nil {
			p.cut(t, refuses)
		}
	})
	return p
}

// listen serves at an address.
func (p *proxy) listen(t *testing.T, address string) {
	t.Helper()
	listener := must[net.Listener](t)(net.Listen("tcp", address))
	p.listener, p.address = listener, listener.Addr().String()
	p.server = &http.Server{Handler: p.handler, ReadHeaderTimeout: patience}
	go func(s *http.Server) {
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("the proxy ended with %v", err)
		}
	}(p.server)
}

// config is the access of somebody who goes through the proxy.
func (p *proxy) config() *rest.Config { return &rest.Config{Host: "http://" + p.address, QPS: -1} }

func (p *proxy) serve(forward http.Handler, w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	connected, mended, failing := p.connected, p.mended, p.failing[path.Base(r.URL.Path)]
	cut, late := connected.Err() != nil, !p.knows(r)
	if !cut && !late {
		p.passing.Add(1)
		defer p.passing.Done()
	}
	p.mu.Unlock()
	switch {
	case late:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusGone)
		_ = json.NewEncoder(w).Encode(apierrors.NewResourceExpired("the network was away").ErrStatus) // whoever is gone asks again
		return
	case cut && goesOn(r):
		panic(http.ErrAbortHandler) // the connection ends without an answer
	case cut:
		select {
		case <-r.Context().Done():
			return
		case <-mended:
			p.serve(forward, w, r)
			return
		}
	case failing:
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(connected, cancel)()
	forward.ServeHTTP(w, r.WithContext(ctx))
}

// knows remembers which paths were listed, and is false for a watch that goes on from a list before
// the connections were hung up. A list of one object asks for the newest version only.
func (p *proxy) knows(r *http.Request) bool {
	switch {
	case goesOn(r):
		return p.listed[r.URL.Path]
	case r.URL.Query().Get("limit") == "1":
		return true
	}
	p.listed[r.URL.Path] = true
	return true
}

// goesOn is true for a watch that does not begin with a list.
func goesOn(r *http.Request) bool {
	q := r.URL.Query()
	return q.Get("watch") == "true" && q.Get("sendInitialEvents") != "true"
}

// cut ends every connection and lets no request through until mend.
func (p *proxy) cut(t *testing.T, how outage) {
	t.Helper()
	p.mu.Lock()
	server, disconnect := p.server, p.disconnect
	p.mended = make(chan struct{})
	if how == refuses {
		noError(t, p.listener.Close())
		p.server = nil
	} else {
		clear(p.listed)
	}
	disconnect()
	p.mu.Unlock()
	p.passing.Wait() // what happens from now on is seen by nobody
	if how == refuses {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Fatal(err)
		}
	}
}

// mend ends what cut began.
func (p *proxy) mend(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.connected.Err() == nil {
		return
	}
	close(p.mended)
	p.connected, p.disconnect = context.WithCancel(context.Background())
	if p.server == nil {
		p.listen(t, p.address)
	}
}

// fail has requests for a resource answered with 503, or not any more.
func (p *proxy) fail(resource string, yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failing[resource] = yes
}

// holdAfter lets only so many bytes of the next answers about a resource pass until they are released, and returns a channel that is
// closed once they have.
func (p *proxy) holdAfter(resource string, bytes int) (reached <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := &gate{open: make(chan struct{}), bytes: bytes, reached: make(chan struct{})}
	p.held[resource] = g
	return g.reached
}

// release lets pass what is held of a resource.
func (p *proxy) release(resource string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g := p.held[resource]; g != nil {
		close(g.open)
		delete(p.held, resource)
	}
}

func (p *proxy) releaseAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for resource, g := range p.held {
		close(g.open)
		delete(p.held, resource)
	}
}

func (p *proxy) hold(r *http.Response) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := &body{ReadCloser: r.Body, gone: r.Request.Context()}
	if b.gate = p.held[path.Base(r.Request.URL.Path)]; b.gate != nil {
		b.left = b.gate.bytes
	}
	r.Body = b
	return nil
}

// body is the body of an answer, of which perhaps only the beginning has arrived.
type body struct {
	io.ReadCloser
	gate *gate
	left int
	gone context.Context
}

func (b *body) Read(into []byte) (n int, err error) {
	switch {
	case b.gate == nil:
		n, err = b.ReadCloser.Read(into)
	case b.left > 0:
		n, err = b.ReadCloser.Read(into[:min(len(into), b.left)])
		b.left -= n
	default:
		b.gate.once.Do(func() { close(b.gate.reached) })
		select {
		case <-b.gate.open:
			n, err = b.ReadCloser.Read(into)
		case <-b.gone.Done():
		}
	}
	if b.gone.Err() != nil {
		// Cut between two events: to whoever watches it looks like a watch that has come to its end.
		return n, io.EOF
	}
	return n, err
}
