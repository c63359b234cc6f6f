package testcluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

const (
	// tailLines is how much of a program's log a failure shows.
	tailLines = 40

	// probeInterval is how often a program that starts is asked whether it is
	// ready.
	probeInterval = 50 * time.Millisecond

	// probeTimeout bounds one such question.
	probeTimeout = 5 * time.Second
)

// process is one program of the control plane, running or ended.
type process struct {
	name string
	log  string        // path of the file that gets its output
	pid  int           // also the id of its process group
	done chan struct{} // closed when it has ended
	err  error         // how it ended; read it only after done
}

// startProcess runs one program of the binary with its folder as the working
// folder. It inherits next to nothing of the environment: an ETCD_ variable,
// for one, would configure etcd.
func startProcess(binary, dir, program string, args []string, environment ...string) (*process, error) {
	p := &process{name: program, log: filepath.Join(dir, program+".log"), done: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", program, err)
	}
	cmd := exec.Command(binary, append([]string{program}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}, environment...)
	cmd.SysProcAttr = ownGroup()

	started := make(chan error, 1)
	go func() {
		// The kernel kills the program when the thread that started it ends, so
		// that thread has to stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer log.Close()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s (delete %s to have it built again): %w", program, binary, err)
	}
	return p, nil
}

// kill ends the program and everything it started, at once, and waits for its
// end. Ending it gracefully would take more than 10 seconds while watches are
// open, and a test throws the state away. It may be called on nil and again.
func (p *process) kill() {
	if p == nil {
		return
	}
	select {
	case <-p.done: // its pid may belong to somebody else by now
		return
	default:
	}
	_ = killGroup(p.pid) // fails only when the program has just ended
	<-p.done
}

// ended says whether the program runs no more, and then why.
func (p *process) ended() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s ended by itself: %w\n%s", p.name, p.err, p.tail())
	default:
		return nil
	}
}

// tail returns the last lines of the program's log, under a heading.
func (p *process) tail() string { return logTail(p.log) }

func logTail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("--- no log: %v", err)
	}
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	return fmt.Sprintf("--- end of %s:\n%s", filepath.Base(path), bytes.Join(lines, []byte("\n")))
}

// await asks probe again and again until it agrees, a program that it needs
// has ended, or ctx is done; what names the condition in errors.
func await(ctx context.Context, what string, probe func(context.Context) error, needs ...*process) error {
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for {
		attempt, cancel := context.WithTimeout(ctx, probeTimeout)
		last := probe(attempt)
		cancel()
		if last == nil {
			return nil
		}
		for _, p := range needs {
			if err := p.ended(); err != nil {
				return fmt.Errorf("wait for %s: %w", what, err)
			}
		}
		select {
		case <-ctx.Done():
			err := fmt.Errorf("wait for %s: %w; the last answer was: %w", what, ctx.Err(), last)
			for _, p := range needs {
				err = errors.Join(err, errors.New(p.tail()))
			}
			return err
		case <-ticker.C:
		}
	}
}

// killGroup ends a program and its children; pid is that of the program, which
// leads a group of its own.
func killGroup(pid int) error {
	return syscall.Kill(-pid, syscall.SIGKILL)
}
