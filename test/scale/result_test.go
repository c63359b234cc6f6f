package scale

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// result is everything that is measured. doc.go says what the figures mean.
type result struct {
	Options options `json:"options"`
	CPUs    int     `json:"cpus"`
	// LoadBefore and LoadAfter are the machine's load before the first start, and in the end; the loading of the cluster is over by then.
	LoadBefore string `json:"loadBefore"`
	LoadAfter  string `json:"loadAfter"`
	// Objects were written in LoadSeconds; PodBytes is the average pod, as protobuf.
	Objects     int64   `json:"objects"`
	LoadSeconds float64 `json:"loadSeconds"`
	PodBytes    int64   `json:"podBytes"`

	// Bare and Ready are the times of every start, in seconds.
	Bare      []float64 `json:"bareSeconds"`
	BareUsage usage     `json:"bareUsage"`
	Ready     []float64 `json:"readySeconds"`
	AtReady   usage     `json:"atReady"`
	AtRest    usage     `json:"atRest"`
	RestCPU   float64   `json:"restCPUPerSecond"`

	Series  int        `json:"series"`
	Scrapes []*scrapes `json:"scrapes"`
	Steady  usage      `json:"steady"`

	Watching     *changing `json:"watching"`
	WhileScraped *changing `json:"whileScraped"`
	Latencies    int       `json:"latencies"`
	LatencyP50   float64   `json:"latencyP50Ms"`
	LatencyP99   float64   `json:"latencyP99Ms"`
	LatencyWorst float64   `json:"latencyWorstMs"`
	// Vagueness is by how much a latency may be too high, at the median.
	Vagueness float64 `json:"latencyVaguenessMs"`
	AtEnd     usage   `json:"atEnd"`
}

// table writes the result for a person.
func (r *result) table(out io.Writer) error {
	o := &r.Options
	fmt.Fprintf(out, "%d pods of %d bytes, %d objects, seed %d, %d CPUs, load %s, then %s\n",
		o.Pods, r.PodBytes, r.Objects, o.Seed, r.CPUs, r.LoadBefore, r.LoadAfter)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(what, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	bare, ready := median(r.Bare), median(r.Ready)
	row("bare reflector, synced", "%.2f s of %.2f; CPU %.2f s, resident %s", bare, r.Bare, r.BareUsage.CPU, mebibytes(r.BareUsage.Resident))
	row("exporter, ready", "%.2f s of %.2f, %.2f of the bare reflector", ready, r.Ready, ready/bare)
	row("CPU until ready", "%.2f s", r.AtReady.CPU)
	row("CPU at rest", "%.3f a second", r.RestCPU)
	row("resident when ready", "%s, peak %s", mebibytes(r.AtReady.Resident), mebibytes(r.AtReady.Peak))
	row("resident at rest, never scraped", "%s", mebibytes(r.AtRest.Resident))
	row("resident after the scrapes: steady", "%s, peak %s", mebibytes(r.Steady.Resident), mebibytes(r.Steady.Peak))
	row("resident after the changes", "%s, peak %s", mebibytes(r.AtEnd.Resident), mebibytes(r.AtEnd.Peak))
	row("series", "%d", r.Series)
	for _, s := range r.Scrapes {
		row("scrape, "+s.Encoding, "p50 %.1f ms, p99 %.1f ms, worst %.1f ms, CPU %.1f ms, %d bytes", s.P50, s.P99, s.Worst, s.CPU, s.Bytes)
	}
	for _, c := range []struct {
		what string
		*changing
	}{{"without scrapes", r.Watching}, {"while scraped", r.WhileScraped}} {
		row("changes, "+c.what, "%.0f a second of %d: CPU %.3f a second, %.2f ms a change, %d scrapes; the machine idle %.0f %%",
			c.Rate, o.Changes, c.CPU, c.CPU/c.Rate*1000, c.Scrapes, c.Idle*100)
	}
	row("write to gauge", "p50 %.0f ms, p99 %.0f ms, worst %.0f ms of %d; at the median up to %.0f ms too high",
		r.LatencyP50, r.LatencyP99, r.LatencyWorst, r.Latencies, r.Vagueness)
	return w.Flush()
}

// write writes the result for a program.
func (r *result) write(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// load is the machine's load average over 1, 5 and 15 minutes.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
