package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"
)

// fixture is a Reloader of a file in a folder of its own, with its log.
type fixture struct {
	*Reloader
	t    *testing.T
	dir  string
	file string
	// events gets "level: msg" of every line.
	events chan string
	mu     sync.Mutex
	time   time.Time
}

func (f *fixture) Log(keyvals ...any) error {
	fields := map[string]string{}
	for i := 0; i+1 < len(keyvals); i += 2 {
		fields[fmt.Sprint(keyvals[i])] = fmt.Sprint(keyvals[i+1])
	}
	f.events <- fields["level"] + ": " + fields["msg"]
	return nil
}

const (
	loaded    = "info: configuration loaded"
	notLoaded = "error: configuration not loaded, the old one stays in force"
)

// limit is a configuration file that can be told from others.
func limit(n int) string { return fmt.Sprintf("findings: {limit: %d}\n", n) }

func newFixture(t *testing.T) *fixture {
	t.Helper()
	dir := t.TempDir()
	f := &fixture{t: t, dir: dir, file: filepath.Join(dir, "config.yaml"), events: make(chan string, 10_000), time: time.Unix(1000, 0)}
	f.write(f.file, limit(1))
	f.start()
	return f
}

// start loads the file, which must be good.
func (f *fixture) start() {
	f.t.Helper()
	r, err := NewReloader(f.file, known(), log.LoggerFunc(f.Log), f.now)
	if err != nil {
		f.t.Fatal(err)
	}
	f.Reloader = r
	f.expect(loaded)
}

// run runs the Reloader until the end of the test. Without polling, only an event can be what changes the configuration.
func (f *fixture) run(poll time.Duration) {
	f.timing = timing{settle: 50 * time.Millisecond, poll: poll}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Run(ctx)
	}()
	f.t.Cleanup(func() {
		cancel()
		<-done
	})
}

// now returns a time that the test sets.
func (f *fixture) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.time
}

func (f *fixture) at(seconds int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.time = time.Unix(seconds, 0)
}

func (f *fixture) write(file, content string) {
	f.t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// must fails the test when a file operation does.
func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// expect waits for the next line of the log.
func (f *fixture) expect(want string) {
	f.t.Helper()
	select {
	case got := <-f.events:
		if got != want {
			f.t.Fatalf("logged %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		f.t.Fatalf("%q was not logged", want)
	}
}

// silent asserts that nothing has been logged that was not expected.
func (f *fixture) silent() {
	f.t.Helper()
	select {
	case got := <-f.events:
		f.t.Errorf("logged %q, want nothing", got)
	default:
	}
}

func (f *fixture) wantLimit(want int) {
	f.t.Helper()
	if got := f.Current().Findings.Limit; got != want {
		f.t.Errorf("limit %d is in force, want %d", got, want)
	}
}

func (f *fixture) wantStatus(successful bool, lastSuccess int64) {
	f.t.Helper()
	want := Status{Successful: successful, LastSuccess: time.Unix(lastSuccess, 0)}
	if diff := cmp.Diff(want, f.Status()); diff != "" {
		f.t.Errorf("status -want +got:\n%s", diff)
	}
}

func TestReload(t *testing.T) {
	f := newFixture(t)
	f.wantLimit(1)
	f.wantStatus(true, 1000)

	f.at(2000)
	f.write(f.file, limit(2))
	f.wantLimit(1)
	f.must(f.Reload())
	f.expect(loaded)
	f.wantLimit(2)
	f.wantStatus(true, 2000)

	f.at(3000)
	f.write(f.file, "findings: {limits: 3}\n")
	want := f.file + `:1: findings.limits: unknown key; did you mean "limit"?`
	for range 2 { // whoever asks for it again is told again
		if err := f.Reload(); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		f.expect(notLoaded)
		f.wantLimit(2)
		f.wantStatus(false, 2000)
	}

	f.must(os.Remove(f.file))
	if err := f.Reload(); err == nil || !strings.HasPrefix(err.Error(), "--config.file: open ") {
		t.Errorf("got %v", err)
	}
	f.expect(notLoaded)
	f.wantLimit(2)

	f.write(f.file, limit(2))
	f.must(f.Reload())
	f.expect(loaded)
	f.wantStatus(true, 3000)
	f.silent()
}

func TestReloadDoesNotChangeWhatIsHeld(t *testing.T) {
	f := newFixture(t)
	held := f.Current()
	f.write(f.file, "system_namespaces: [a]\n")
	f.must(f.Reload())
	want := Default()
	want.Findings.Limit = 1
	if diff := cmp.Diff(want, held); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNewReloaderFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	if _, err := NewReloader(file, known(), log.NewNopLogger(), time.Now); err == nil || !strings.HasPrefix(err.Error(), "--config.file: open ") {
		t.Errorf("missing file: got %v", err)
	}
	if err := os.WriteFile(file, []byte("findings: {limit: -1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewReloader(file, known(), log.NewNopLogger(), time.Now); err == nil || !strings.HasPrefix(err.Error(), file+":1: findings.limit: ") {
		t.Errorf("bad file: got %v", err)
	}
}

func TestReloaderWithoutFile(t *testing.T) {
	f := &fixture{t: t, events: make(chan string, 10), time: time.Unix(1000, 0)}
	r, err := NewReloader("", known(), log.LoggerFunc(f.Log), f.now)
	f.must(err)
	f.Reloader = r
	f.run(time.Hour)
	f.must(f.Reload())
	if diff := cmp.Diff(Default(), f.Current()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	f.wantStatus(true, 1000)
	f.silent()
}

func TestConcurrentUse(t *testing.T) {
	f := newFixture(t)
	f.run(time.Millisecond)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				if c := f.Current(); len(c.SystemNamespaces) != 3 {
					t.Error("a half-read configuration is in force")
				}
				f.Status()
			}
		})
		wg.Go(func() {
			for range 50 {
				_ = f.Reload()
			}
		})
	}
	wg.Go(func() {
		for i := range 50 {
			temp := f.file + ".new"
			if err := errors.Join(os.WriteFile(temp, []byte(limit(i)), 0o600), os.Rename(temp, f.file)); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	f.must(f.Reload())
	f.wantLimit(49)
}
