package leaks

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
	// LoadBefore and LoadAfter are the machine's load.
	LoadBefore string  `json:"loadBefore"`
	LoadAfter  string  `json:"loadAfter"`
	Seconds    float64 `json:"seconds"`
	// CPU is the exporter's, in seconds.
	CPU float64 `json:"cpuSeconds"`

	// Taken is how many events the exporter has taken as such; Skipped happened while it did not watch, and came to it as lists.
	Taken   int64 `json:"eventsTaken"`
	Skipped int64 `json:"eventsSkipped"`
	Objects int   `json:"objects"`
	kinds   int
	Pods    int `json:"pods"`
	Lists   int `json:"lists"`
	Resumed int `json:"watchesResumed"`
	Expired int `json:"watchesExpired"`
	Cuts    int `json:"connectionsCut"`

	Scrapes int `json:"scrapes"`
	// Deleted is how many names were deleted for ever; Checks how many times one was looked for in a scrape that must not have it.
	Deleted int   `json:"namesDeleted"`
	Checks  int64 `json:"absenceChecks"`

	Trends  []trend  `json:"trends"`
	Samples []sample `json:"samples"`
}

// table writes the result for a person.
func (r *result) table(out io.Writer) error {
	fmt.Fprintf(out, "%d events taken in %.0f s, %.0f a second, exporter %.1f µs CPU each; seed %d, %d CPUs, load %s, then %s\n",
		r.Taken, r.Seconds, float64(r.Taken)/r.Seconds, r.CPU/float64(r.Taken)*1e6, r.Options.Seed, r.CPUs, r.LoadBefore, r.LoadAfter)
	fmt.Fprintf(out, "%d objects, %d of them pods; %d lists, %d watches resumed, %d expired, every connection cut %d times, %d events skipped by lists\n",
		r.Objects, r.Pods, r.Lists, r.Resumed, r.Expired, r.Cuts, r.Skipped)
	fmt.Fprintf(out, "%d scrapes; %d names deleted for ever, looked for %d times\n", r.Scrapes, r.Deleted, r.Checks)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\t")
	of := r.tenths()
	for _, s := range of {
		fmt.Fprintf(w, "%.2gM\t", float64(s.Events)/1e6)
	}
	fmt.Fprintln(w, "2nd fifth\tlast fifth\tat most\ta million events\t")
	for i, q := range quantities() {
		fmt.Fprintf(w, "%s\t", q.name)
		for _, s := range of {
			fmt.Fprintf(w, "%.4g\t", q.of(&s)/q.unit)
		}
		t := &r.Trends[i]
		fmt.Fprintf(w, "%.4g\t%.4g\t%.4g\t%+.2g\t\n", t.Before, t.After, t.Most, t.Slope)
	}
	return w.Flush()
}

// tenths are the first sample after each tenth of the events.
func (r *result) tenths() (some []sample) {
	for _, s := range r.Samples {
		if s.Events >= r.Samples[len(r.Samples)-1].Events*int64(len(some)+1)/10 {
			some = append(some, s)
		}
	}
	return some
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

// load is the machine's load average over 1, 5 and 15 minutes.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
