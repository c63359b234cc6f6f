package scale

import (
	"strings"
	"testing"
	"time"
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
	if got := series(text); got != 4 {
		t.Errorf("%d series, want 4", got)
	}
	kept := only(text, markerGauge)
	for namespace, want := range map[string]float64{"marker-1": 2, "marker-10": 1, "marker-3": -1} {
		if got := value(kept, namespace); got != want {
			t.Errorf("%s has %v, want %v", namespace, got, want)
		}
	}
}
