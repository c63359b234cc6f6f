package scale

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestQuantile(t *testing.T) {
	var all []time.Duration
	for i := range 200 {
		all = append(all, time.Duration(200-i)*time.Millisecond)
	}
	for share, want := range map[float64]float64{0: 1, 0.5: 100, 0.99: 198, 1: 200} {
		if got := quantile(all, share); got != want {
			t.Errorf("quantile %v is %v, want %v", share, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("the quantile of nothing is %v", got)
	}
}

func TestParseUsage(t *testing.T) {
	const status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n"
	stat := "42 (a) b) S 1 42 42 0 -1 4194304 100 0 0 0 150 25 7 8 20 0 9"
	got, err := parseUsage(status, stat)
	if want := (usage{Resident: 1 << 20, Peak: 2 << 20, CPU: 1.75}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, broken := range map[string][2]string{
		"no peak":  {"VmRSS:\t1 kB\n", stat},
		"no stat":  {status, "42 (a) S"},
		"no times": {status, strings.Replace(stat, "150", "x", 1)},
	} {
		if _, err := parseUsage(broken[0], broken[1]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSamples(t *testing.T) {
	text := []byte("# HELP a b\n# TYPE a gauge\n" +
		"kube_posture_pods_privileged{namespace=\"marker-1\"} 2\nkube_posture_pods_privileged{namespace=\"marker-10\"} 1\n" +
		"kube_posture_pods_privileged_other{namespace=\"marker-3\"} 1\n\nup 1\n")
	want := []family{{"kube_posture_pods_privileged", 107, 2}, {"kube_posture_pods_privileged_other", 59, 1}, {"a", 26, 0}, {"up", 5, 1}}
	if diff := cmp.Diff(want, families(text)); diff != "" {
		t.Errorf("families (-want +got):\n%s", diff)
	}
	kept := only(text, markerGauge)
	for namespace, want := range map[string]float64{"marker-1": 2, "marker-10": 1, "marker-3": -1} {
		if got := value(kept, namespace); got != want {
			t.Errorf("%s has %v, want %v", namespace, got, want)
		}
	}
}

func TestReadOptions(t *testing.T) {
	got, err := readOptions(func(name string) string {
		return map[string]string{
			"SCALE_PODS": "42", "SCALE_CHANGES": "5,20", "SCALE_LOAD": "api", "SCALE_MEMORY_LIMIT": "256MiB", "SCALE_ARGS": "--a --b=c", "SCALE_JSON": "x.json",
			"SCALE_PROFILES": "there",
		}[name]
	})
	want := defaults()
	want.Pods, want.Changes, want.Load, want.MemoryLimit, want.Args, want.json = 42, []int{5, 20}, loadAPI, 256<<20, []string{"--a", "--b=c"}, "x.json"
	want.profiles = "there"
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(options{}), cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for name, broken := range map[string]string{
		"SCALE_PODS": "0", "SCALE_CHANGES": "5,x", "SCALE_LOAD": "fast", "SCALE_MEMORY_LIMIT": "much",
	} {
		_, err := readOptions(func(asked string) string {
			if asked == name {
				return broken
			}
			return ""
		})
		if err == nil || !strings.HasPrefix(err.Error(), name+"=") {
			t.Errorf("%s=%s: %v", name, broken, err)
		}
	}
}

func TestBoxParent(t *testing.T) {
	for name, test := range map[string]struct{ cgroups, dir, limit string }{
		"version 1": {"9:name=systemd:/\n4:memory:/some/where\n0::/\n", "/sys/fs/cgroup/memory/some/where", "memory.limit_in_bytes"},
		"version 2": {"0::/user.slice/session.scope\n", "/sys/fs/cgroup/user.slice", "memory.max"},
		"its root":  {"0::/\n", "/sys/fs/cgroup", "memory.max"},
	} {
		dir, names, err := boxParent(test.cgroups)
		if err != nil || dir != test.dir || names.limit != test.limit {
			t.Errorf("%s: %s, %+v, %v", name, dir, names, err)
		}
	}
	if _, _, err := boxParent("9:name=systemd:/\n"); err == nil {
		t.Error("without a memory cgroup there is no error")
	}
}

func TestNumberAfter(t *testing.T) {
	const events = "low 0\nmax 12\noom 3\noom_kill 2\n"
	for key, want := range map[string]int64{"max ": 12, "oom_kill ": 2} {
		if got, err := numberAfter(events, key); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", key, got, err, want)
		}
	}
	if got, err := numberAfter("4096\n", ""); err != nil || got != 4096 {
		t.Errorf("a file of one number: %d, %v", got, err)
	}
	if _, err := numberAfter(events, "peak "); err == nil {
		t.Error("a line that is not there is no error")
	}
}

// TestBox has the kernel end a program that needs more than its box has.
func TestBox(t *testing.T) {
	in, err := newBox(t, 32<<20)
	if err != nil {
		t.Skipf("no memory cgroup can be made here: %v", err)
	}
	for size, wantKills := range map[int]int64{1 << 20: 0, 64 << 20: 1} {
		before, err := in.said()
		noError(t, err)
		err = in.command("dd", "if=/dev/zero", "of=/dev/null", fmt.Sprint("bs=", size), "count=1").Run()
		after, said := in.said()
		noError(t, said)
		if kills := after.Kills - before.Kills; kills != wantKills || (err != nil) != (wantKills > 0) {
			t.Errorf("a program of %d bytes: %v, killed %d times, want %d", size, err, kills, wantKills)
		}
		if after.Limit != 32<<20 || after.Highest < int64(min(size, 32<<20)) || wantKills > 0 && after.Hits == 0 {
			t.Errorf("a program of %d bytes: %+v", size, after)
		}
	}
}

// TestTableOfAnEarlyEnd: what has been measured when an error ends the run is shown.
func TestTableOfAnEarlyEnd(t *testing.T) {
	r := newResult()
	r.Bare, r.BareUsage, r.Ready, r.ReadyUsage = []float64{2}, []usage{{CPU: 1}}, []float64{1}, []usage{{CPU: 0.5, Resident: 3 << 20}}
	var out bytes.Buffer
	if err := r.table(&out); err != nil || !strings.Contains(out.String(), "1.00 s of [1.00], 0.50 of the bare reflector") {
		t.Errorf("%v:\n%s", err, &out)
	}
}
