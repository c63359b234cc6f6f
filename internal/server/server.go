// Package server is the exporter's HTTP server: metrics, landing page, health, readiness and reload.
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
}

// Handler is everything that the server answers.
func Handler(o Options) (http.Handler, error) {
	page, err := newLandingPage(&o)
	if err != nil {
		return nil, fmt.Errorf("make the landing page: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", limit(o.MaxRequests, page))
	mux.Handle("GET "+o.TelemetryPath, o.Metrics)
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { say(w, "healthy") })
	mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, _ *http.Request) {
		if err := o.Ready(); err != nil {
			http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		say(w, "ready")
	})
	// A page of another site must not be able to make a visitor's browser reload.
	guard := http.NewCrossOriginProtection()
	mux.Handle("/-/reload", guard.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reload(&o, w, r) })))
	return withHeaders(page.policy(), mux), nil
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

// limit refuses what comes while n requests are being answered.
func limit(n int, next http.Handler) http.Handler {
	if n <= 0 {
		return next
	}
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too many requests at the same time: see --web.max-requests", http.StatusServiceUnavailable)
		}
	})
}
