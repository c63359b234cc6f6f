package scale

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"time"
)

// encoding is one way to ask for the metrics.
type encoding struct {
	name, accept, acceptEncoding string
	// contentType is what the answer's has to begin with.
	contentType string
}

func encodings() []encoding {
	const text = "text/plain;version=0.0.4"
	return []encoding{
		{name: "text", accept: text, contentType: "text/plain"},
		{name: "text, gzip", accept: text, acceptEncoding: "gzip", contentType: "text/plain"},
		{
			name:   "protobuf",
			accept: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", contentType: "application/vnd.google.protobuf",
		},
	}
}

// scraper reads the metrics over one connection, and leaves them compressed when they are.
type scraper struct {
	client *http.Client
	url    string
}

func newScraper(p *process) *scraper {
	return &scraper{
		client: &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 1}, Timeout: time.Minute}, url: p.base + "/metrics",
	}
}

// scrape reads one body into the buffer, and says how long that took.
func (s *scraper) scrape(ctx context.Context, e encoding, into *bytes.Buffer) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept", e.accept)
	if e.acceptEncoding != "" {
		request.Header.Set("Accept-Encoding", e.acceptEncoding)
	}
	into.Reset()
	began := time.Now()
	response, err := s.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(into, response.Body)
	took := time.Since(began)
	switch header := response.Header; {
	case err != nil:
		return 0, err
	case response.StatusCode != http.StatusOK:
		return 0, fmt.Errorf("scrape: %s", response.Status)
	case !bytes.HasPrefix([]byte(header.Get("Content-Type")), []byte(e.contentType)) || header.Get("Content-Encoding") != e.acceptEncoding:
		return 0, fmt.Errorf("asked for %s, and got %s %s", e.name, header.Get("Content-Type"), header.Get("Content-Encoding"))
	}
	return took, nil
}

// scrapes is what many scrapes of one encoding cost.
type scrapes struct {
	Encoding string  `json:"encoding"`
	Count    int     `json:"count"`
	Bytes    int     `json:"bytes"`
	P50      float64 `json:"p50Ms"`
	P99      float64 `json:"p99Ms"`
	Worst    float64 `json:"worstMs"`
	// CPU is the exporter's, for one scrape.
	CPU float64 `json:"cpuMs"`
	// Idle is the share of the machine's processors that had nothing to do meanwhile.
	Idle float64 `json:"idle"`
	// Collecting are those during which the exporter's garbage was collected, and Undisturbed the others.
	Collecting  part `json:"collecting"`
	Undisturbed part `json:"undisturbed"`
	// Pace are the times of a fixed piece of work of the harness before, between and after them, and Usual those scrapes during which the
	// machine was its usual self, as it and what others took of the processors tell.
	Pace  part `json:"pace"`
	Usual part `json:"asUsual"`
}

// part are some of many scrapes.
type part struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50Ms"`
	P99   float64 `json:"p99Ms"`
}

func partOf(took []time.Duration) part {
	return part{Count: len(took), P50: quantile(took, 0.5), P99: quantile(took, 0.99)}
}

// measureScrapes scrapes one encoding again and again. The first one, which opens the connection, does not count.
func measureScrapes(ctx context.Context, p *process, pace *pacer, e encoding, count int) (*scrapes, error) {
	s := newScraper(p)
	defer s.client.CloseIdleConnections()
	var body bytes.Buffer
	if _, err := s.scrape(ctx, e, &body); err != nil {
		return nil, err
	}
	used, err := p.usage()
	if err != nil {
		return nil, err
	}
	var took []time.Duration
	var when []span
	var moments []moment
	around := []time.Duration{pace.work()}
	var processors, idle, cpu float64 // seconds
	for range count {
		from, idleBefore, usedBefore := time.Since(p.began), idleSeconds(), used.CPU
		d, err := s.scrape(ctx, e, &body)
		if err != nil {
			return nil, err
		}
		idled := idleSeconds() - idleBefore
		if used, err = p.usage(); err != nil {
			return nil, err
		}
		there, own := d.Seconds()*float64(runtime.NumCPU()), used.CPU-usedBefore
		processors, idle, cpu = processors+there, idle+idled, cpu+own
		took, when, around = append(took, d), append(when, span{from, from + d}), append(around, pace.work())
		moments = append(moments, moment{d, time.Duration((there - idled - own) * float64(time.Second))})
	}
	collected, err := p.collections()
	if err != nil {
		return nil, err
	}
	with, without := beside(when, collected)
	return &scrapes{
		Collecting: partOf(with), Undisturbed: partOf(without), Idle: idle / processors, Pace: partOf(around), Usual: partOf(usual(moments, around)),
		Encoding: e.name, Count: count, Bytes: body.Len(), P50: quantile(took, 0.5), P99: quantile(took, 0.99), Worst: quantile(took, 1),
		CPU: cpu / float64(count) * 1000,
	}, nil
}

// biggest is how many metrics the table has of those that make the text long.
const biggest = 5

// family is what one metric has of the text, its comments included.
type family struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	Series int    `json:"series"`
}

// families takes a text apart, and begins with the biggest.
func families(text []byte) []family {
	found := map[string]*family{}
	for line := range bytes.Lines(text) {
		comment := line[0] == '#'
		name := line
		if comment {
			name = line[min(len("# HELP "), len(line)):] // # TYPE is as long
		}
		if end := bytes.IndexAny(name, "{ \n"); end >= 0 {
			name = name[:end]
		}
		f := found[string(name)]
		if f == nil {
			f = &family{Name: string(name)}
			found[f.Name] = f
		}
		f.Bytes += len(line)
		if !comment {
			f.Series++
		}
	}
	delete(found, "") // an empty line
	var all []family
	for _, f := range found {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b family) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name)) })
	return all
}

// quantile is the smallest time that the given share of all does not exceed, in milliseconds; 0 of no times.
func quantile(all []time.Duration, share float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	i := int(share*float64(len(sorted))+0.999999) - 1
	return milliseconds(sorted[min(max(i, 0), len(sorted)-1)])
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
