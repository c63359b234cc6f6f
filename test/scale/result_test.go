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
	// Objects were written in LoadSeconds, of which Copied are pods that went straight to etcd; PodBytes is the average pod, as protobuf.
	Objects     int64   `json:"objects"`
	Copied      int64   `json:"copied"`
	LoadSeconds float64 `json:"loadSeconds"`
	PodBytes    int64   `json:"podBytes"`

	// Bare and Ready are the times of every start, in seconds, and the usages are those at their ends.
	Bare       []float64 `json:"bareSeconds"`
	BareUsage  []usage   `json:"bareUsage"`
	Ready      []float64 `json:"readySeconds"`
	ReadyUsage []usage   `json:"readyUsage"`
	AtRest     usage     `json:"atRest"`
	RestCPU    float64   `json:"restCPUPerSecond"`

	Series   int        `json:"series"`
	Families []family   `json:"families"`
	Scrapes  []*scrapes `json:"scrapes"`
	Steady   usage      `json:"steady"`

	Changes []*atRate `json:"changes"`
	AtEnd   usage     `json:"atEnd"`
	// Memory is nil where no limit was asked for.
	Memory *boxed `json:"memory,omitempty"`
}

// rows writes lines of two columns.
type rows struct{ *tabwriter.Writer }

func (w rows) row(what, format string, args ...any) {
	fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprintf(format, args...))
}

// table writes the result for a person.
func (r *result) table(out io.Writer) error {
	o := &r.Options
	fmt.Fprintf(out, "%d pods of %d bytes, %d namespaces, %d objects, seed %d, %d CPUs, load %s, then %s\n",
		o.Pods, r.PodBytes, o.size().Namespaces, r.Objects, o.Seed, r.CPUs, r.LoadBefore, r.LoadAfter)
	w := rows{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	w.row("written", "in %.0f s, %d pods of them straight to etcd", r.LoadSeconds, r.Copied)
	r.starts(w)
	w.row("CPU at rest", "%.3f a second", r.RestCPU)
	w.row("resident at rest, never scraped", "%s, peak %s", mebibytes(r.AtRest.Resident), mebibytes(r.AtRest.Peak))
	w.row("resident after the scrapes: steady", "%s, peak %s", mebibytes(r.Steady.Resident), mebibytes(r.Steady.Peak))
	w.row("resident after the changes", "%s, peak %s", mebibytes(r.AtEnd.Resident), mebibytes(r.AtEnd.Peak))
	if r.Memory != nil {
		w.row("memory limit", "%s", r.Memory.row())
	}
	w.row("series", "%d", r.Series)
	for _, s := range r.Scrapes {
		w.row("scrape, "+s.Encoding, "p50 %.1f ms, p99 %.1f ms, worst %.1f ms, CPU %.1f ms, %d bytes; the machine idle %.0f %%",
			s.P50, s.P99, s.Worst, s.CPU, s.Bytes, s.Idle*100)
		w.row("the same, without and with a collection of garbage", "%d: p50 %.1f ms, p99 %.1f ms; %d: p50 %.1f ms, p99 %.1f ms",
			s.Undisturbed.Count, s.Undisturbed.P50, s.Undisturbed.P99, s.Collecting.Count, s.Collecting.P50, s.Collecting.P99)
		w.row("the same, while the machine was its usual self", "%d: p50 %.1f ms, p99 %.1f ms; the fixed work of the harness: p50 %.2f ms, p99 %.2f ms",
			s.Usual.Count, s.Usual.P50, s.Usual.P99, s.Pace.P50, s.Pace.P99)
	}
	for _, f := range r.Families[:min(biggest, len(r.Families))] {
		w.row("text of "+f.Name, "%d bytes, %d series", f.Bytes, f.Series)
	}
	for _, c := range r.Changes {
		c.rows(w)
	}
	return w.Flush()
}

// starts writes what the starts have cost.
func (r *result) starts(w rows) {
	bare, ready := median(r.Bare), median(r.Ready)
	lastBare, last := r.BareUsage[len(r.BareUsage)-1], r.ReadyUsage[len(r.ReadyUsage)-1]
	w.row("bare reflector, synced", "%.2f s of %.2f; CPU %.2f s, resident %s, peak %s",
		bare, r.Bare, lastBare.CPU, mebibytes(lastBare.Resident), mebibytes(lastBare.Peak))
	w.row("exporter, ready", "%.2f s of %.2f, %.2f of the bare reflector", ready, r.Ready, ready/bare)
	w.row("CPU until ready", "%.2f s", last.CPU)
	var peaks []string
	for _, u := range r.ReadyUsage {
		peaks = append(peaks, mebibytes(u.Peak))
	}
	w.row("resident when ready", "%s, peak of each start %s", mebibytes(last.Resident), strings.Join(peaks, ", "))
}

// rows writes what one rate of changes has cost.
func (a *atRate) rows(w rows) {
	for _, c := range []struct {
		what string
		*changing
	}{{"without scrapes", a.Watching}, {"while scraped", a.WhileScraped}} {
		w.row(fmt.Sprintf("%d changes a second, %s", a.Wanted, c.what),
			"%.0f a second reached: CPU %.3f cores, %.2f ms a change, %d scrapes; the machine idle %.0f %%, the API server %.0f ms behind in the end, %d watches ended",
			c.Rate, c.CPU, c.CPU/c.Rate*1000, c.Scrapes, c.Idle*100, c.Behind, c.Ended)
	}
	w.row(fmt.Sprintf("%d changes a second, write to gauge", a.Wanted),
		"p50 %.0f ms, p99 %.0f ms, worst %.0f ms of %d; at the median up to %.0f ms too high; the API server's watch alone: p50 %.0f ms, p99 %.0f ms; from there: p50 %.0f ms, p99 %.0f ms",
		a.P50, a.P99, a.Worst, a.Latencies, a.Vagueness, a.WatchP50, a.WatchP99, a.RestP50, a.RestP99)
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
