package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/pprof"
	"strings"
)

// parameters say how big the cluster is and what is measured.
type parameters struct {
	Namespaces int `json:"namespaces"`
	Workloads  int `json:"workloads"`
	Days       int `json:"days"`
	Rounds     int `json:"rounds"`
	Replicas   int `json:"replicas"`
	// Limit is the exporter's findings.limit.
	Limit int `json:"findingsLimit"`
	// Replaced is the share of workloads that are replaced in a day; Burst is the share that is replaced at once shortly before the end.
	Replaced float64 `json:"replacedPerDay"`
	Burst    float64 `json:"burst"`
	// RawHours is the distance of raw samples in the far past.
	RawHours int      `json:"rawHours"`
	Files    []string `json:"files"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	debug.SetGCPercent(75) // as Prometheus does
	if err := command(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "rulescost:", err)
		stop()
		os.Exit(1)
	}
}

// defaults are a smoke test.
func defaults() parameters {
	return parameters{
		Namespaces: 20, Workloads: 200, Days: 10, Rounds: 5, Replicas: 2, Limit: 20000, Replaced: 0.01, RawHours: 6,
		Files: []string{"../../alerts/kube-posture-recording.yaml", "../../alerts/kube-posture-alerts.yaml"},
	}
}

func command(ctx context.Context, args []string, out, progress io.Writer) error {
	p := defaults()
	f := flag.NewFlagSet("rulescost", flag.ContinueOnError)
	f.IntVar(&p.Namespaces, "namespaces", p.Namespaces, "namespaces of the cluster")
	f.IntVar(&p.Workloads, "workloads", p.Workloads, "workloads of the cluster, of ten pods on average")
	f.IntVar(&p.Days, "days", p.Days, "days of raw samples; what rules look back on is there whatever this says")
	f.IntVar(&p.Rounds, "rounds", p.Rounds, "rounds that are measured, and again, but no more than fit in, while the head is just compacted")
	f.IntVar(&p.Limit, "limit", p.Limit, "the exporter's findings.limit")
	f.Float64Var(&p.Replaced, "replaced", p.Replaced, "share of workloads that are replaced in a day")
	f.Float64Var(&p.Burst, "burst", p.Burst, "share of workloads that are replaced at once, shortly before the measurement")
	f.IntVar(&p.RawHours, "raw-hours", p.RawHours, "hours between raw samples of the far past")
	files := f.String("rules", strings.Join(p.Files, ","), "rule files, in the order of their evaluation")
	database := f.String("database", "", "directory to keep the database in, and to take it from when it is there; the measurement uses a copy")
	json := f.String("json", "", "file for the result as JSON")
	profile := f.String("cpuprofile", "", "file for a CPU profile of the measured rounds")
	if err := f.Parse(args); err != nil {
		return err
	}
	p.Files = strings.Split(*files, ",")
	result, err := measure(ctx, p, places{database: *database, profile: *profile}, progress)
	if err != nil {
		return err
	}
	if err := result.table(out); err != nil || *json == "" {
		return err
	}
	return result.write(*json)
}

// places are files and directories that the user names; empty ones are not made.
type places struct{ database, profile string }

// measure builds the database, or takes it from where it is kept, and evaluates the rules over it.
func measure(ctx context.Context, p parameters, at places, progress io.Writer) (*result, error) {
	dir, err := os.MkdirTemp("", "rulescost-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	c, err := newCluster(ctx, p, progress)
	if err != nil {
		return nil, err
	}
	if err := provide(ctx, c, at.database, dir, progress); err != nil {
		return nil, err
	}
	m, err := newMeasurement(ctx, c, dir)
	if err != nil {
		return nil, err
	}
	// What cannot be closed has been read all the same, and is a copy.
	defer func() { _ = m.db.Close() }()
	if at.profile != "" {
		file, err := os.Create(at.profile)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return nil, err
		}
		defer pprof.StopCPUProfile()
	}
	return m.run(progress)
}
