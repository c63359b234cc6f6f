// Command build-controlplane builds the control plane that the tests run, if
// the cache does not have it, and prints its path. It must never do anything
// else: all of it is testcluster.Build, so that make and the tests agree on
// where the binary is. Makefiles and people run it, to keep a long build out
// of go test's timeout.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/kube-posture/kube-posture-exporter/test/testcluster"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	path, err := testcluster.Build(ctx, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "build-controlplane:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}
