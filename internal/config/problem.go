package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxProblems ends the reading of a file that is wrong all over, such as one of another program.
const maxProblems = 100

// Problem is one mistake in a configuration file.
type Problem struct {
	// File is the name that the file was given with.
	File string
	// Line counts from 1; 0 means that the mistake has no line.
	Line int
	// Key is the full path, such as exemptions[1].expires; empty for the file as a whole.
	Key string
	// Text says what is wrong, Fix what to write instead.
	Text, Fix string
}

// Error returns "file:line: key: what is wrong; fix" without the parts that are not known.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line))
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Text)
	if p.Fix != "" {
		b.WriteString("; " + p.Fix)
	}
	return b.String()
}

// Problems is every mistake found in a configuration file, in the order of their lines. It is the error of Parse, and
// wrapped or not, of Load and Reload, whenever the file could be read at all.
type Problems []Problem

// Error returns the problems, one to a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a Problem.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}
