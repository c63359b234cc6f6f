package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// figure is a time over all rounds, in milliseconds.
type figure struct {
	Median float64 `json:"medianMs"`
	Worst  float64 `json:"worstMs"`
}

func took(q query) time.Duration { return q.took }

func used(q query) time.Duration { return q.cpu }

func figureOf(queries []query, of func(query) time.Duration) figure {
	var sorted []time.Duration
	for _, q := range queries {
		sorted = append(sorted, of(q))
	}
	slices.Sort(sorted)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return figure{ms(sorted[len(sorted)/2]), ms(sorted[len(sorted)-1])}
}

// row is what one rule costs.
type row struct {
	Group    string `json:"group"`
	Rule     string `json:"rule"`
	Severity string `json:"severity,omitempty"`
	// Query is the time in the engine, and CPU the processor time; Whole has what is recorded, or the alerts' state, in it.
	Query figure `json:"query"`
	CPU   figure `json:"cpu"`
	Whole figure `json:"whole"`
	// Samples are what the query read, Peak what it held at once, Series what it returned, in the last round.
	Samples int `json:"samples"`
	Peak    int `json:"peakSamples"`
	Series  int `json:"series"`

	queries, wholes []query
}

// phase are the rounds over one state of the head.
type phase struct {
	Name string `json:"name"`
	// Round is the time of all queries of a round, and CPU their processor time; Whole is that of all rules.
	Round   figure            `json:"round"`
	CPU     figure            `json:"cpu"`
	Whole   figure            `json:"whole"`
	Groups  map[string]figure `json:"groups"`
	Rows    []row             `json:"rules"`
	Samples int               `json:"samples"`
	Peak    int               `json:"peakSamples"`
	Blocks  int               `json:"blocks"`
	Head    uint64            `json:"headSeries"`
	Bytes   int64             `json:"bytes"`
	// Load is the load of the machine at the beginning and LoadAfter at the end.
	Load      string `json:"load"`
	LoadAfter string `json:"loadAfter"`

	rounds, wholes []query
}

// result is everything that is measured.
type result struct {
	Parameters parameters `json:"parameters"`
	CPUs       int        `json:"cpus"`
	// Series is how many different ones the year has, scraped or recorded; Findings are those of one exporter at one moment.
	Series    int        `json:"seriesOfTheYear"`
	Findings  int        `json:"findings"`
	Phases    []*phase   `json:"phases"`
	Lookbacks []lookback `json:"lookbacks"`
}

func newResult(c *cluster) *result {
	return &result{Parameters: c.parameters, CPUs: runtime.GOMAXPROCS(0), Series: len(c.series), Findings: c.findings}
}

// note adds what a rule cost in one round.
func (p *phase) note(rules, i int, q query, whole time.Duration) {
	if p.Rows == nil {
		p.Rows = make([]row, rules)
	}
	r := &p.Rows[i]
	r.Samples, r.Peak, r.Series = q.samples, q.peak, q.series
	r.queries, r.wholes = append(r.queries, q), append(r.wholes, query{took: whole})
}

// settle computes the figures when all rounds are done.
func (p *phase) settle(m *measurement) {
	groups := make(map[string][]query)
	for i := range p.Rows {
		r := &p.Rows[i]
		r.Group, r.Rule, r.Severity = m.c.rules[i].Group, m.c.rules[i].Name, m.c.rules[i].Severity
		r.Query, r.CPU, r.Whole = figureOf(r.queries, took), figureOf(r.queries, used), figureOf(r.wholes, took)
		p.Samples += r.Samples
		p.Peak = max(p.Peak, r.Peak)
		sums := groups[r.Group]
		if sums == nil {
			sums = make([]query, len(r.queries))
			groups[r.Group] = sums
		}
		for n, q := range r.queries {
			sums[n].took += q.took
		}
	}
	p.Groups = make(map[string]figure)
	for name, times := range groups {
		p.Groups[name] = figureOf(times, took)
	}
	p.Round, p.CPU, p.Whole = figureOf(p.rounds, took), figureOf(p.rounds, used), figureOf(p.wholes, took)
	p.Blocks, p.Head, p.Bytes, p.LoadAfter = len(m.db.Blocks()), m.db.Head().NumSeries(), size(m.dir), load()
}

// size is how many bytes a directory holds.
func size(dir string) int64 {
	var n int64
	// What disappears while it is counted does not count.
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}

// table writes the result for a person.
func (r *result) table(out io.Writer) error {
	fmt.Fprintf(out, "%d namespaces, %d workloads, %d exporters, %d findings each, %d days, %d series in all, %d CPUs\n",
		r.Parameters.Namespaces, r.Parameters.Workloads, r.Parameters.Replicas, r.Findings, r.Parameters.Days, r.Series, r.CPUs)
	for _, p := range r.Phases {
		fmt.Fprintf(out, "\n%s: %d series in the head, %d blocks, %d MiB; load %s, then %s\n", p.Name, p.Head, p.Blocks, p.Bytes>>20, p.Load, p.LoadAfter)
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "query ms\tworst\tCPU ms\twith recording\tsamples\tpeak\tresult\t rule\t")
		for i, row := range p.Rows {
			if i == 0 || p.Rows[i-1].Group != row.Group {
				g := p.Groups[row.Group]
				fmt.Fprintf(w, "%.1f\t%.1f\t\t\t\t\t\t [%s]\t\n", g.Median, g.Worst, row.Group)
			}
			fmt.Fprintf(w, "%.1f\t%.1f\t%.1f\t%.1f\t%d\t%d\t%d\t %s %s\t\n",
				row.Query.Median, row.Query.Worst, row.CPU.Median, row.Whole.Median, row.Samples, row.Peak, row.Series, row.Rule, row.Severity)
		}
		fmt.Fprintf(w, "%.1f\t%.1f\t%.1f\t%.1f\t%d\t%d\t\t a round\t\n", p.Round.Median, p.Round.Worst, p.CPU.Median, p.Whole.Median, p.Samples, p.Peak)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	for _, l := range r.Lookbacks {
		if l.Series == 0 {
			fmt.Fprintf(out, "nothing is found by %s in %s\n", l.Selector, l.Rule)
		}
	}
	return nil
}

// write writes the result for a program.
func (r *result) write(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
