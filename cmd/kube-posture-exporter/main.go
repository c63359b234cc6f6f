// Command kube-posture-exporter serves the security posture of a Kubernetes cluster as Prometheus metrics.
//
// It must never do anything but turn flags into options and an error into an exit code; internal/app does the rest. Nothing imports it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/kube-posture/kube-posture-exporter/internal/app"
	"github.com/kube-posture/kube-posture-exporter/internal/config"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	// exitUsage is for a command line that cannot mean anything.
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program: it serves until ctx ends, or does what another command says, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	command := other(args)
	if command == nil {
		command = runServe
	}
	err := command(ctx, args, stdout, stderr)
	if err == nil {
		return exitOK
	}
	for _, line := range lines(err) {
		fmt.Fprintln(stderr, name+":", line)
	}
	var usage app.UsageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

func runServe(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	options, done, err := parse(args, stdout)
	if err != nil || done {
		return err
	}
	return app.Run(ctx, *options, stderr)
}

// lines is one line for each problem of a configuration file, and one for any other error, however its libraries wrote it.
func lines(err error) []string {
	var problems config.Problems
	if errors.As(err, &problems) {
		var list []string
		for _, p := range problems {
			list = append(list, oneLine(p.Error()))
		}
		return list
	}
	return []string{oneLine(err.Error())}
}

// oneLine is a text as one line that no terminal takes for a command: it may quote names and files.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, strings.Join(strings.Fields(text), " "))
}
