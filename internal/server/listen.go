package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

const (
	// A scrape of the largest cluster takes seconds on a slow network; a client that takes longer than this is not scraping, and takes a
	// place from one that is.
	writeTimeout = time.Minute
	readTimeout  = 10 * time.Second
	idleTimeout  = 5 * time.Minute
	maxHeader    = 64 << 10
	// maxStreams is how many requests one HTTP/2 connection may have at a time.
	maxStreams = 16
	// maxFrame and maxReceived are the least that HTTP/2 allows: requests have no bodies.
	maxFrame    = 16 << 10
	maxReceived = 64 << 10
	// stopTimeout is Prometheus's default for the length of a scrape.
	stopTimeout = 10 * time.Second
)

// Listeners are open addresses on which nothing is answered yet.
type Listeners struct {
	flags       *web.FlagConfig
	open        []net.Listener
	connections connections
}

// Open checks the web configuration file and opens every address, so that what is wrong with them is told before anything else
// starts. The errors are one line and name the flag.
func Open(flags *web.FlagConfig) (*Listeners, error) {
	if err := validate(*flags.WebConfigFile); err != nil {
		return nil, err
	}
	l := &Listeners{flags: flags, connections: connections{limit: maxConnections}}
	for _, address := range *flags.WebListenAddresses {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("--web.listen-address=%s: %w; %s", address, err, listenAdvice(err))
		}
		l.open = append(l.open, listener)
	}
	if len(l.open) == 0 {
		return nil, errors.New("--web.listen-address: no address to listen on; name one, as :9911")
	}
	return l, nil
}

// validate says in one line what is wrong with a web configuration file.
func validate(path string) error {
	if path == "" {
		return nil
	}
	err := web.Validate(path)
	if err == nil {
		return nil
	}
	advice := "correct the file, or leave the flag out"
	if strings.Contains(err.Error(), "bcrypt") {
		advice = "the values of basic_auth_users are bcrypt hashes, as `htpasswd -nBC 10 NAME` prints them"
	}
	return fmt.Errorf("--web.config.file=%s: %w; %s", path, err, advice)
}

func listenAdvice(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "stop what uses it, or choose another address"
	case errors.Is(err, syscall.EACCES):
		return "choose a port above 1023"
	default:
		return "use an address of this machine, or only a port, as :9911"
	}
}

// Close closes every address that Serve does not serve.
func (l *Listeners) Close() {
	for _, listener := range l.open {
		_ = listener.Close() // nothing has been accepted on it
	}
}

// Addresses are where a browser on this machine reaches the server. With a web configuration file, which decides between http and
// https, they are given without the scheme.
func (l *Listeners) Addresses() []string {
	scheme := "http://"
	if *l.flags.WebConfigFile != "" {
		scheme = ""
	}
	list := make([]string, 0, len(l.open))
	for _, listener := range l.open {
		host, port, err := net.SplitHostPort(listener.Addr().String())
		if err != nil {
			continue
		}
		if ip := net.ParseIP(host); ip.IsUnspecified() || host == "127.0.0.1" {
			host = "localhost"
		}
		list = append(list, scheme+net.JoinHostPort(host, port))
	}
	return list
}

// Serve answers on every address until ctx ends, then lets running scrapes finish for some seconds. It returns nil when it was asked
// to stop, and an error when one of the addresses failed, which ends the others.
func (l *Listeners) Serve(ctx context.Context, handler http.Handler, logger *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(l.open))
	var serving sync.WaitGroup
	for i := range l.open {
		serving.Go(func() {
			defer cancel()
			errs[i] = l.serve(ctx, l.open[i], handler, logger)
		})
	}
	serving.Wait()
	return errors.Join(errs...)
}

// serve serves one address. Each has a server of its own, because exporter-toolkit writes its settings into the server it is given.
func (l *Listeners) serve(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger) error {
	defer func() { _ = listener.Close() }() // a server that began to serve it has closed it
	s := newServer(handler, logger)
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if err := s.Shutdown(limit); err != nil {
			logger.Warn("cutting off requests that do not end", "address", listener.Addr().String(), "err", err)
			_ = s.Close()
		}
	})
	err := web.Serve(l.connections.listen(listener), s, l.flags, logger)
	if !stop() {
		<-stopped
	}
	if err == nil || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
}

// newServer sets every limit that there is: whoever calls may be slow, or worse.
func newServer(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler: busy(handler), ConnContext: remember,
		ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxStreams, MaxReadFrameSize: maxFrame,
			MaxReceiveBufferPerConnection: maxReceived, MaxReceiveBufferPerStream: maxReceived,
			SendPingTimeout: idleTimeout, PingTimeout: readTimeout, WriteByteTimeout: writeTimeout,
		},
		ErrorLog: log.New(errorLog{logger}, "", 0),
	}
}

// errorLog is where an http.Server says what went wrong with a connection. A handshake that fails is the client's affair, and there are
// clients that make thousands of them.
type errorLog struct{ logger *slog.Logger }

// Write implements io.Writer.
func (l errorLog) Write(line []byte) (int, error) {
	level := slog.LevelWarn
	if bytes.HasPrefix(line, []byte("http: TLS handshake error")) {
		level = slog.LevelDebug
	}
	l.logger.Log(context.Background(), level, strings.TrimSpace(string(line)))
	return len(line), nil
}
