package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take that the test waits for.
const patience = 90 * time.Second

// program is a running program that can be ended and started again on the same port.
type program struct {
	t    *testing.T
	name string
	port int
	args []string
	// ready is the path that answers 200 once it can work; empty to wait for nothing.
	ready string
	cmd   *exec.Cmd
	log   *os.File
}

// newProgram starts a program and waits until it is ready. Its log is shown when the test fails.
func newProgram(t *testing.T, name, ready string, port int, args ...string) *program {
	t.Helper()
	p := &program{t: t, name: name, port: port, args: args, ready: ready}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	noError(t, err)
	p.log = log
	t.Cleanup(func() {
		p.end(syscall.SIGKILL)
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("--- end of the log of %s:\n%s", name, text[max(0, len(text)-4000):])
		}
	})
	p.start()
	return p
}

func (p *program) url() string { return fmt.Sprintf("http://127.0.0.1:%d", p.port) }

func (p *program) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	noError(p.t, p.cmd.Start())
	if p.ready == "" {
		return
	}
	await(p.t, p.name+" to be ready", func() error {
		response, err := http.Get(p.url() + p.ready)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s", response.Status)
		}
		return nil
	})
}

func (p *program) end(signal syscall.Signal) {
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(signal)
		_ = p.cmd.Wait()
		p.cmd = nil
	}
}

// freePort finds a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// await looks again and again until the condition holds, and ends the test with its last complaint when it does not in time.
func await(t *testing.T, what string, condition func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ticker := time.NewTicker(100 * time.Millisecond); ; {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s for %s: %v", patience, what, err)
		case <-ticker.C:
		}
	}
}
