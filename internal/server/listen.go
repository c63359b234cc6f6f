package server

import (
	"context"
	"errors"
	"fmt"
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
	// A scrape of the largest cluster takes seconds on a slow network; a client that takes longer than this is not scraping.
	writeTimeout = 2 * time.Minute
	readTimeout  = 10 * time.Second
	idleTimeout  = 5 * time.Minute
	maxHeader    = 64 << 10
	// stopTimeout is Prometheus's default for the length of a scrape.
	stopTimeout = 10 * time.Second
)

// Listeners are open addresses on which nothing is answered yet.
type Listeners struct {
	flags *web.FlagConfig
	open  []net.Listener
}

// Open checks the web configuration file and opens every address, so that what is wrong with them is told before anything else
// starts. The errors are one line and name the flag.
func Open(flags *web.FlagConfig) (*Listeners, error) {
	if err := validate(*flags.WebConfigFile); err != nil {
		return nil, err
	}
	l := &Listeners{flags: flags}
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
	s := &http.Server{
		Handler: handler, ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
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
	err := web.Serve(listener, s, l.flags, logger)
	if !stop() {
		<-stopped
	}
	if err == nil || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
}
