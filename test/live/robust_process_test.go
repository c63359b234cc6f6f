package live_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// launched is the real binary with its log, over HTTP or TLS.
type launched struct {
	cmd *exec.Cmd
	// url is where it serves.
	url    string
	client *http.Client
	ended  chan error

	mu  sync.Mutex
	log bytes.Buffer
}

var opened = regexp.MustCompile(`msg=serving open=(\S+)`)

// launch starts the binary on a port of its own and waits until it serves. With trusted it serves over TLS.
func launch(t *testing.T, binary string, trusted *x509.CertPool, flags ...string) *launched {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 10}
	l := &launched{
		cmd:    exec.Command(binary, append([]string{"--web.listen-address=127.0.0.1:0"}, flags...)...),
		client: &http.Client{Transport: transport, Timeout: patience}, ended: make(chan error, 1),
	}
	stderr, err := l.cmd.StderrPipe()
	noError(t, err)
	noError(t, l.cmd.Start())
	address := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			l.mu.Lock()
			l.log.WriteString(lines.Text() + "\n")
			l.mu.Unlock()
			if found := opened.FindStringSubmatch(lines.Text()); found != nil {
				address <- strings.TrimPrefix(found[1], "http://")
			}
		}
		l.ended <- l.cmd.Wait()
	}()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = l.cmd.Process.Kill() // most tests have ended it
		if t.Failed() {
			t.Logf("the exporter's log:\n%s", l.logged())
		}
	})
	select {
	case a := <-address:
		l.url = "http://" + a
		if trusted != nil {
			l.url = "https://" + strings.Replace(a, "localhost", "127.0.0.1", 1) // which is in the certificate
		}
	case err := <-l.ended:
		t.Fatalf("the exporter ended at once: %v\n%s", err, l.logged())
	case <-time.After(patience):
		t.Fatalf("waited %s for the exporter to serve", patience)
	}
	return l
}

func (l *launched) logged() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.String()
}

// ask makes one request, with a token unless it is empty.
func (l *launched) ask(method, path, token string) (*http.Response, string, error) {
	request, err := http.NewRequest(method, l.url+path, nil)
	if err != nil {
		return nil, "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := l.client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

// status asks for a status, and says what came instead.
func (l *launched) status(method, path, token string, want int) error {
	response, body, err := l.ask(method, path, token)
	if err != nil {
		return err
	}
	if response.StatusCode != want {
		return fmt.Errorf("%s %s: %s, want %d: %.200s", method, path, response.Status, want, body)
	}
	return nil
}

// terminate ends the exporter as Kubernetes does.
func (l *launched) terminate(t *testing.T) {
	t.Helper()
	noError(t, l.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-l.ended:
		if err != nil {
			t.Errorf("the exporter ended with %v", err)
		}
	case <-time.After(patience):
		t.Errorf("the exporter has not ended after %s", patience)
	}
}

// memory is the most that the process has had resident, in MiB; ok is false where the system does not say.
func (l *launched) memory(t *testing.T) (mib int, ok bool) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.cmd.Process.Pid))
	if err != nil {
		return 0, false
	}
	found := regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`).FindSubmatch(text)
	if found == nil {
		return 0, false
	}
	return must[int](t)(strconv.Atoi(string(found[1]))) >> 10, true
}

// files is how many files the process has open, connections among them; ok is false where the system does not say.
func (l *launched) files() (n int, ok bool) {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", l.cmd.Process.Pid))
	return len(list), err == nil
}
