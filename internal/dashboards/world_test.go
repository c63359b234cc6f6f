package dashboards

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/collector"
)

// minutes is how much of the past a world has.
const minutes = 190

// world is what a Prometheus has: series of one sample a minute, in the notation of promtool's unit tests.
type world struct {
	Series []inputSeries
}

type inputSeries struct {
	Series string `json:"series"`
	Values string `json:"values"`
}

func (w *world) add(name, labels, values string) {
	w.Series = append(w.Series, inputSeries{name + "{" + labels + "}", values})
}

func always(value string) string { return fmt.Sprintf("%sx%d", value, minutes) }

var sampleLine = regexp.MustCompile(`^(\w+)(?:\{(.*)\})? (\S+)$`)

// demo adds what an exporter says of the recorded cluster, as a target with these labels. double doubles every number.
func (w *world) demo(t *testing.T, target string, double bool) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "collector/testdata/demo.prom"))
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(content)) {
		m := sampleLine.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil {
			continue
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		if double {
			value *= 2
		}
		w.add(m[1], honoured(m[2], target), always(strconv.FormatFloat(value, 'f', -1, 64)))
	}
	w.self(target)
	w.add("kube_posture_check_panics_total", honoured(`check="pods_privileged"`, target), always("0"))
	// The newest offenders, one of the whole cluster.
	w.add("kube_posture_finding", honoured(`check="pods_privileged",namespace="production",kind="Deployment",name="new"`, target), "_x170 3x20")
	w.add("kube_posture_finding", honoured(`check="rbac_bindings_stale",namespace="",kind="ClusterRoleBinding",name="new"`, target), "_x170 1x20")
}

// self adds what is there of a target before anything is known about posture.
func (w *world) self(target string) {
	for name, value := range map[string]string{
		"up": "1", "scrape_duration_seconds": "0.1", "scrape_samples_scraped": "1000", "process_resident_memory_bytes": "50000000", "go_goroutines": "50",
		"process_start_time_seconds": "1", "process_cpu_seconds_total": "0+1",
	} {
		w.add(name, honoured("", target), always(value))
	}
	w.add("kube_posture_build_info", honoured(`version="1",revision="r",goversion="g",goos="o",goarch="a"`, target), always("1"))
	w.add("kube_posture_compute_duration_seconds_bucket", honoured(`le="0.1"`, target), always("0+1"))
	w.add("kube_posture_compute_duration_seconds_bucket", honoured(`le="+Inf"`, target), always("0+1"))
}

// others adds what cAdvisor and kube-state-metrics say.
func (w *world) others(target string) {
	for _, c := range []string{"app", "sidecar"} {
		labels := honoured(`namespace="production",pod="p",container="`+c+`"`, target)
		w.add("container_memory_working_set_bytes", labels, always("100+1"))
		w.add("container_cpu_usage_seconds_total", labels, always("0+3"))
		for _, r := range []string{"cpu", "memory"} {
			w.add("kube_pod_container_resource_limits", labels+`,resource="`+r+`"`, always("2"))
			w.add("kube_pod_container_resource_requests", labels+`,resource="`+r+`"`, always("1"))
		}
	}
}

// honoured are the labels of a sample with those that its target adds, as Prometheus does it with honor_labels.
func honoured(own, target string) string {
	list := []string{}
	if own != "" {
		list = append(list, own)
	}
	for _, l := range strings.Split(target, ",") {
		name, _, _ := strings.Cut(l, "=")
		if l != "" && !strings.HasPrefix(own, name+"=") && !strings.Contains(own, ","+name+"=") {
			list = append(list, l)
		}
	}
	return strings.Join(list, ",")
}

// answer is what a query answers: values by labels.
type answer map[string]float64

var (
	failed = regexp.MustCompile(`(?s)\n    expr: ("(?:[^"\\]|\\.)*"), time: ([^,]+),(.*?)got:([^\n]*)`)
	sample = regexp.MustCompile(`\{([^}]*)\} (\S+?)(?:,|$)`)
)

