package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary be the program that it tests: signals, exit codes and both outputs are the real ones.
const asProgram = "KUBE_POSTURE_EXPORTER_TEST_AS_PROGRAM"

// patience is how long a test waits for something to happen.
const patience = time.Minute

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// command is the program in a folder, outside of any cluster. It is killed when the test's patience ends.
func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir = dir
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "KUBERNETES_SERVICE_") && !strings.HasPrefix(e, "KUBECONFIG=") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, asProgram+"=1")
	return cmd
}

// execute runs the program to its end.
func execute(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := command(t, dir, args...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	code = wait(t, cmd.Run(), &out, &err)
	return out.String(), err.String(), code
}

// wait is the exit code that an exec error stands for; the outputs are what the test says if there is none.
func wait(t *testing.T, err error, outputs ...*bytes.Buffer) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.Exited():
		return exit.ExitCode()
	}
	t.Fatalf("the program did not end by itself: %v; it wrote %s", err, outputs)
	return 0
}

// running is the program while it serves.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	log    bytes.Buffer
	logged chan struct{}
}

var serving = regexp.MustCompile(`msg=serving open=(\S+)`)

// start runs the program until it says where it serves.
func start(t *testing.T, dir string, args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: command(t, dir, append(args, "--web.listen-address=127.0.0.1:0")...), logged: make(chan struct{})}
	stderr, err := r.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	urls := make(chan string, 1)
	go func() {
		defer close(r.logged)
		defer close(urls)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			r.log.WriteString(lines.Text() + "\n")
			if found := serving.FindStringSubmatch(lines.Text()); found != nil {
				urls <- found[1]
			}
		}
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // most tests have ended it
		<-r.logged
		if t.Failed() {
			t.Logf("the program's log:\n%s", &r.log)
		}
	})
	var ok bool
	if r.url, ok = <-urls; !ok {
		t.Fatalf("the program ended without serving:\n%s", &r.log)
	}
	return r
}

// signal sends a signal.
func (r *running) signal(s syscall.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// end waits for the end of the program and returns its exit code.
func (r *running) end() int {
	r.t.Helper()
	<-r.logged // Wait closes the pipe under a reader
	return wait(r.t, r.cmd.Wait(), &r.log)
}

// await asks until something holds.
func (r *running) await(what string, holds func() bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// get returns what is at a path, and nothing when that is no success.
func (r *running) get(path string) string {
	response, err := http.Get(r.url + path)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
