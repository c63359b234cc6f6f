package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// What the process says with its exit code: a loss is not the same as a measurement that could not be made.
const (
	exitLoss  = 1
	exitError = 2
)

// errLoss is returned once the losses are printed.
var errLoss = errors.New("a benchmark got worse")

// options are what the command line says.
type options struct {
	root, suite, baseline, base string
	count, procs                int
	only                        []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command returns the exit code.
func command(ctx context.Context, args []string, out, progress io.Writer) int {
	err := run(ctx, args, out, progress)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errLoss):
		return exitLoss
	case ctx.Err() != nil:
		fmt.Fprintln(progress, "benchcompare: stopped by a signal; nothing was decided")
	default:
		fmt.Fprintln(progress, "benchcompare:", err)
	}
	return exitError
}

const usage = `benchcompare compare|check|baseline [flags]
  compare    measure -base and the working tree in turns, and fail when a benchmark got significantly worse
  check      measure the working tree, and fail when a figure that does not depend on the machine is beyond the baseline
  baseline   measure the working tree, and write the baseline anew
`

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	if len(args) == 0 {
		return errors.New("which command?\n" + usage)
	}
	o, err := parse(args[0], args[1:], progress)
	if err != nil {
		return err
	}
	if o.root, err = git(ctx, o.root, "rev-parse", "--show-toplevel"); err != nil {
		return err
	}
	s, err := readSuite(o.path(o.suite))
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "benchcompare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	m := &measurement{suite: s, procs: o.procs, only: o.only, temp: temp, progress: progress}
	switch args[0] {
	case "compare":
		return compare(ctx, o, m, out)
	case "check":
		return check(ctx, o, m, out)
	case "baseline":
		return writeBaseline(ctx, o, m, out)
	}
	return fmt.Errorf("%q is no command\n%s", args[0], usage)
}

func parse(name string, args []string, progress io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&o.root, "C", ".", "a folder of the repository")
	flags.StringVar(&o.suite, "suite", "tools/benchcompare/suite.json", "what is measured, from the repository's root")
	flags.StringVar(&o.baseline, "baseline", "docs/benchmarks/baseline.txt", "the baseline, from the repository's root")
	flags.StringVar(&o.base, "base", "", "the revision to compare with; empty: where the branch began, or the last commit before the work in hand")
	flags.IntVar(&o.count, "count", 8, "rounds; a benchmark of which the suite says fewer has fewer")
	flags.IntVar(&o.procs, "procs", 2, "GOMAXPROCS of everything that is measured; the baseline is about 2")
	flags.Func("only", "measure only this package or benchmark, as ./informers or ./informers.ProjectPod; commas between several", func(value string) error {
		o.only = strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("%q is too much\n%s", strings.Join(flags.Args(), " "), usage)
	}
	if name == "compare" && o.count < leastRounds {
		return nil, fmt.Errorf("-count=%d: fewer than %d rounds can never be significant", o.count, leastRounds)
	}
	return o, nil
}

func (o *options) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(o.root, filepath.FromSlash(name))
}
