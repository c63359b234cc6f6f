package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// output runs a program to its end and returns what it prints. Its process group is its own, so that a signal to benchcompare's does not
// end what cleans up, and so that everything a program started ends with it.
func output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &problems
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		text := strings.TrimSpace(out.String() + "\n" + problems.String())
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, text)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// buildEnvironment is the same for both sides; a workspace around the repository is not around the other one.
func buildEnvironment() []string {
	return environment("GOWORK=off")
}

// runEnvironment has nothing that changes how the runtime behaves, but for the number of processors.
func runEnvironment(procs int) []string {
	return environment("GOMAXPROCS="+strconv.Itoa(procs), "GOGC=", "GOMEMLIMIT=", "GODEBUG=")
}

func environment(set ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return slices.ContainsFunc(set, func(s string) bool { return strings.HasPrefix(s, name+"=") })
	})
	for _, s := range set {
		if !strings.HasSuffix(s, "=") {
			env = append(env, s)
		}
	}
	return env
}
