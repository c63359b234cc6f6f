package scale

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// box is a memory cgroup for one process, as a container has it.
type box struct {
	dir   string
	names *boxFiles
}

// boxFiles are the files of a memory cgroup in one of the kernel's two versions of them.
type boxFiles struct {
	limit, highest string
	// hits has after hitsKey how often the process wanted more than the limit, and kills after "oom_kill " how often it was ended for it.
	hits, hitsKey, kills string
}

// boxed is what the kernel says of a box.
type boxed struct {
	Limit int64 `json:"limitBytes"`
	// Skipped is why there was no box.
	Skipped string `json:"skipped,omitempty"`
	// Heeded is the limit that the exporter says it plans with.
	Heeded int64 `json:"heededBytes"`
	// Highest is the most that was ever charged, files in memory included, and Hits how often more was wanted and had to be freed first.
	Highest int64 `json:"highestBytes"`
	Hits    int64 `json:"timesAtLimit"`
	// Kills is how often the kernel ended the process because nothing could be freed.
	Kills int64 `json:"kills"`
}

// newBox makes a cgroup below the one of this process, or beside it where version 2 allows no other: no limit that holds for the test is
// escaped by it. It is gone when the test ends.
func newBox(t *testing.T, limit int64) (*box, error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	parent, names, err := boxParent(string(text))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, "kube-posture-scale-")
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Errorf("remove the memory cgroup: %v", err)
		}
	})
	// The file is the kernel's: where it is not there, memory is not limited here, and it cannot be made.
	return &box{dir: dir, names: names}, os.WriteFile(filepath.Join(dir, names.limit), strconv.AppendInt(nil, limit, 10), 0o644)
}

// boxParent finds the folder for a new cgroup in what /proc says of this process.
func boxParent(cgroups string) (string, *boxFiles, error) {
	const root = "/sys/fs/cgroup"
	unified := ""
	for line := range strings.Lines(cgroups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(fields) < 3:
		case fields[1] == "memory":
			return filepath.Join(root, "memory", fields[2]), &boxFiles{
				limit: "memory.limit_in_bytes", highest: "memory.max_usage_in_bytes", hits: "memory.failcnt", kills: "memory.oom_control",
			}, nil
		case fields[0] == "0":
			unified = filepath.Join(root, fields[2])
		}
	}
	if unified == "" {
		return "", nil, errors.New("no memory cgroup is known of this process")
	}
	if unified != root {
		unified = filepath.Dir(unified) // a cgroup that has processes has no limited ones below it
	}
	return unified, &boxFiles{limit: "memory.max", highest: "memory.peak", hits: "memory.events", hitsKey: "max ", kills: "memory.events"}, nil
}

// command puts a program into the box before it begins.
func (b *box) command(program string, args ...string) *exec.Cmd {
	return exec.Command("sh", append([]string{"-c", `echo $$ > "$0/cgroup.procs" && exec "$@"`, b.dir, program}, args...)...)
}

// said asks the kernel.
func (b *box) said() (s boxed, err error) {
	for _, f := range []struct {
		file, key string
		to        *int64
	}{
		{b.names.limit, "", &s.Limit}, {b.names.highest, "", &s.Highest}, {b.names.hits, b.names.hitsKey, &s.Hits}, {b.names.kills, "oom_kill ", &s.Kills},
	} {
		text, err := os.ReadFile(filepath.Join(b.dir, f.file))
		if err != nil {
			return s, err
		}
		if *f.to, err = numberAfter(string(text), f.key); err != nil {
			return s, fmt.Errorf("%s: %w", f.file, err)
		}
	}
	return s, nil
}

// numberAfter is the number of the line that begins with a key.
func numberAfter(text, key string) (int64, error) {
	for line := range strings.Lines(text) {
		if number, found := strings.CutPrefix(line, key); found {
			return strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		}
	}
	return 0, fmt.Errorf("no line begins with %q", key)
}

// row says it for a person.
func (s *boxed) row() string {
	if s.Skipped != "" {
		return fmt.Sprintf("not limited to %s: %s", mebibytes(s.Limit), s.Skipped)
	}
	return fmt.Sprintf("%s, of which the exporter plans with %s; highest %s, %d times at the limit, ended by the kernel %d times",
		mebibytes(s.Limit), mebibytes(s.Heeded), mebibytes(s.Highest), s.Hits, s.Kills)
}

// heeded is the limit that the exporter's log says it plans with, 0 where it says nothing.
func (p *process) heeded() int64 {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "limit_bytes=")
	number, _, _ := strings.Cut(rest, "\n")
	n, _ := strconv.ParseInt(number, 10, 64) // 0 otherwise
	return n
}
