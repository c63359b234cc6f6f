package config

import (
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// Reloader holds the current configuration and replaces it when its file changes. All methods are safe for concurrent use.
type Reloader struct {
	path    string
	known   Known
	logger  log.Logger
	now     func() time.Time
	timing  timing
	current atomic.Pointer[Config]
	status  atomic.Pointer[Status]

	mu sync.Mutex // held while the file is read and judged
	// seen tells the last attempt's content, or its error, from the next one's; a file that is still wrong is not reported again.
	seen string
	// pending is what the watch found last and has not judged yet.
	pending string
}

// Status is the outcome of the last attempt to load the configuration.
type Status struct {
	// Successful is false from a failed attempt until the next successful one.
	Successful bool
	// LastSuccess is the time of the last successful attempt.
	LastSuccess time.Time
}

// NewReloader loads the file and returns a Reloader for it; the error is that of Load. With an empty path it serves
// the defaults for ever. The file is watched only while Run runs.
func NewReloader(path string, known Known, logger log.Logger, now func() time.Time) (*Reloader, error) {
	r := &Reloader{path: path, known: known, logger: logger, now: now, timing: defaultTiming()}
	if path == "" {
		r.current.Store(Default())
		r.status.Store(&Status{Successful: true, LastSuccess: now()})
		return r, nil
	}
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	c, err := Parse(path, data, known)
	if err != nil {
		return nil, err
	}
	r.seen = fingerprint(data, nil)
	r.accept(c)
	return r, nil
}

// Current returns the configuration in force. It must not be changed.
func (r *Reloader) Current() *Config { return r.current.Load() }

// Status returns the outcome of the last attempt.
func (r *Reloader) Status() Status { return *r.status.Load() }

// Reload reads the file again, changed or not. If it cannot be read or is wrong, the configuration in force stays, the
// error is logged once and returned, and Status tells of the failure. Without a file there is nothing to do.
func (r *Reloader) Reload() error {
	if r.path == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	data, err := read(r.path)
	return r.judge(data, err, fingerprint(data, err))
}

// check reloads the file if it has changed and two checks in a row have found the same; it reports whether it wants to
// be called again soon for that. A write in place empties the file first, and an empty file is a valid configuration
// without a single exemption: it must not come into force for the blink of an eye.
func (r *Reloader) check() (again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	data, err := read(r.path)
	found := fingerprint(data, err)
	switch found {
	case r.seen:
		r.pending = ""
		return false
	case r.pending:
		_ = r.judge(data, err, found) // logged and kept in the status
		return false
	default:
		r.pending = found
		return true
	}
}

// judge takes what was read into force, or says why not. The caller holds mu.
func (r *Reloader) judge(data []byte, err error, found string) error {
	r.seen, r.pending = found, ""
	var c *Config
	if err == nil {
		c, err = Parse(r.path, data, r.known)
	}
	if err != nil {
		r.status.Store(&Status{LastSuccess: r.Status().LastSuccess})
		level.Error(r.logger).Log("msg", "configuration not loaded, the old one stays in force", "file", r.path, "err", err)
		return err
	}
	r.accept(c)
	return nil
}

func (r *Reloader) accept(c *Config) {
	r.current.Store(c)
	r.status.Store(&Status{Successful: true, LastSuccess: r.now()})
	level.Info(r.logger).Log("msg", "configuration loaded", "file", r.path,
		"exemptions", len(c.Exemptions), "disabled_checks", len(c.Checks.Disabled), "who_can", len(c.RBAC.WhoCan))
}

// fingerprint stands for the outcome of reading the file.
func fingerprint(data []byte, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	sum := sha256.Sum256(data)
	return string(sum[:])
}
