package faults

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// replica is one exporter, a process that is killed and started again, behind a network of its own.
type replica struct {
	name    string
	network *network
	command func() *exec.Cmd
	client  *http.Client
	// ahead is the file that says by how much the exporter's clock is ahead, empty for an exporter that has the machine's.
	ahead string

	mu      sync.Mutex
	cmd     *exec.Cmd
	ended   chan struct{}
	url     string
	started time.Time
	log     bytes.Buffer
	starts  int

	// clock is held while the exporter is asked, so that its clock is not set meanwhile.
	clock  sync.Mutex
	offset time.Duration
}

// opened is where the exporter says that it serves.
var opened = regexp.MustCompile(`msg=serving open=(\S+)`)

// start starts the process, unless it runs. It may end by itself: an exporter that reaches no API server at first says so and ends.
func (r *replica) start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil {
		select {
		case <-r.ended:
		default:
			return nil
		}
	}
	r.cmd, r.ended, r.url, r.started = r.command(), make(chan struct{}), "", time.Now()
	r.starts++
	// A connection on which nothing comes is given up sooner than by default, which is after 45 seconds.
	r.cmd.Env = append(r.cmd.Env, "HTTP2_READ_IDLE_TIMEOUT_SECONDS=5", "HTTP2_PING_TIMEOUT_SECONDS=3")
	stderr, err := r.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := r.cmd.Start(); err != nil {
		return err
	}
	go r.follow(r.cmd, stderr, r.ended)
	return nil
}

func (r *replica) follow(cmd *exec.Cmd, stderr io.Reader, ended chan struct{}) {
	defer close(ended)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		r.mu.Lock()
		r.log.WriteString(lines.Text() + "\n")
		if found := opened.FindStringSubmatch(lines.Text()); found != nil {
			r.url = strings.Replace(found[1], "localhost", "127.0.0.1", 1)
		}
		r.mu.Unlock()
	}
	_ = cmd.Wait() // it is killed, or has said why it ended
}

// kill ends the process without giving it a moment.
func (r *replica) kill() {
	r.mu.Lock()
	cmd, ended := r.cmd, r.ended
	r.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Kill() // it may have ended by itself
	<-ended
	r.client.CloseIdleConnections()
}

// discovers reports whether the process that runs has been told what is served.
func (r *replica) discovers() bool {
	r.mu.Lock()
	started := r.started
	r.mu.Unlock()
	r.network.mu.Lock()
	defer r.network.mu.Unlock()
	return r.network.discovered.After(started)
}

// running keeps the process running until ctx ends.
func (r *replica) running(ctx context.Context, t *testing.T) {
	for ctx.Err() == nil {
		if err := r.start(); err != nil {
			t.Errorf("start the exporter %s: %v", r.name, err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// setClock sets the exporter's clock ahead.
func (r *replica) setClock(by time.Duration) error {
	r.clock.Lock()
	defer r.clock.Unlock()
	r.offset = by
	return os.WriteFile(r.ahead, []byte(by.String()), 0o600)
}

// scraped is one answer.
type scraped struct {
	text    string
	began   time.Time
	process time.Time // when the process that answered was started
	// now and ended are the times of question and answer on the exporter's clock.
	now, ended time.Time
}

// scrape asks for the metrics; ok is false when nobody answers.
func (r *replica) scrape(ctx context.Context) (s scraped, ok bool) {
	r.clock.Lock()
	defer r.clock.Unlock()
	r.mu.Lock()
	url := r.url
	s.process = r.started
	r.mu.Unlock()
	if url == "" {
		return s, false
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", http.NoBody)
	if err != nil {
		return s, false
	}
	request.Header.Set("Accept", "text/plain;version=0.0.4")
	s.began = time.Now()
	s.now = s.began.Add(r.offset)
	response, err := r.client.Do(request)
	if err != nil {
		return s, false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return s, false
	}
	s.ended = time.Now().Add(r.offset)
	r.mu.Lock()
	same := r.started.Equal(s.process)
	r.mu.Unlock()
	s.text = string(body)
	return s, same
}

// logged is the end of what the processes have said.
func (r *replica) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := r.log.String()
	return fmt.Sprintf("%s, started %d times:\n%s", r.name, r.starts, text[max(0, len(text)-4000):])
}
