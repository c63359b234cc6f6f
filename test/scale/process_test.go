package scale

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// patience is how long a program may take to have a big cluster.
	patience = 10 * time.Minute
	// readyEvery is how often a program is asked whether it is ready.
	readyEvery = 10 * time.Millisecond
	// ticks is how many of the kernel's clock ticks a second has, in /proc: the same on every Linux that Go runs on.
	ticks = 100
)

// process is a program that is measured.
type process struct {
	cmd   *exec.Cmd
	log   string
	base  string // of its addresses
	began time.Time
	ended chan struct{} // closed when it has
	box   *box          // nil for none
}

// usage is what /proc says of a process.
type usage struct {
	// Resident and Peak are VmRSS and VmHWM, in bytes.
	Resident int64 `json:"residentBytes"`
	Peak     int64 `json:"peakBytes"`
	// CPU is user and system time, in seconds.
	CPU float64 `json:"cpuSeconds"`
}

// launch starts a program, whose end is the test's at the latest. It gets no SCALE_ variable but those that are given.
func launch(t *testing.T, cmd *exec.Cmd, extra ...string) *process {
	t.Helper()
	p := &process{cmd: cmd, log: filepath.Join(t.TempDir(), "log"), ended: make(chan struct{})}
	log, err := os.Create(p.log)
	noError(t, err)
	defer log.Close()
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "SCALE_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, extra...)
	cmd.Stderr = log
	p.began = time.Now()
	noError(t, cmd.Start())
	go func() {
		_ = cmd.Wait() // it is killed in the end
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.end()
		if t.Failed() {
			text, _ := os.ReadFile(p.log)
			t.Logf("--- end of the log of %s:\n%s", cmd.Args, text[max(0, len(text)-2000):])
			if p.box != nil {
				said, err := p.box.said()
				t.Logf("--- memory: %s, %v", said.row(), err)
			}
		}
	})
	return p
}

// end kills the program and waits for its end.
func (p *process) end() {
	_ = p.cmd.Process.Kill() // fails only when it has ended
	<-p.ended
}

// usage asks the kernel.
func (p *process) usage() (u usage, err error) {
	dir := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		return u, err
	}
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return u, err
	}
	return parseUsage(string(status), string(stat))
}

// parseUsage reads /proc/PID/status and /proc/PID/stat.
func parseUsage(status, stat string) (u usage, err error) {
	for name, to := range map[string]*int64{"VmRSS:": &u.Resident, "VmHWM:": &u.Peak} {
		_, rest, found := strings.Cut(status, name)
		fields := strings.Fields(rest)
		if !found || len(fields) < 2 || fields[1] != "kB" {
			return u, fmt.Errorf("%s is not in the status", name)
		}
		if *to, err = strconv.ParseInt(fields[0], 10, 64); err != nil {
			return u, err
		}
		*to <<= 10
	}
	// The second field is the program's name in brackets, which may have anything in it; utime and stime are the 14th and the 15th.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return u, fmt.Errorf("the stat is too short: %q", stat)
	}
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return u, err
		}
		u.CPU += float64(n) / ticks
	}
	return u, nil
}

// idleSeconds is for how long the machine's processors have had nothing to do, 0 where nobody can tell.
func idleSeconds() float64 {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	// The first line is the sum of all processors: user, nice, system, idle and others.
	fields := strings.Fields(string(text))
	if len(fields) < 5 || fields[0] != "cpu" {
		return 0
	}
	n, err := strconv.ParseInt(fields[4], 10, 64)
	if err != nil {
		return 0
	}
	return float64(n) / ticks
}

// startBare runs the bare reflector until it has everything, and returns how long that took.
func startBare(t *testing.T, kubeconfig string) (time.Duration, usage) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	out, in, err := os.Pipe()
	noError(t, err)
	defer out.Close()
	cmd.Stdout = in
	p := launch(t, cmd, bareKubeconfig+"="+kubeconfig)
	in.Close()
	defer p.end()
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	took := time.Since(p.began)
	if strings.TrimSpace(line) != bareSynced {
		t.Fatalf("the bare reflector has not synced: %q, %v", line, err)
	}
	u, err := p.usage()
	noError(t, err)
	return took, u
}

// startExporter runs the exporter until it is ready, in a box unless that is nil, and returns how long that took.
func startExporter(t *testing.T, o *options, in *box, kubeconfig string) (*process, time.Duration, usage) {
	t.Helper()
	address := freeAddress(t)
	base, profiling := o.profiling(t)
	args := slices.Concat([]string{"--web.listen-address=" + address, "--kubeconfig=" + kubeconfig}, profiling, o.Args)
	cmd := exec.Command(o.binary, args...)
	if in != nil {
		// A file counts where it was read first, and in a container that is there.
		binary := filepath.Join(t.TempDir(), "exporter")
		noError(t, in.command("cp", o.binary, binary).Run())
		cmd = in.command(binary, args...)
	}
	p := launch(t, cmd, traceCollections)
	p.base, p.box = base+address, in
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ticker := time.NewTicker(readyEvery)
	defer ticker.Stop()
	for !p.ready() {
		select {
		case <-ctx.Done():
			t.Fatalf("the exporter is not ready after %s", patience)
		case <-p.ended:
			t.Fatal("the exporter has ended")
		case <-ticker.C:
		}
	}
	took := time.Since(p.began)
	u, err := p.usage()
	noError(t, err)
	return p, took, u
}

func (p *process) ready() bool {
	response, err := http.Get(p.base + "/-/ready")
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode == http.StatusOK
}

// freeAddress finds a port that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// build makes the exporter's binary as it is shipped.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "kube-posture-exporter")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "../../cmd/kube-posture-exporter")
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
