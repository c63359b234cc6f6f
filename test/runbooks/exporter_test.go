package runbooks

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

const exporterName = "kube-posture-exporter"

// exporter is the real program, on its recorded cluster: what it logs and serves does not depend on the world of the runbooks.
type exporter struct {
	address string
	mu      sync.Mutex
	lines   strings.Builder
}

var serving = regexp.MustCompile(`metrics=(http://\S+)/metrics`)

// buildExporter makes the binary in a folder that goes into PATH.
func buildExporter(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, exporterName)
	if out, err := exec.Command("go", "build", "-o", path, root+"/cmd/"+exporterName).CombinedOutput(); err != nil {
		t.Fatalf("build the exporter: %v\n%s", err, out)
	}
	return path
}

func startExporter(t *testing.T, binary string) *exporter {
	t.Helper()
	e := &exporter{}
	cmd := exec.Command(binary, "--demo", "--web.listen-address=127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	noError(t, err)
	noError(t, cmd.Start())
	address, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			e.mu.Lock()
			e.lines.WriteString(lines.Text() + "\n")
			e.mu.Unlock()
			if found := serving.FindStringSubmatch(lines.Text()); found != nil {
				address <- found[1]
			}
		}
		_, _ = io.Copy(io.Discard, stderr)
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended; _ = cmd.Wait() })
	select {
	case e.address = <-address:
	case <-ended:
		t.Fatalf("the exporter ended at once:\n%s", e.lines.String())
	case <-time.After(patience):
		t.Fatalf("waited %s for the exporter to serve", patience)
	}
	return e
}

// log is what the program has logged, with what it would log of a check that breaks: none does.
func (e *exporter) log(t *testing.T) func() string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, "internal/app/exporter.go"))
	noError(t, err)
	message := regexp.MustCompile(`"msg", ("a check [^"]+"), "check"`).FindStringSubmatch(string(source))
	if message == nil {
		t.Fatal("internal/app no longer logs of a check that breaks as this test believes")
	}
	return func() string {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.lines.String() + `level=error msg=` + message[1] + ` check=pods_privileged err="index out of range"` + "\n"
	}
}

// forwarded stands in for the port that kubectl would forward: a proxy for http://localhost:9911, whoever else listens there.
func (e *exporter) forwarded(t *testing.T) string {
	t.Helper()
	target, err := url.Parse(e.address)
	noError(t, err)
	to := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "localhost:9911" {
			t.Errorf("a runbook asks for %s", r.URL)
		}
		to.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}
