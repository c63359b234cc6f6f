package app

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/common/version"

	"github.com/kube-posture/kube-posture-exporter/internal/logging"
	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// Run serves until ctx ends. It returns an error that says what to do when it cannot begin or cannot go on: a UsageError when the
// command line itself is wrong, config.Problems, which has a line for each, when the configuration file is. It sets up klog, which is
// global, and the limit of memory, which is too: a process calls it once.
func Run(ctx context.Context, o Options, stderr io.Writer) error {
	if err := o.Validate(); err != nil {
		return err
	}
	logger, err := logging.New(stderr, o.LogFormat, o.LogLevel)
	if err != nil {
		return UsageError{err}
	}
	logging.RouteKlog(logger)
	limitMemory(logger, memlimit.FromCgroup)
	return serve(ctx, o, logger)
}

// serve is Run without what is global. What is cheap to find wrong is looked at first.
func serve(ctx context.Context, o Options, logger log.Logger) error {
	// From here on, so that a reload that is asked for early does not end the process.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)

	judging, err := newJudging(&o, logger)
	if err != nil {
		return err
	}
	protection, err := server.ReadProtection(*o.Web.WebConfigFile)
	if err != nil {
		return err
	}
	if err := o.validateGuard(protection); err != nil {
		return err
	}
	listeners, err := server.Open(o.Web)
	if err != nil {
		return err
	}
	defer listeners.Close()
	source, err := o.source(ctx, logger)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := newExporter(&o, logger, judging, source)
	if err != nil {
		return err
	}
	if e.guard, err = o.guard(source, protection, logger); err != nil {
		return err
	}
	level.Info(logger).Log("msg", "starting kube-posture-exporter", "version", version.Info(), "watching", source.what)
	for _, address := range listeners.Addresses() {
		level.Info(logger).Log("msg", "serving", "open", address, "metrics", address+o.TelemetryPath)
	}
	return e.run(ctx, listeners, hup)
}

// run runs every part until ctx ends or one of them fails.
func (e *exporter) run(ctx context.Context, listeners *server.Listeners, hup <-chan os.Signal) error {
	options, err := e.serverOptions()
	if err != nil {
		return err
	}
	handler, err := server.Handler(options)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts := []func(context.Context) error{
		e.set.Run,
		func(ctx context.Context) error { return listeners.Serve(ctx, handler, logging.Slog(e.logger)) },
		func(ctx context.Context) error { e.reload.Run(ctx); return nil },
		func(ctx context.Context) error { e.reloadOn(ctx, hup); return nil },
	}
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	var errs []error
	for range parts {
		errs = append(errs, <-ended)
		cancel()
	}
	level.Info(e.logger).Log("msg", "stopped")
	return errors.Join(errs...)
}

// reloadOn loads the configuration again at each signal. The reloader logs what is wrong, and the old configuration stays in force.
func (e *exporter) reloadOn(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			_ = e.reload.Reload()
		}
	}
}
