package scale

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/kube-posture/kube-posture-exporter/test/world"
)

// options say how big the cluster is and how long it is looked at.
type options struct {
	Pods int    `json:"pods"`
	Seed uint64 `json:"seed"`
	// Rounds is how often the bare reflector and the exporter start in turn.
	Rounds int `json:"rounds"`
	// Scrapes is how many there are of each encoding.
	Scrapes int `json:"scrapes"`
	// Changes is how many writes a second there shall be, for ChangeSeconds without scrapes and as long again with them.
	Changes       int `json:"changesPerSecond"`
	ChangeSeconds int `json:"changeSeconds"`
	RestSeconds   int `json:"restSeconds"`
	// ScrapePauseMs is the time from the beginning of one scrape to that of the next while latencies are measured, unless it takes longer.
	ScrapePauseMs int `json:"scrapePauseMs"`
	// binary is the exporter's; empty to build it.
	binary string
	// json is the file for the result; empty for none.
	json string
}

func defaults() options {
	return options{Seed: 1, Rounds: 3, Scrapes: 200, Changes: 500, ChangeSeconds: 30, RestSeconds: 20, ScrapePauseMs: 100}
}

// fromEnvironment reads the SCALE_ variables over the defaults.
func fromEnvironment(t *testing.T) options {
	t.Helper()
	o := defaults()
	number := func(name string, to *int) {
		text := os.Getenv(name)
		if text == "" {
			return
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("%s=%s: it must be a whole number above 0", name, text)
		}
		*to = n
	}
	seed := int(o.Seed)
	number("SCALE_PODS", &o.Pods)
	number("SCALE_SEED", &seed)
	number("SCALE_ROUNDS", &o.Rounds)
	number("SCALE_SCRAPES", &o.Scrapes)
	number("SCALE_CHANGES", &o.Changes)
	number("SCALE_SECONDS", &o.ChangeSeconds)
	number("SCALE_REST", &o.RestSeconds)
	number("SCALE_PAUSE", &o.ScrapePauseMs)
	o.Seed, o.binary, o.json = uint64(seed), os.Getenv("SCALE_BINARY"), os.Getenv("SCALE_JSON")
	return o
}

// size is the cluster of that many pods.
func (o *options) size() world.Size {
	many := max(1, o.Pods/100)
	return world.Size{Namespaces: many, Pods: o.Pods, Policies: 10, Bindings: 4, Nodes: many}
}

func (o *options) changing() time.Duration { return time.Duration(o.ChangeSeconds) * time.Second }

func (o *options) resting() time.Duration { return time.Duration(o.RestSeconds) * time.Second }

func (o *options) scrapePause() time.Duration {
	return time.Duration(o.ScrapePauseMs) * time.Millisecond
}
