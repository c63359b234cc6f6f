package app

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/exporter-toolkit/web"

	"github.com/kube-posture/kube-posture-exporter/internal/logging"
)

// Options are what the command line says.
type Options struct {
	Web             *web.FlagConfig
	TelemetryPath   string
	EnableLifecycle bool
	// MaxRequests is how many scrapes, and how many landing pages, are answered at the same time; 0 is no limit.
	MaxRequests int
	// Authorization says who decides on callers: none, which is also what empty means, or kubernetes. Audiences are those for which
	// their tokens may be meant, none for the API server's own.
	Authorization string
	Audiences     []string
	// AllowedHosts are patterns of names under which an open endpoint may be asked, besides those
	// that only a private network has.
	AllowedHosts []string
	EnablePprof  bool
	// Detail is full, which is also what empty means, or low, without the families that name objects.
	Detail     string
	ConfigFile string
	Kubeconfig string
	Snapshots  []string
	Demo       bool
	// StaleAfter is how old what is known of a kind may be before the kind is absent; 0 is for ever.
	StaleAfter time.Duration
	// Now is the clock that dates, reviews and exemptions are compared with; nil is time.Now.
	Now       func() time.Time
	LogLevel  string
	LogFormat string
}

// The values of the flags that offer a choice.
const (
	byNobody     = "none"
	byKubernetes = "kubernetes"
	fullDetail   = "full"
	lowDetail    = "low"
)

// leastStaleAfter is the shortest time after which something may be taken for old: that a kind is not served is asked every ten seconds, and
// told of a moment that is five seconds ago.
const leastStaleAfter = 20 * time.Second

// clock is the one to tell dates by.
func (o *Options) clock() func() time.Time {
	if o.Now == nil {
		return time.Now
	}
	return o.Now
}

// authorized says whether the API server decides on callers.
func (o *Options) authorized() bool { return o.Authorization == byKubernetes }

// UsageError is a mistake on the command line, as opposed to something that it names.
type UsageError struct{ Err error }

// Error returns one line that names the flag.
func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e UsageError) Unwrap() error { return e.Err }

// Validate returns a UsageError when a flag is wrong or flags contradict each other.
func (o *Options) Validate() error {
	for _, validate := range []func() error{o.validateLog, o.validateWeb, o.validateSource, o.validateAuthorization, o.validateAllowedHosts} {
		if err := validate(); err != nil {
			return UsageError{err}
		}
	}
	return nil
}

func (o *Options) validateLog() error {
	if _, err := logging.New(io.Discard, o.LogFormat, "info"); err != nil {
		return fmt.Errorf("--log.format: %w", err)
	}
	if _, err := logging.New(io.Discard, "logfmt", o.LogLevel); err != nil {
		return fmt.Errorf("--log.level: %w", err)
	}
	return nil
}

func (o *Options) validateWeb() error {
	for _, address := range *o.Web.WebListenAddresses {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return fmt.Errorf("--web.listen-address=%s: it must be HOST:PORT or :PORT, as :9911", address)
		}
	}
	if !goodPath(o.TelemetryPath) {
		return fmt.Errorf("--web.telemetry-path=%s: it must be a path such as /metrics, of letters, digits and -_.~, and not begin with /-/", o.TelemetryPath)
	}
	if o.MaxRequests < 0 {
		return fmt.Errorf("--web.max-requests=%d: it must be 0, for no limit, or more", o.MaxRequests)
	}
	if !slices.Contains([]string{"", fullDetail, lowDetail}, o.Detail) {
		return fmt.Errorf("--metrics.detail=%s: it must be %s or %s", o.Detail, fullDetail, lowDetail)
	}
	return nil
}

// goodPath says whether a path can be served, and be linked to from the landing page, as it is written.
func goodPath(p string) bool {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("/-_.~", r)
	}
	return strings.HasPrefix(p, "/") && p != "/" && !strings.HasPrefix(p, "/-/") && path.Clean(p) == p && !strings.ContainsFunc(p, odd)
}

func (o *Options) validateSource() error {
	var sources []string
	if o.Kubeconfig != "" {
		sources = append(sources, "--kubeconfig")
	}
	if len(o.Snapshots) > 0 {
		sources = append(sources, "--snapshot")
	}
	if o.Demo {
		sources = append(sources, "--demo")
	}
	if len(sources) > 1 {
		return fmt.Errorf("%s: the objects can come from one of them only; leave the others out", strings.Join(sources, " and "))
	}
	if slices.Contains(o.Snapshots, "") {
		return errors.New("--snapshot: the path is empty; name a file or a folder")
	}
	if o.StaleAfter < leastStaleAfter && o.StaleAfter != 0 {
		return fmt.Errorf("--watch.stale-after=%s: it must be at least %s, or 0 to believe what is known for ever", o.StaleAfter, leastStaleAfter)
	}
	return nil
}
