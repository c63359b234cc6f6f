package leaks

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// patience is how long the exporter may take for anything that it is waited for.
	patience = 2 * time.Minute
	// lookEvery is how often something is looked at that is waited for.
	lookEvery = 50 * time.Millisecond
)

// process is an exporter that runs.
type process struct {
	cmd   *exec.Cmd
	base  string // of its addresses
	http  *http.Client
	ended chan struct{} // closed when it has
}

// start runs the exporter until it is ready. Its end is the test's at the latest.
func start(t *testing.T, binary, kubeconfig string, flags ...string) *process {
	t.Helper()
	address := freeAddress(t)
	file := filepath.Join(t.TempDir(), "log")
	log, err := os.Create(file)
	noError(t, err)
	defer log.Close()
	p := &process{
		cmd:  exec.Command(binary, append([]string{"--web.listen-address=" + address, "--kubeconfig=" + kubeconfig}, flags...)...),
		base: "http://" + address, ended: make(chan struct{}),
		http: &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 1}, Timeout: patience},
	}
	p.cmd.Stderr = log
	noError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait() // it is killed in the end
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.end()
		if t.Failed() {
			text, _ := os.ReadFile(file)
			t.Logf("--- end of the exporter's log:\n%s", text[max(0, len(text)-4000):])
		}
	})
	await(t, "the exporter to be ready", func() bool {
		select {
		case <-p.ended:
			t.Fatal("the exporter has ended")
		default:
		}
		_, err := p.get(context.Background(), "/-/ready")
		return err == nil
	})
	return p
}

// end kills the program and waits for its end.
func (p *process) end() {
	_ = p.cmd.Process.Kill() // fails only when it has ended
	<-p.ended
	p.http.CloseIdleConnections()
}

// resident is VmRSS, in bytes.
func (p *process) resident() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if !found || len(fields) < 2 || fields[1] != "kB" {
		return 0, fmt.Errorf("VmRSS is not in the status of process %d", p.cmd.Process.Pid)
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	return n << 10, err
}

// get reads one of the exporter's pages, over one connection that is kept.
func (p *process) get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.SetBasicAuth(profileUser, profileUser)
	response, err := p.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("get %s: %s: %s", path, response.Status, bytes.TrimSpace(body))
	}
	return body, err
}

func (p *process) scrape(ctx context.Context) ([]byte, error) { return p.get(ctx, "/metrics") }

// await looks again and again until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(lookEvery) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// freeAddress finds a port that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// program is the exporter's binary: LEAK_BINARY, or one that is made now, whose symbols stay for profiles.
func program(t *testing.T) string {
	t.Helper()
	if given := os.Getenv("LEAK_BINARY"); given != "" {
		return given
	}
	binary := filepath.Join(t.TempDir(), "kube-posture-exporter")
	cmd := exec.Command("go", "build", "-trimpath", "-o", binary, "../../cmd/kube-posture-exporter")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the exporter: %v\n%s", err, bytes.TrimSpace(output))
	}
	return binary
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
