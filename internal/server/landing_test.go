package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/server"
)

// page is the landing page for an overview.
func page(t *testing.T, o server.Options, view server.Overview) (html string, refresh string) {
	t.Helper()
	o.Overview = func() server.Overview { return view }
	w := ask(handler(t, o), "GET", "/")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("got %d %s %s", w.Code, w.Header(), w.Body)
	}
	return w.Body.String(), w.Header().Get("Refresh")
}

// text is what is left of HTML without tags and with single blanks.
func text(html string) string {
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(html, " ")), " ")
}

func TestLandingPageShowsThePosture(t *testing.T) {
	html, refresh := page(t, options(), overview())
	contains(t, text(html),
		"Version: 1.2.3",
		"Watching the test, Kubernetes v1.37.2, since 2027-01-02 03:04:05 UTC .",
		"1 of 2 checks fail, 1 say nothing : 1 critical",
		"root Who is root? 1 of 2 checks fail, 1 say nothing",
		"pods_privileged Privileged pods. critical ✗ fails 7 3 2 1",
		"pods_using_host_ports Host ports. high ✓ passes 7 0 0 0",
		"pods_with_secret_env Secrets. high – absent: cannot read pods",
		"open to everyone who can reach this address",
		"--web.config.file",
	)
	if refresh != "" {
		t.Errorf("a page with the posture reloads itself every %s seconds", refresh)
	}
	// A row that fails is marked by a sign, a word and a class; colour alone would be nothing to many.
	contains(t, html, `<tr role="row" class="fail">`, `<tr role="row" class="pass">`, `<tr role="row" class="absent">`)
}

func TestLandingPageStatus(t *testing.T) {
	tests := []struct {
		check server.Check
		want  string
	}{
		{server.Check{Judged: 3, Failing: 1, Unknown: 1}, "fail"},
		{server.Check{Judged: 3, Unknown: 1}, "unknown"},
		{server.Check{Judged: 3, Exempt: 1, Unknown: 1}, "unknown"},
		{server.Check{Judged: 3, Exempt: 1}, "exempt"},
		{server.Check{Judged: 3}, "pass"},
		{server.Check{}, "none"},
		{server.Check{Silent: "switched off"}, "absent"},
	}
	for _, tt := range tests {
		if got := tt.check.Status(); got != tt.want {
			t.Errorf("%+v: got %s, want %s", tt.check, got, tt.want)
		}
	}
}

// TestLandingPageSummary: what says nothing is no success.
func TestLandingPageSummary(t *testing.T) {
	silent, pass, fail := server.Check{Silent: "cannot read pods"}, server.Check{Judged: 1}, server.Check{Judged: 1, Failing: 1}
	for want, checks := range map[string][]server.Check{
		"Nothing is judged":                 {silent, silent},
		"0 of 1 checks fail":                {pass},
		"1 of 3 checks fail":                {pass, fail, pass},
		"1 of 2 checks fail, 2 say nothing": {silent, fail, pass, silent},
		"0 of 1 checks fail, 1 say nothing": {silent, pass},
	} {
		o := server.Overview{Gaps: []server.Gap{{Checks: checks[:1]}, {Checks: checks[1:]}}}
		if got := o.Summary().String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestLandingPageBeforeReady(t *testing.T) {
	view := server.Overview{Source: "the test", Waiting: []string{"pods", "nodes"}}
	html, refresh := page(t, options(), view)
	contains(t, text(html), "Not ready. Waiting for the first list of pods , nodes . Nothing is said about posture before that.")
	if strings.Contains(html, "<table") || strings.Contains(html, "checks fail") {
		t.Error("there is a table before anything is known")
	}
	blind, _ := page(t, options(), server.Overview{Source: "the test", Unreadable: []server.Unreadable{{Resource: "pods", Reason: "forbidden"}}})
	contains(t, text(blind), "Not ready. No check can be judged by what can be read. Nothing is said about posture before that.")
	if refresh == "" {
		t.Error("the page does not ask again by itself")
	}
}

func TestLandingPageSaysWhatCannotBeRead(t *testing.T) {
	view := overview()
	view.Unreadable = []server.Unreadable{{Resource: "pods", Reason: "forbidden"}, {Resource: "jobs", Reason: "not_found"}}
	view.Notices = []string{"the configuration file is broken."}
	html, _ := page(t, options(), view)
	contains(t, text(html),
		"What depends on these kinds is absent, which is not zero: pods (forbidden), jobs (not_found).",
		"Look into this: the configuration file is broken.",
	)
}

func TestLandingPageWithWebConfiguration(t *testing.T) {
	o := options()
	o.Protected = true
	html, _ := page(t, o, overview())
	contains(t, text(html), "The file of --web.config.file decides who may read this page and the metrics.")
	if strings.Contains(html, "open to everyone") {
		t.Error("the page says that it is open to everyone, which it cannot know")
	}
}

// TestLandingPageEscapes puts markup wherever something from outside can come in.
func TestLandingPageEscapes(t *testing.T) {
	const evil = `</style><script>alert("1")</script>{{.}}<img src=x onerror=alert(1)>`
	o := options()
	o.Version = evil
	view := overview()
	view.Source, view.KubernetesVersion = evil, evil
	view.Notices = []string{evil}
	view.Unreadable = []server.Unreadable{{Resource: evil, Reason: evil}}
	view.Failing = []server.Tally{{Severity: evil, Checks: 1}}
	view.Gaps = []server.Gap{{ID: evil, Question: evil, Checks: []server.Check{
		{ID: evil, About: evil, Severity: evil, Failing: 1, Judged: 1}, {ID: evil, Silent: evil},
	}}}
	html, _ := page(t, o, view)
	for _, bad := range []string{"<script", "<img"} {
		if strings.Contains(html, bad) {
			t.Errorf("%s got into the page", bad)
		}
	}
	if n := strings.Count(html, "&lt;script&gt;"); n < 11 {
		t.Errorf("%d of the texts are on the page as text, want all", n)
	}
	view.Ready, view.Waiting = false, []string{evil}
	if html, _ = page(t, o, view); strings.Contains(html, "<script") {
		t.Error("<script got into the page that waits")
	}
}

func TestLandingPageNeedsNothingElse(t *testing.T) {
	html, _ := page(t, options(), overview())
	if found := regexp.MustCompile(`(?i)https?:|<script|\ssrc=|\sstyle=|\son\w+=|@import|url\(|<link|<form`).FindAllString(html, -1); found != nil {
		t.Errorf("the page asks for more than itself: %q", found)
	}
	for _, href := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(href[1], "./") {
			t.Errorf("link to %s", href[1])
		}
	}
	// The policy forbids every style sheet but this one, to the byte.
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(html)
	if style == nil {
		t.Fatal("no style sheet")
	}
	sum := sha256.Sum256([]byte(style[1]))
	want := fmt.Sprintf("style-src 'sha256-%s';", base64.StdEncoding.EncodeToString(sum[:]))
	contains(t, ask(handler(t, options()), "GET", "/").Header().Get("Content-Security-Policy"), want)
	contains(t, style[1], "prefers-color-scheme: dark", "max-width: 44rem")
}