// ask lets promtool evaluate the recording rules over the world, and then the queries. It only tells what it did not expect, so it is told to
// expect nothing.
func (w *world) ask(t *testing.T, queries []string, at string) map[string]answer {
	t.Helper()
	tool := promtool(t)
	rulesFile, err := filepath.Abs(filepath.Join(root, "alerts/kube-posture-recording.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	type question struct {
		Expr string `json:"expr"`
		At   string `json:"eval_time"`
	}
	var questions []question
	for _, q := range queries {
		questions = append(questions, question{q, at})
	}
	content, err := json.Marshal(map[string]any{
		"rule_files": []string{rulesFile}, "evaluation_interval": "1m",
		"tests": []any{map[string]any{"interval": "1m", "input_series": w.Series, "promql_expr_test": questions}},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tool, "test", "rules", path).CombinedOutput()
	if err == nil {
		return nil
	}
	if strings.Contains(string(out), "err:") || !strings.Contains(string(out), "FAILED") {
		t.Fatalf("promtool test rules: %v\n%.4000s", err, out)
	}
	answers := map[string]answer{}
	for _, m := range failed.FindAllStringSubmatch(string(out), -1) {
		var expr string
		if err := json.Unmarshal([]byte(m[1]), &expr); err != nil {
			t.Fatalf("%s: %v", m[1], err)
		}
		answers[expr] = answer{}
		for _, s := range sample.FindAllStringSubmatch(m[4], -1) {
			value, err := strconv.ParseFloat(s[2], 64)
			if err != nil {
				t.Fatalf("%q: %v", s[0], err)
			}
			answers[expr][s[1]] = value
		}
	}
	if len(answers) == 0 {
		t.Fatalf("nothing is understood of\n%.2000s", out)
	}
	return answers
}

// labelNames are the names in the text of labels.
func labelNames(labels string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`(\w+)="(?:[^"\\]|\\.)*"`).FindAllStringSubmatch(labels, -1) {
		names = append(names, m[1])
	}
	return names
}

// without takes a label out of the labels of an answer.
func (a answer) without(label string) answer {
	found := regexp.MustCompile(`(^|, )` + label + `="[^"]*"`)
	out := answer{}
	for labels, value := range a {
		out[strings.TrimPrefix(found.ReplaceAllString(labels, ""), ", ")] = value
	}
	return out
}

// ranked has the values by their rank instead of by labels.
func (a answer) ranked() answer {
	values := slices.Sorted(maps.Values(a))
	out := answer{}
	for i, v := range values {
		out[strconv.Itoa(i)] = v
	}
	return out
}

// like compares two answers up to the order in which numbers were added.
func (a answer) like(b answer) bool {
	if len(a) != len(b) {
		return false
	}
	for labels, value := range a {
		other, ok := b[labels]
		if !ok || math.Abs(value-other) > 1e-9*math.Max(math.Abs(value), 1) {
			return false
		}
	}
	return true
}

// expressions lists what every panel asks, with these clusters chosen, and who asks it.
func expressions(t *testing.T, cluster string) ([]string, map[string]Query) {
	t.Helper()
	var list []string
	queries := map[string]Query{}
	for _, d := range made(t) {
		vars := d.Everything()
		vars["cluster"] = cluster
		for _, q := range d.Queries() {
			if q.Type == "variable" || q.Type == "annotation" {
				continue
			}
			expr := Expand(q.Expr, vars)
			if _, ok := queries[expr]; !ok {
				list = append(list, expr)
			}
			if known, ok := queries[expr]; !ok || known.MayBeEmpty != "" {
				queries[expr] = q
			}
		}
	}
	return list, queries
}

// blind adds an exporter that has seen nothing yet.
func (w *world) blind(target string) {
	w.self(target)
	for _, kind := range []string{"pods", "namespaces"} {
		w.add(collector.Namespace+"informer_synced", honoured(`resource="`+kind+`"`, target), always("0"))
	}
	w.add(collector.Namespace+"config_last_reload_successful", honoured("", target), always("1"))
}
