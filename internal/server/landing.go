package server

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's template and style sheet
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

//go:embed landing.html
var landingHTML string

//go:embed landing.css
var landingCSS string

// refresh is how often a browser asks again while the page can only say what is being waited for.
const refresh = "2"

// landingPage is exporter-toolkit's page around an overview that is made for each request.
type landingPage struct {
	options      *Options
	overview     *template.Template
	before, rest []byte
}

// newLandingPage makes the parts that never change. exporter-toolkit fills a text/template once, so it gets nothing that comes from
// outside, and a mark where the overview, from an html/template, goes.
func newLandingPage(o *Options) (*landingPage, error) {
	overview, err := template.New("overview").Funcs(template.FuncMap{
		"utc": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	}).Parse(landingHTML)
	if err != nil {
		return nil, err
	}
	// Addresses relative to the page also work behind a proxy that puts a path in front, as `kubectl proxy` does.
	const here, mark = "./", "<!-- overview -->"
	links := []web.LandingLinks{
		{Address: o.TelemetryPath, Text: "Metrics", Description: "the posture and the exporter's own state, for Prometheus"},
		{Address: readyPath, Text: "Ready", Description: "whether every kind has been read"},
		{Address: healthyPath, Text: "Healthy", Description: "whether the process runs"},
	}
	if o.Profiling != nil {
		links = append(links, web.LandingLinks{Address: profiles, Text: "Profiles", Description: "of the process, for its developers"})
	}
	page, err := web.NewLandingPage(web.LandingConfig{
		RoutePrefix: here,
		CSS:         landingCSS,
		Name:        "kube-posture-exporter",
		Description: "Kubernetes security posture as Prometheus metrics",
		Version:     template.HTMLEscapeString(o.Version),
		Profiling:   "false",
		ExtraHTML:   mark,
		Links:       links,
	})
	if err != nil {
		return nil, err
	}
	made := &recorder{}
	page.ServeHTTP(made, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: here}})
	before, rest, found := bytes.Cut(bytes.Join(made.plain, nil), []byte(mark))
	if !found {
		return nil, errors.New("exporter-toolkit's page has no place for the overview")
	}
	// Without the doctype browsers fall back to the layout rules of 1997.
	return &landingPage{options: o, overview: overview, before: append([]byte("<!DOCTYPE html>\n"), before...), rest: rest}, nil
}

// policy lets the page's own style sheet through, and nothing else: no script, no address but this one.
func (p *landingPage) policy() string {
	sum := sha256.Sum256([]byte(landingCSS))
	return strings.Join([]string{
		"default-src 'none'", fmt.Sprintf("style-src 'sha256-%s'", base64.StdEncoding.EncodeToString(sum[:])),
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
	}, "; ")
}

// ServeHTTP implements http.Handler.
func (p *landingPage) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	overview := p.options.Overview()
	var page bytes.Buffer
	page.Write(p.before)
	err := p.overview.Execute(&page, struct {
		Overview
		Protected, Authorized bool
	}{overview, p.options.Protected, p.options.Guard != nil})
	if err != nil {
		http.Error(w, "make the landing page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	page.Write(p.rest)
	if !overview.Ready {
		w.Header().Set("Refresh", refresh)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = page.WriteTo(w) // a client that has gone away needs no page
}
