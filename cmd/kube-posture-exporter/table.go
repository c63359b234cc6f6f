package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/app"
)

// runner is the function of a command. It takes all arguments, the command's name first.
type runner = func(ctx context.Context, args []string, stdout, stderr io.Writer) error

// subcommand is one row of the table that the parser, the usage text and the error messages share.
type subcommand struct {
	name string
	// arguments stand behind the name in the usage text; does is what the command does.
	arguments, does string
	run             runner
	// ownHelp reports whether the command has a usage text of its own.
	ownHelp bool
}

// commands are all commands but serve, which needs no name, in the order of the usage text.
func commands() []subcommand {
	return []subcommand{
		{whoCan, "VERB RESOURCE", "who may do something, and by which binding and role", runWhoCan, true},
		{explain, "network NAMESPACE/POD", "which network policies hold a pod, and which peers they admit", runExplain, true},
		{report, "rbac-review", "the privileged and stale bindings, to decide on and sign", runReport, true},
		{help, "[COMMAND]", "this text, or that of a command", runHelp, false},
		{showBuild, "", "the version", runVersion, false},
	}
}

// other returns the command that the arguments begin with, nil when it is to serve.
func other(args []string) runner {
	if len(args) == 0 {
		return nil
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run
		}
	}
	return nil
}

// late returns the command that stands behind flags, where it is not looked for.
func late(args []string) string {
	for _, a := range args {
		if slices.ContainsFunc(commands(), func(c subcommand) bool { return c.name == a }) {
			return a
		}
	}
	return ""
}

// unknown is the error for a word that is not a command.
func unknown(word string) error {
	names := []string{serve}
	for _, c := range commands() {
		names = append(names, c.name)
	}
	last := len(names) - 1
	return fmt.Errorf("%q is not a command; %s and %s are", word, strings.Join(names[:last], ", "), names[last])
}

// synopses are the commands' lines of the usage text.
func synopses() string {
	var text strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&text, "  %-49s %s\n", strings.TrimSpace(name+" "+c.name+" "+c.arguments), c.does)
	}
	return text.String()
}

// runHelp writes the usage text of the program, or of the command that is named.
func runHelp(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	about := slices.DeleteFunc(slices.Clone(args[1:]), func(a string) bool { return strings.HasPrefix(a, "-") })
	if len(about) == 0 || about[0] == serve {
		_, _, err := parse([]string{"--help"}, stdout)
		return err
	}
	for _, c := range commands() {
		if c.name != about[0] {
			continue
		}
		if !c.ownHelp {
			_, _, err := parse([]string{"--help"}, stdout)
			return err
		}
		return c.run(ctx, []string{c.name, "--help"}, stdout, stderr)
	}
	return app.UsageError{Err: fmt.Errorf("%w; see %s --help", unknown(about[0]), name)}
}

// runVersion writes what --version writes.
func runVersion(_ context.Context, _ []string, stdout, _ io.Writer) error {
	_, _, err := parse([]string{"--version"}, stdout)
	return err
}
