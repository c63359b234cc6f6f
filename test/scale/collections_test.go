package scale

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// traceCollections makes a Go program write a line about each collection of garbage.
const traceCollections = "GODEBUG=gctrace=1"

// span is from when to when something was, measured from the start of the program.
type span struct{ from, to time.Duration }

func (s span) meets(o span) bool { return s.from < o.to && o.from < s.to }

// collections are the collections of garbage that a program has written of.
func (p *process) collections() ([]span, error) {
	log, err := os.Open(p.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	var all []span
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if s, ok := parseCollection(lines.Text()); ok {
			all = append(all, s)
		}
	}
	return all, lines.Err()
}

// parseCollection reads a line of gctrace: "gc 7 @1.234s 2%: 0.02+40+0.01 ms clock, …". The sum of the clock's three is how long it took.
func parseCollection(line string) (s span, ok bool) {
	head, rest, found := strings.Cut(line, "s ")
	_, at, marked := strings.Cut(head, " @")
	_, rest, timed := strings.Cut(rest, ": ")
	clock, _, measured := strings.Cut(rest, " ms clock")
	if !strings.HasPrefix(line, "gc ") || !found || !marked || !timed || !measured {
		return s, false
	}
	began, err := strconv.ParseFloat(at, 64)
	if err != nil {
		return s, false
	}
	took := 0.0
	for part := range strings.SplitSeq(clock, "+") {
		ms, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return s, false
		}
		took += ms
	}
	s.from = time.Duration(began * float64(time.Second))
	s.to = s.from + time.Duration(took*float64(time.Millisecond))
	return s, true
}

// beside divides scrapes by whether garbage was collected meanwhile.
func beside(scraped, collected []span) (with, without []time.Duration) {
	for _, s := range scraped {
		to := &without
		for _, c := range collected {
			if s.meets(c) {
				to = &with
				break
			}
		}
		*to = append(*to, s.to-s.from)
	}
	return with, without
}

// TestCollections reads the lines that Go writes, and none that the exporter does.
func TestCollections(t *testing.T) {
	at := func(from, to int) span {
		return span{time.Duration(from) * time.Millisecond, time.Duration(to) * time.Millisecond}
	}
	for line, want := range map[string]span{
		"gc 12 @1.500s 2%: 0.50+40+9.50 ms clock, 0.1+0.2/1/2+0.3 ms cpu, 90->95->47 MB, 94 MB goal, 0 MB stacks, 0 MB globals, 2 P": at(1500, 1550),
		"level=info msg=\"gc 12 @1.500s 2%: 0.50+40+9.50 ms clock\"":                                                                 {},
		"gc 12 @soon": {},
		"":            {},
	} {
		if got, ok := parseCollection(line); got != want || ok != (want != span{}) {
			t.Errorf("%q: got %v, %t", line, got, ok)
		}
	}
	with, without := beside([]span{at(0, 100), at(200, 300), at(400, 500)}, []span{at(90, 110), at(310, 390)})
	if fmt.Sprint(with, without) != "[100ms] [100ms 100ms]" {
		t.Errorf("got %v and %v", with, without)
	}
}
