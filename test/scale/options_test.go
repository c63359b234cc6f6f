package scale

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kube-posture/kube-posture-exporter/test/world"
)

const (
	// loadDirect writes the pods that are like another to etcd, and loadAPI every pod to the API server.
	loadDirect, loadAPI = "etcd", "api"
)

// options say how big the cluster is and how long it is looked at.
type options struct {
	Pods int    `json:"pods"`
	Seed uint64 `json:"seed"`
	// Namespaces and Nodes are how many the pods are in and on; 0 for one for every 100 pods.
	Namespaces int `json:"namespaces"`
	Nodes      int `json:"nodes"`
	// Load is how the pods are written: loadDirect or loadAPI.
	Load string `json:"load"`
	// Rounds is how often the bare reflector and the exporter start in turn.
	Rounds int `json:"rounds"`
	// Scrapes is how many there are of each encoding.
	Scrapes int `json:"scrapes"`
	// Changes are how many writes a second there shall be, one rate after another, each for ChangeSeconds without scrapes and as long again
	// with them.
	Changes       []int `json:"changesPerSecond"`
	ChangeSeconds int   `json:"changeSeconds"`
	RestSeconds   int   `json:"restSeconds"`
	// ScrapePauseMs is the time from the beginning of one scrape to that of the next while latencies are measured, unless it takes longer.
	ScrapePauseMs int `json:"scrapePauseMs"`
	// MemoryLimit is that of the exporter's cgroup; 0 for none.
	MemoryLimit int64 `json:"memoryLimitBytes"`
	// Args are flags of the exporter beside those that it needs.
	Args []string `json:"args"`
	// binary is the exporter's; empty to build it.
	binary string
	// json is the file for the result, and profiles the directory for the exporter's profiles; empty for none.
	json, profiles string
	// profiled is for how long the exporter's processor time is sampled.
	profiled time.Duration
}

func defaults() options {
	return options{
		Seed: 1, Load: loadDirect, Rounds: 3, Scrapes: 200, Changes: []int{500, 2000}, ChangeSeconds: 30, RestSeconds: 20, ScrapePauseMs: 500,
		profiled: 20 * time.Second,
	}
}

// fromEnvironment reads the SCALE_ variables over the defaults.
func fromEnvironment(t *testing.T) options {
	t.Helper()
	o, err := readOptions(os.Getenv)
	noError(t, err)
	return o
}

func readOptions(env func(string) string) (o options, err error) {
	o = defaults()
	seed := int(o.Seed)
	for name, to := range map[string]*int{
		"SCALE_PODS": &o.Pods, "SCALE_NAMESPACES": &o.Namespaces, "SCALE_NODES": &o.Nodes, "SCALE_SEED": &seed, "SCALE_ROUNDS": &o.Rounds, "SCALE_SCRAPES": &o.Scrapes,
		"SCALE_SECONDS": &o.ChangeSeconds, "SCALE_REST": &o.RestSeconds, "SCALE_PAUSE": &o.ScrapePauseMs,
	} {
		if text := env(name); text != "" {
			if *to, err = positive(name, text); err != nil {
				return o, err
			}
		}
	}
	if text := env("SCALE_CHANGES"); text != "" {
		o.Changes = nil
		for part := range strings.SplitSeq(text, ",") {
			rate, err := positive("SCALE_CHANGES", part)
			if err != nil {
				return o, err
			}
			o.Changes = append(o.Changes, rate)
		}
	}
	switch text := env("SCALE_LOAD"); text {
	case "":
	case loadDirect, loadAPI:
		o.Load = text
	default:
		return o, fmt.Errorf("SCALE_LOAD=%s: it must be %s or %s", text, loadDirect, loadAPI)
	}
	if text := env("SCALE_MEMORY_LIMIT"); text != "" {
		limit, err := resource.ParseQuantity(strings.TrimSuffix(text, "B"))
		if err != nil || limit.Value() < 1<<20 {
			return o, fmt.Errorf("SCALE_MEMORY_LIMIT=%s: it must be at least a mebibyte, as 256MiB", text)
		}
		o.MemoryLimit = limit.Value()
	}
	o.Args = strings.Fields(env("SCALE_ARGS"))
	o.Seed, o.binary, o.json, o.profiles = uint64(seed), env("SCALE_BINARY"), env("SCALE_JSON"), env("SCALE_PROFILES")
	return o, nil
}

func positive(name, text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s=%s: it must be a whole number above 0", name, text)
	}
	return n, nil
}

// size is the cluster of that many pods.
func (o *options) size() world.Size {
	many := max(1, o.Pods/100)
	return world.Size{Namespaces: cmp.Or(o.Namespaces, many), Pods: o.Pods, Policies: 10, Bindings: 4, Nodes: cmp.Or(o.Nodes, many)}
}

func (o *options) changing() time.Duration { return time.Duration(o.ChangeSeconds) * time.Second }

func (o *options) resting() time.Duration { return time.Duration(o.RestSeconds) * time.Second }

func (o *options) scrapePause() time.Duration {
	return time.Duration(o.ScrapePauseMs) * time.Millisecond
}
