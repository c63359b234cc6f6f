package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// compare measures the base and the working tree in turns, and judges.
func compare(ctx context.Context, o *options, m *measurement, out io.Writer) (err error) {
	base, err := chooseBase(ctx, o.root, o.base)
	if err != nil {
		return err
	}
	head, dirty, err := state(ctx, o.root)
	if err != nil {
		return err
	}
	what := "the working tree (" + head[:12]
	if dirty {
		what += " with changes"
	}
	what += ")"
	fmt.Fprintf(out, "base:   %s, %s: %s\nchange: %s\n", base.commit[:12], base.name, base.why, what)
	if base.commit == head && !dirty {
		fmt.Fprintln(out, "Both are the same: what differs is noise.")
	}
	dir, remove, err := worktree(ctx, o.root, m.temp, base.commit)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	sides, lists, err := m.both(ctx, [2]string{"the base " + base.name + " (" + base.commit[:12] + ")", what}, [2]string{dir, o.root})
	if err != nil {
		return err
	}
	got, err := m.pair(ctx, sides, lists, o.count)
	if err != nil {
		return err
	}
	first := judge(m.suite, got[0], got[1])
	if err := printTable(out, m.suite, first); err != nil {
		return err
	}
	printOtherWork(out, first)
	printOnlyOne(out, got)
	if len(first) == 0 {
		return errors.New("not one figure is on both sides: nothing was compared")
	}
	suspects := lost(first)
	if len(suspects) == 0 {
		fmt.Fprintln(out, "\nNo benchmark got significantly worse.")
		return nil
	}
	fmt.Fprintln(out, "\nMeasured again, because a loss has to show twice:")
	for i := range lists {
		lists[i] = slices.DeleteFunc(lists[i], func(b benchmark) bool { return !suspects[b.String()] })
	}
	if got, err = m.pair(ctx, sides, lists, o.count); err != nil {
		return err
	}
	second := judge(m.suite, got[0], got[1])
	if err := printTable(out, m.suite, second); err != nil {
		return err
	}
	return printLosses(out, confirmed(first, second))
}

// both builds both sides, the base first: if that does not build, there is no comparison.
func (m *measurement) both(ctx context.Context, what, roots [2]string) (sides [2]*side, lists [2][]benchmark, err error) {
	for i, name := range []string{"base", "change"} {
		if sides[i], err = m.build(ctx, name, what[i], roots[i]); err != nil {
			return
		}
		if lists[i], err = m.list(ctx, sides[i]); err != nil {
			return
		}
	}
	if len(lists[0])+len(lists[1]) == 0 {
		err = errors.New("there is no benchmark to measure: -only names a package or one of its benchmarks, as ./informers or ./informers.ProjectPod")
	}
	return
}

func printLosses(out io.Writer, losses []comparison) error {
	if len(losses) == 0 {
		fmt.Fprintln(out, "\nThe second measurement does not confirm it: no benchmark got significantly worse.")
		return nil
	}
	rule := strings.Repeat("!", 100)
	fmt.Fprintf(out, "\n%s\nSIGNIFICANTLY WORSE, twice:\n", rule)
	for _, c := range losses {
		fmt.Fprintf(out, "  %s: %s to %s %s (%s, %s)\n", c.figure, number(c.base.Center, c.unit), number(c.change.Center, c.unit), c.unit,
			percent(share(c.base.Center, c.change.Center)), c.Comparison)
	}
	fmt.Fprintln(out, rule)
	return errLoss
}
