package app

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
	"github.com/kube-posture/kube-posture-exporter/internal/rbac"
)

const rootPods = `pods_running_as_root{evidence="declared",namespace="shop"}`

func TestDemo(t *testing.T) {
	o := options()
	o.Demo = true
	s := start(t, o)
	m := s.scrape()
	for _, key := range []string{"config_last_reload_successful", `informer_synced{resource="pods"}`, `cluster_info{kubernetes_version="unknown"}`} {
		if !m.has(key, 1) {
			t.Errorf("%s is not 1", key)
		}
	}
	for _, c := range check.Catalog() {
		family := "kube_posture_" + c.ID
		// The recording has no DaemonSets, so that nobody can tell who enforces policies.
		if m.families[family] == nil && c.ID != "network_policies_unenforced" {
			t.Errorf("the recording has nothing to say of %s", c.ID)
		}
		sum := 0.0
		for _, result := range []string{"pass", "fail", "exempt", "unknown"} {
			n, ok := m.value(`check_resources{check="` + c.ID + `",result="` + result + `"}`)
			if !ok {
				t.Errorf("%s: no %s", c.ID, result)
			}
			sum += n
		}
		if sum == 0 {
			t.Errorf("%s judges nothing in the recording", c.ID)
		}
	}
	for _, path := range []string{"/", "/metrics"} {
		response, err := http.Head(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := read(t, response); status != http.StatusOK || body != "" {
			t.Errorf("HEAD %s: %d %q", path, status, body)
		}
	}
	if _, there := m.value(`snapshot_skipped{reason="broken"}`); !there {
		t.Error("nothing is said about what the recording has that is not served")
	}
}

// TestLandingPageSaysWhatAScrapeSays compares the two for every check.
func TestLandingPageSaysWhatAScrapeSays(t *testing.T) {
	o := options()
	o.Demo = true
	s := start(t, o)
	status, page := s.get("/")
	if status != http.StatusOK || !strings.Contains(page, "Watching the built-in recording of a real cluster since") {
		t.Fatalf("%d %s", status, page)
	}
	m := s.scrape()
	for _, c := range check.Catalog() {
		_, row, found := strings.Cut(page, "<summary>"+c.ID+"</summary>")
		if !found {
			t.Errorf("no row for %s", c.ID)
			continue
		}
		row, _, _ = strings.Cut(row, "</tr>")
		for label, result := range map[string]string{"failing": "fail", "exempt": "exempt", "unknown": "unknown"} {
			n, _ := m.value(`check_resources{check="` + c.ID + `",result="` + result + `"}`)
			_, cell, _ := strings.Cut(row, `data-label="`+label+`">`)
			if cell, _, _ = strings.Cut(cell, "<"); cell != strconv.Itoa(int(n)) {
				t.Errorf("%s: %s %q on the page, %v in the metrics", c.ID, label, cell, n)
			}
		}
	}
}

func TestSnapshotIsFollowed(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/cluster/namespace.yaml", namespace)
	write(t, dir+"/cluster/pod.yaml", pod("a", true))
	o := options()
	o.Snapshots = []string{dir + "/cluster"}
	s := start(t, o)
	if m := s.scrape(); !m.has(rootPods, 1) {
		t.Fatalf("a pod that is told to run as root does not count: %v", m.samples)
	}
	write(t, dir+"/cluster/pod.yaml", pod("a", false))
	s.await("the changed file changes the gauge", func() bool { return s.scrape().has(rootPods, 0) })
	write(t, dir+"/cluster/more.yaml", pod("b", true)+"---\n"+pod("c", true))
	s.await("a new file changes the gauge", func() bool { return s.scrape().has(rootPods, 2) })
	if err := os.Remove(dir + "/cluster/more.yaml"); err != nil {
		t.Fatal(err)
	}
	s.await("a file that is gone changes the gauge", func() bool { return s.scrape().has(rootPods, 0) })
	if status, page := s.get("/"); status != http.StatusOK || !strings.Contains(page, "the manifests in "+dir+"/cluster") {
		t.Errorf("the landing page does not say what is watched: %d %s", status, page)
	}
}

func TestBrokenDocumentAmongGoodOnes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/all.yaml", namespace+"---\n"+pod("a", true)+"---\nkind: [broken\n---\n"+pod("b", true)+"---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n")
	o := options()
	o.Snapshots = []string{dir}
	s := start(t, o)
	m := s.scrape()
	for key, want := range map[string]float64{
		rootPods: 2, `snapshot_skipped{reason="broken"}`: 1, `snapshot_skipped{reason="unknown_kind"}`: 1,
		`check_resources{check="pods_running_as_root",result="fail"}`: 2,
	} {
		if got, ok := m.value(key); !ok || got != want {
			t.Errorf("%s: got %v (there: %v), want %v", key, got, ok, want)
		}
	}
	log := s.log.String()
	if want := "file=" + dir + "/all.yaml document=3 line=10"; !strings.Contains(log, want) {
		t.Errorf("the log does not name the broken document, as %s:\n%s", want, log)
	}
	if _, page := s.get("/"); !strings.Contains(page, "1 broken file, document or object of the snapshot is left out; the log names it.") {
		t.Errorf("the landing page does not tell:\n%s", page)
	}
}

// TestHalfSavedSnapshot does what a shell and kubectl do when they save over a file: empty it,
// write some, write the rest.
func TestHalfSavedSnapshot(t *testing.T) {
	dir := t.TempDir()
	file := dir + "/cluster.yaml"
	whole := namespace + "---\n" + pod("a", true) + "---\n" + pod("b", true)
	write(t, file, whole)
	o := options()
	o.Snapshots = []string{file}
	s := start(t, o)
	if m := s.scrape(); !m.has(rootPods, 2) || !m.has("snapshot_incomplete_files", 0) {
		t.Fatalf("before: %v", m.samples)
	}
	for step, content := range []string{"", "# not yet\n", namespace + "---\n" + pod("a", true)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil { // over it, not in its place
			t.Fatal(err)
		}
		s.await("step "+strconv.Itoa(step)+" is in the log", func() bool {
			return strings.Count(s.log.String(), "snapshot file is incomplete: its last good content is served") == step+1
		})
		if m := s.scrape(); !m.has(rootPods, 2) || !m.has("snapshot_incomplete_files", 1) || !m.has(`snapshot_skipped{reason="broken"}`, 1) {
			t.Errorf("step %d: %v", step, m.samples)
		}
	}
	if _, page := s.get("/"); !strings.Contains(page, "1 file of the snapshot is empty, ends too early, or is being written") {
		t.Errorf("the landing page does not tell:\n%s", page)
	}
	write(t, file, whole+"---\n"+pod("c", true))
	s.await("the whole file changes the gauge", func() bool {
		m := s.scrape()
		return m.has(rootPods, 3) && m.has("snapshot_incomplete_files", 0)
	})
}

const exempting = `
exemptions:
  - {name: NAME, checks: [pods_running_as_root], owner: me, reason: test, expires: 2999-01-01}
`

func exemption(name string) string { return strings.Replace(exempting, "NAME", name, 1) }

func exempts(name string) string {
	return `exemption_info{exemption="` + name + `",owner="me",reason="test"}`
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/pods/all.yaml", namespace+"---\n"+pod("a", true))
	write(t, dir+"/config/config.yaml", "")
	o := options()
	o.Snapshots, o.ConfigFile, o.EnableLifecycle = []string{dir + "/pods"}, dir+"/config/config.yaml", true
	s := start(t, o)
	if m := s.scrape(); !m.has(rootPods, 1) {
		t.Fatalf("before: %v", m.samples)
	}
	write(t, o.ConfigFile, exemption("first"))
	if status, body := s.post("/-/reload"); status != http.StatusOK {
		t.Fatalf("reload: %d %s", status, body)
	}
	if m := s.scrape(); !m.has(rootPods, 0) || !m.has(exempts("first"), 1) || !m.has("config_last_reload_successful", 1) {
		t.Errorf("the new configuration is not in force: %v", m.samples)
	}
	write(t, o.ConfigFile, exemption("second")+"findingz: {}\n")
	status, body := s.post("/-/reload")
	if want := "config.yaml:4: findingz: unknown key; did you mean \"findings\"?"; status != http.StatusInternalServerError || !strings.Contains(body, want) {
		t.Errorf("reload of a broken file: %d %s", status, body)
	}
	if m := s.scrape(); !m.has(rootPods, 0) || !m.has(exempts("first"), 1) || !m.has("config_last_reload_successful", 0) {
		t.Errorf("the old configuration is not in force: %v", m.samples)
	}
	if _, page := s.get("/"); !strings.Contains(page, "the configuration file could not be loaded again") {
		t.Error("the landing page does not tell")
	}
}

// TestMountedConfigMap swaps the link that a kubelet swaps, and sends nothing else.
func TestMountedConfigMap(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/pods/all.yaml", namespace+"---\n"+pod("a", true))
	mount := filepath.Join(dir, "mount")
	write(t, mount+"/..1/config.yaml", exemption("first"))
	write(t, mount+"/..2/config.yaml", exemption("second"))
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, mount+"/new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(mount+"/new", mount+"/"+name); err != nil {
			t.Fatal(err)
		}
	}
	link("..1", "..data")
	link("..data/config.yaml", "config.yaml")
	o := options()
	o.Snapshots, o.ConfigFile = []string{dir + "/pods"}, mount+"/config.yaml"
	s := start(t, o)
	if m := s.scrape(); !m.has(exempts("first"), 1) {
		t.Fatalf("before: %v", m.samples)
	}
	link("..2", "..data")
	s.await("the swapped link changes the gauge", func() bool {
		m := s.scrape()
		_, old := m.value(exempts("first"))
		return m.has(exempts("second"), 1) && !old
	})
}

func TestBuiltinAccessNamesAreTheEscalationList(t *testing.T) {
	var names []string
	for _, q := range rbac.EscalationList() {
		names = append(names, q.Name)
	}
	if diff := cmp.Diff(names, config.BuiltinAccessNames()); diff != "" {
		t.Errorf("rbac.EscalationList and config.BuiltinAccessNames differ (-list +names):\n%s", diff)
	}
}
