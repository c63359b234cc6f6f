package hostile

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kube-posture/kube-posture-exporter/test/world"
)

const (
	// limit is the chart's memory limit for clusters of up to 10,000 pods, and goLimit what the
	// exporter makes of it in a container.
	limit   = 256 << 20
	goLimit = limit / 100 * 85
	// scrapes is how many scrapes are averaged.
	scrapes = 30
	// most is how many times the quiet cluster's processor time a scrape may take. The goal is 2;
	// up to four times as many objects, and the 20,000 findings that are shown at most, take up to
	// 7.
	most     = 10
	patience = 5 * time.Minute
)

// figures are what one run of the exporter cost.
type figures struct {
	// first is the processor time in seconds until the first scrape is answered, scrape that of
	// each one after it.
	first, scrape float64
	// peak is the greatest resident memory in bytes.
	peak int64
	// others are the series about namespaces that are not flooded.
	others []string
}

// TestHostile floods one namespace after the other.
func TestHostile(t *testing.T) {
	if goruntime.GOOS != "linux" {
		t.Skip("what a process takes is read from /proc")
	}
	if testing.Short() {
		t.Skip("it runs the exporter as a process of its own")
	}
	full := os.Getenv("HOSTILE") == "full"
	size, share := world.Size{Namespaces: 20, Pods: 1000, Policies: 10, Bindings: 4, Nodes: 10}, 20
	if full {
		size, share = world.Size{Namespaces: 100, Pods: 10_000, Policies: 10, Bindings: 4, Nodes: 100}, 1
	}
	binary := build(t)
	quiet := measure(t, binary, size, nil)
	t.Logf("| flood | n | CPU until the first answer | CPU of a scrape | times quiet | peak MiB |")
	row := func(name string, n int, f *figures) {
		t.Logf("| %s | %d | %.2f s | %.1f ms | %.2f | %d |", name, n, f.first, f.scrape*1000, f.scrape/quiet.scrape, f.peak>>20)
	}
	row("none", 0, &quiet)
	for _, flood := range floods {
		n := max(flood.n/share, 5)
		t.Run(flood.name, func(t *testing.T) {
			got := measure(t, binary, size, flood.make(n))
			row(flood.name, n, &got)
			if !slices.Equal(got.others, quiet.others) {
				t.Errorf("series of other namespaces are not what they are without the flood: %s", difference(quiet.others, got.others))
			}
			if full && got.scrape > most*quiet.scrape {
				t.Errorf("a scrape takes %.1f ms, more than %d times the %.1f of the quiet cluster", got.scrape*1000, most, quiet.scrape*1000)
			}
			if got.peak > limit {
				t.Errorf("%d MiB are resident, more than the limit", got.peak>>20)
			}
		})
	}
}

// measure runs the exporter on a cluster that one namespace of is flooded.
func measure(t *testing.T, binary string, size world.Size, more []runtime.Object) (f figures) {
	t.Helper()
	objects := append([]runtime.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: evil}}}, more...)
	world.New(1, size).Objects(func(o runtime.Object) { objects = append(objects, o) })
	address := freeAddress(t)
	cmd := exec.Command(binary, "--kubeconfig="+serve(t, objects), "--web.listen-address="+address)
	cmd.Env = append(os.Environ(), fmt.Sprint("GOMEMLIMIT=", goLimit))
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("--- end of the exporter's log:\n%s", log.Bytes()[max(0, log.Len()-2000):])
		}
	}()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if _, err := get("http://" + address + "/-/ready"); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("the exporter is not ready after %s: %v", patience, err)
		}
	}
	text := scrape(t, address)
	f.first, _ = usage(t, cmd.Process.Pid)
	for range scrapes {
		text = scrape(t, address)
	}
	var all float64
	all, f.peak = usage(t, cmd.Process.Pid)
	f.scrape = (all - f.first) / scrapes
	f.others = others(text)
	return f
}

// others are the series about single namespaces other than the flooded one, but for two families:
// findings are limited, and the flooded namespace is one that others may be reached from.
func others(text []byte) (out []string) {
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "kube_posture_") && strings.Contains(line, `namespace="team-`) &&
			!strings.HasPrefix(line, "kube_posture_finding{") && !strings.HasPrefix(line, "kube_posture_namespace_reachable_from") {
			out = append(out, line)
		}
	}
	return out
}

func difference(want, got []string) string {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return fmt.Sprintf("want %s got %s", want[i], got[i])
		}
	}
	return fmt.Sprintf("%d series instead of %d", len(got), len(want))
}

func scrape(t *testing.T, address string) []byte {
	t.Helper()
	text, err := get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func get(url string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, bytes.TrimSpace(body))
	}
	return body, err
}

// usage asks the kernel for the processor time in seconds and the greatest resident memory in
// bytes.
func usage(t *testing.T, pid int) (cpu float64, peak int64) {
	t.Helper()
	const ticks = 100 // a second, on every Linux that Go runs on
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(proc, "stat"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	for _, field := range fields[11:13] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			t.Fatal(err)
		}
		cpu += n / ticks
	}
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &peak); err != nil {
		t.Fatal(err)
	}
	return cpu, peak << 10
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// build is the exporter's binary: HOSTILE_BINARY, or one that is made now.
func build(t *testing.T) string {
	t.Helper()
	if given := os.Getenv("HOSTILE_BINARY"); given != "" {
		return given
	}
	binary := filepath.Join(t.TempDir(), "kube-posture-exporter")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "../../cmd/kube-posture-exporter")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the exporter: %v\n%s", err, bytes.TrimSpace(output))
	}
	return binary
}
