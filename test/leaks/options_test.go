package leaks

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// options say how long the cluster is changed.
type options struct {
	// Events is how many the exporter must have taken.
	Events int64  `json:"events"`
	Seed   uint64 `json:"seed"`
	// ScrapePauseMs is the time from the end of one scrape to the beginning of the next.
	ScrapePauseMs int64 `json:"scrapePauseMs"`
	// json is the file for the result; empty for none.
	json string
	// profiles is the folder for heap profiles, one after a fifth of the events and one at the end; empty for none.
	profiles string
}

const (
	// smoke is how many events there are unless LEAK_EVENTS says something else: some 10 seconds, and a minute with the race detector.
	smoke = 100_000
	// long is from how many on there is time enough for rare scrapes.
	long = 2_000_000
)

// fromEnvironment reads the LEAK_ variables over the defaults.
func fromEnvironment(t *testing.T) options {
	t.Helper()
	number := func(name string, or int64) int64 {
		text := os.Getenv(name)
		if text == "" {
			return or
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			t.Fatalf("%s=%s: it must be a whole number above 0", name, text)
		}
		return n
	}
	o := options{Events: number("LEAK_EVENTS", smoke), Seed: uint64(number("LEAK_SEED", 1))}
	pause := int64(100)
	if o.Events >= long {
		pause = 2000
	}
	o.ScrapePauseMs = number("LEAK_PAUSE", pause)
	o.json, o.profiles = os.Getenv("LEAK_JSON"), os.Getenv("LEAK_PROFILES")
	return o
}

func (o *options) pause() time.Duration { return time.Duration(o.ScrapePauseMs) * time.Millisecond }
