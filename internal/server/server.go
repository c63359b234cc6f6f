// Package server is the exporter's HTTP server: metrics, landing page, health, readiness, reload and profiles.
//
// It must never compute anything itself or know what a metric means; what it serves comes in as handlers and functions. Only the
// command's wiring in internal/app imports it.
package server

import (
	"fmt"
	"net/http"
)

// Options are what the server serves.
type Options struct {
	// TelemetryPath is where Metrics are. The caller has seen to it that it is a clean path of letters, digits, "/", "-", "_", "." and "~".
	TelemetryPath string
	Metrics       http.Handler
	// Ready returns nil once the metrics say something about posture, or what is still missing.
	Ready func() error
	// Reload loads the configuration again. It is nil when the lifecycle endpoint is switched off.
	Reload func() error
	// Overview is called once for each view of the landing page.
	Overview func() Overview
	// MaxRequests is how many landing pages are made at the same time, each of which costs as much as a scrape; 0 is no limit.
	MaxRequests int
	Version     string
	// Protected says that a web configuration file decides who may connect.
	Protected bool
	// Guard keeps out of everything but health and readiness whoever may not have it; nil for nobody.
	Guard func(http.Handler) http.Handler
	// ForeignHost reports whether a Host header is refused, on everything but the probes; nil
	// refuses none.
	ForeignHost func(host string) bool
	// Profiling returns nil while the profiles may be served, and otherwise why not. It is nil when they are switched off.
	Profiling func() error
}

// maxBody is how much of a request's body is read. Nothing that is served needs one.
const maxBody = 64 << 10

// The paths of the probes, which ask without a token.
const (
	healthyPath = "/-/healthy"
	readyPath   = "/-/ready"
)

// Handler is everything that the server answers.
func Handler(o Options) (http.Handler, error) {
	page, err := newLandingPage(&o)
	if err != nil {
		return nil, fmt.Errorf("make the landing page: %w", err)
	}
	return withHeaders(page.policy(), http.MaxBytesHandler(routes(&o, page), maxBody)), nil
}

// routes are two: the probes, and what the guard is before. What is no probe, to the letter, is behind the guard, so that no way to
// write a path leads around it.
func routes(o *Options, page http.Handler) http.Handler {
	open, guarded := probes(o), guardedRoutes(o, page)
	if o.Guard != nil {
		guarded = o.Guard(guarded)
	}
	guarded = knownHosts(o.ForeignHost, guarded)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.EscapedPath() {
		case healthyPath, readyPath:
			open.ServeHTTP(w, r)
		default:
			guarded.ServeHTTP(w, r)
		}
	})
}

func probes(o *Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+healthyPath, func(w http.ResponseWriter, _ *http.Request) { say(w, "healthy") })
	mux.HandleFunc("GET "+readyPath, func(w http.ResponseWriter, _ *http.Request) {
		if err := o.Ready(); err != nil {
			http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		say(w, "ready")
	})
	return mux
}

func guardedRoutes(o *Options, page http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", Limit(o.MaxRequests, page))
	mux.Handle("GET "+o.TelemetryPath, o.Metrics)
	// A page of another site must not be able to make a visitor's browser reload.
	sameSite := http.NewCrossOriginProtection()
	mux.Handle("/-/reload", sameSite.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reload(o, w, r) })))
	if o.Profiling != nil {
		mux.Handle(profiles, profiling(o.Profiling))
	}
	return mux
}

func say(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, text)
}

func reload(o *Options, w http.ResponseWriter, r *http.Request) {
	switch {
	case o.Reload == nil:
		http.Error(w, "the lifecycle endpoint is off: start the exporter with --web.enable-lifecycle, or send SIGHUP", http.StatusForbidden)
	case r.Method != http.MethodPost && r.Method != http.MethodPut:
		w.Header().Set("Allow", "POST, PUT")
		http.Error(w, "reload with POST", http.StatusMethodNotAllowed)
	default:
		if err := o.Reload(); err != nil {
			http.Error(w, "the old configuration stays in force:\n"+err.Error(), http.StatusInternalServerError)
			return
		}
		say(w, "reloaded")
	}
}

// withHeaders sets what keeps a browser from doing more with an answer than showing it. A header that the web configuration file sets
// stays as it is.
func withHeaders(policy string, next http.Handler) http.Handler {
	headers := map[string]string{
		"Cache-Control":                "no-store",
		"Content-Security-Policy":      policy,
		"Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "deny",
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			if w.Header().Get(name) == "" {
				w.Header().Set(name, value)
			}
		}
		next.ServeHTTP(w, r)
	})
}
