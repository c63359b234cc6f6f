package docs

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/exporter-toolkit/web"

	"github.com/kube-posture/kube-posture-exporter/internal/app"
)

// serveDemo runs the exporter as `make run` does, on a port of its own, and returns its address once it is ready.
func serveDemo(t *testing.T) (address string) {
	t.Helper()
	read, write := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- app.Run(ctx, app.Options{
			Web: &web.FlagConfig{
				WebListenAddresses: new([]string{"127.0.0.1:0"}), WebSystemdSocket: new(false), WebConfigFile: new(""),
			},
			TelemetryPath: "/metrics", Demo: true, LogLevel: "info", LogFormat: "logfmt",
		}, write)
		_ = write.Close()
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the exporter ended with: %v", err)
		}
	})
	found := make(chan string, 1)
	go func() {
		opened := regexp.MustCompile(`\bopen=(http://\S+)`)
		for lines := bufio.NewScanner(read); lines.Scan(); {
			if m := opened.FindStringSubmatch(lines.Text()); m != nil && len(found) == 0 {
				found <- m[1]
			}
		}
		close(found)
	}()
	select {
	case address = <-found:
	case <-time.After(time.Minute):
	}
	if address == "" {
		t.Fatal("the exporter did not print its address")
	}
	return address
}

// get asks until the answer is 200.
func get(t *testing.T, url string) string {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		body, status := fetch(t, url)
		switch {
		case status == http.StatusOK:
			return body
		case time.Now().After(deadline):
			t.Fatalf("%s answers %d: %s", url, status, body)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func fetch(t *testing.T, url string) (string, int) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), response.StatusCode
}

// TestREADMEShowsWhatIsServed: the README's excerpt is a part of what the demo serves, line for line and in its order.
func TestREADMEShowsWhatIsServed(t *testing.T) {
	excerpts := fencesOf(t, "README.md", "text")
	if len(excerpts) != 1 {
		t.Fatalf("README.md has %d excerpts, want 1", len(excerpts))
	}
	address := serveDemo(t)
	get(t, address+"/-/ready")
	served := get(t, address+"/metrics")
	for line := range strings.Lines(excerpts[0].text) {
		if !strings.Contains(served, "\n"+line) {
			name, _, _ := strings.Cut(line, "{")
			t.Errorf("README.md shows\n\t%sand served are\n%s", line, linesOf(served, name))
		}
	}
}

func linesOf(text, prefix string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			b.WriteString("\t" + line)
		}
	}
	return b.String()
}
