package leaks

import (
	"fmt"
	"slices"
)

// sample is what one scrape says of the process.
type sample struct {
	// Events is how many the exporter had been sent by then.
	Events  int64   `json:"events"`
	Seconds float64 `json:"seconds"`
	// Resident is VmRSS. Live is what the last collection of garbage has left: Go plans the next one by it.
	Resident   float64 `json:"residentBytes"`
	Live       float64 `json:"liveHeapBytes"`
	InUse      float64 `json:"heapInUseBytes"`
	Goroutines float64 `json:"goroutines"`
	Files      float64 `json:"openFiles"`
	Series     float64 `json:"series"`
	Bytes      int     `json:"scrapeBytes"`
}

// quantity is something that must not grow: not by more than a share and an amount from the second fifth of the events to the last one.
type quantity struct {
	name   string
	of     func(*sample) float64
	share  float64
	amount float64
	unit   float64 // that it is shown in
}

const mebibyte = 1 << 20

// quantities are what is judged. The shares are for what the generator's chance does to the size of the cluster, and the amounts for what a
// scrape or a collection of garbage happens to meet.
func quantities() []quantity {
	return []quantity{
		{"resident, MiB", func(s *sample) float64 { return s.Resident }, 0.10, 4 * mebibyte, mebibyte},
		{"live heap, MiB", func(s *sample) float64 { return s.Live }, 0.10, 2 * mebibyte, mebibyte},
		{"goroutines", func(s *sample) float64 { return s.Goroutines }, 0, 5, 1},
		{"open files", func(s *sample) float64 { return s.Files }, 0, 3, 1},
		{"series", func(s *sample) float64 { return s.Series }, 0.05, 0, 1},
	}
}

// trend is how one quantity has gone.
type trend struct {
	Name string `json:"name"`
	// Before and After are the medians of the second and the last fifth of the events; Most is what After may be.
	Before float64 `json:"secondFifth"`
	After  float64 `json:"lastFifth"`
	Most   float64 `json:"mostAllowed"`
	// Slope is by how much it grows in a million events, by the line that fits best from the second fifth on.
	Slope float64 `json:"perMillionEvents"`
	Grows bool    `json:"grows"`
}

const fifths = 5

// judge says how every quantity has gone. What comes before the second fifth is the warming up: the heap finds its size.
func judge(samples []sample) (trends []trend, err error) {
	if len(samples) == 0 {
		return nil, fmt.Errorf("there are no samples")
	}
	total := samples[len(samples)-1].Events
	fifth := func(n int64) (in []sample) {
		for _, s := range samples {
			if s.Events > total*(n-1)/fifths && s.Events <= total*n/fifths {
				in = append(in, s)
			}
		}
		return in
	}
	second, last := fifth(2), fifth(fifths)
	if len(second) < fifths || len(last) < fifths {
		return nil, fmt.Errorf("%d and %d samples of a fifth of the events say nothing", len(second), len(last))
	}
	warm := slices.DeleteFunc(slices.Clone(samples), func(s sample) bool { return s.Events <= total/fifths })
	for _, q := range quantities() {
		t := trend{Name: q.name, Before: median(second, q.of) / q.unit, After: median(last, q.of) / q.unit}
		t.Most = t.Before*(1+q.share) + q.amount/q.unit
		t.Slope, t.Grows = slope(warm, q.of)/q.unit*1e6, t.After > t.Most
		trends = append(trends, t)
	}
	return trends, nil
}

func median(samples []sample, of func(*sample) float64) float64 {
	var all []float64
	for i := range samples {
		all = append(all, of(&samples[i]))
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

// slope is that of the least squares, for one event.
func slope(samples []sample, of func(*sample) float64) float64 {
	var n, x, y, xx, xy float64
	for i := range samples {
		at, value := float64(samples[i].Events), of(&samples[i])
		n, x, y, xx, xy = n+1, x+at, y+value, xx+at*at, xy+at*value
	}
	if d := n*xx - x*x; d != 0 {
		return (n*xy - x*y) / d
	}
	return 0
}
