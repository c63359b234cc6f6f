package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"-h"}, {"serve", "--help"}} {
		stdout, stderr, code := execute(t, t.TempDir(), args...)
		if code != 0 || stderr != "" {
			t.Errorf("%q: exit code %d, standard error %q", args, code, stderr)
		}
		for _, want := range []string{"usage: kube-posture-exporter [serve] [<flags>]\n", "--web.listen-address=:9911", "--demo  ", "Examples:\n"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%q: %q is missing in:\n%s", args, want, stdout)
			}
		}
		if strings.Contains(stdout, "[no-]") || strings.Contains(stdout, "help-man") {
			t.Errorf("%q shows what nobody needs:\n%s", args, stdout)
		}
	}
	stdout, stderr, code := execute(t, t.TempDir(), "--version")
	if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "kube-posture-exporter, version ") {
		t.Errorf("--version: exit code %d, %q, %q", code, stdout, stderr)
	}
}

// TestServe is the program as `make run` starts it, to its end.
func TestServe(t *testing.T) {
	t.Parallel()
	r := start(t, t.TempDir(), "--demo")
	r.await("it is ready", func() bool { return r.get("/-/ready") == "ready\n" })
	if metrics := r.get("/metrics"); !strings.Contains(metrics, "\nkube_posture_check_resources{") {
		t.Errorf("no posture on /metrics:\n%.2000s", metrics)
	}
	r.signal(syscall.SIGTERM)
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	for _, line := range strings.Split(strings.TrimSuffix(r.log.String(), "\n"), "\n") {
		if !strings.HasPrefix(line, "ts=") || !strings.Contains(line, " level=info ") {
			t.Errorf("an unwanted line in the log: %s", line)
		}
	}
}

func TestHangupReloads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "config.yaml", "checks: {severity: {pods_privileged: low}}\n")
	r := start(t, dir, "--demo", "--config.file=config.yaml")
	has := func(pattern string) func() bool {
		return func() bool { return regexp.MustCompile(`(?m)^kube_posture_` + pattern).MatchString(r.get("/metrics")) }
	}
	const info = `check_info{check="pods_privileged",.*severity=`
	r.await("the configuration is in force", has(info+`"low"}`))
	write(t, dir, "config.yaml", "checks: {severity: {pods_privileged: medium}}\n")
	r.signal(syscall.SIGHUP)
	r.await("the new configuration is in force", has(info+`"medium"}`))
	write(t, dir, "config.yaml", "checks: {severity: {pods_privileged: worst}}\n")
	r.signal(syscall.SIGHUP)
	r.await("the failure shows", has("config_last_reload_successful 0"))
	if !has(info + `"medium"}`)() {
		t.Error("the old configuration is not in force")
	}
	r.signal(syscall.SIGTERM)
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if want := `config.yaml:1: checks.severity.pods_privileged: unknown severity \"worst\"`; !strings.Contains(r.log.String(), want) {
		t.Errorf("the log does not say what is wrong, as %s", want)
	}
}

// inTheMiddleOfAScrape is the program after it was asked to stop while a client reads, which it waits for.
func inTheMiddleOfAScrape(t *testing.T) (r *running, rest io.Reader) {
	t.Helper()
	if testing.Short() {
		t.Skip("the scrape must be larger than what the sockets hold, which takes some time to make")
	}
	dir := t.TempDir()
	write(t, dir, "pods.yaml", manyPods(1600))
	r = start(t, dir, "--snapshot=pods.yaml")
	r.await("it is ready", func() bool { return r.get("/-/ready") != "" })
	body := slowly(t, r.url)
	t.Cleanup(func() { body.Close() })
	reader := bufio.NewReader(body)
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	r.signal(syscall.SIGTERM)
	r.await("it listens no more", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err == nil {
			c.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	return r, reader
}

func TestTerminationLetsAScrapeFinish(t *testing.T) {
	t.Parallel()
	r, body := inTheMiddleOfAScrape(t)
	rest, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("the scrape was cut off after %d bytes: %v", len(rest), err)
	}
	if len(rest) < 5<<20 || !strings.Contains(string(rest), "\npromhttp_metric_handler_requests_total{") {
		t.Errorf("%d bytes are not the whole scrape: …%s", len(rest), rest[max(0, len(rest)-200):])
	}
	if code := r.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestSecondSignalEndsAtOnce: who asks twice does not want to wait for a scrape.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	r, body := inTheMiddleOfAScrape(t)
	// One that arrives in the same moment as the first counts as the first.
	r.await("it ends", func() bool {
		_ = r.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-r.logged:
			return true
		default:
			return false
		}
	})
	var exit *exec.ExitError
	if err := r.cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v", err)
	}
	if rest, err := io.ReadAll(body); err == nil {
		t.Errorf("it waited for the scrape to the end, %d bytes on", len(rest))
	}
}

// slowly asks for the metrics uncompressed, through a socket that takes little before it is read: with what the server's
// takes, 4 MiB at most, it is less than the whole.
func slowly(t *testing.T, url string) io.ReadCloser {
	t.Helper()
	small := func(_, _ string, c syscall.RawConn) error {
		var set error
		err := c.Control(func(fd uintptr) { set = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 128<<10) })
		return errors.Join(err, set)
	}
	dialer := &net.Dialer{Control: small}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
		DisableCompression: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	response, err := (&http.Client{Transport: transport, Timeout: patience}).Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	return response.Body
}

// manyPods are pods with long names that fail many checks: a line for each of those on /metrics.
func manyPods(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s%d, namespace: shop}\nspec: {containers: [{name: main, image: example.test/a}]}\n",
			strings.Repeat("long-", 45), i)
	}
	return b.String()
}
