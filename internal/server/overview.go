package server

import (
	"fmt"
	"time"
)

// Overview is what the landing page says, at one moment.
type Overview struct {
	// Source says in a few words what is watched, Since is from when on, KubernetesVersion is empty when nobody knows it.
	Source            string
	Since             time.Time
	KubernetesVersion string
	// Waiting are the kinds that have been neither read nor refused yet. While there are any, Ready
	// is false and Gaps are empty. Without any, Ready is false when no check can be judged.
	Ready   bool
	Waiting []string
	// Unreadable are the kinds about which, and about what depends on them, nothing is said.
	Unreadable []Unreadable
	// Notices are what a person should see to: sentences about the exporter's own input.
	Notices []string
	// Failing counts the checks that something fails, by severity, the most severe first.
	Failing []Tally
	Gaps    []Gap
}

// Unreadable is a kind that cannot be read, and why.
type Unreadable struct{ Resource, Reason string }

// Tally is a number of checks of one severity.
type Tally struct {
	Severity string
	Checks   int
}

// Gap is a question, and the checks that answer it.
type Gap struct {
	ID, Question string
	Checks       []Check
}

// Check is what became of the resources that one check judged.
type Check struct {
	ID, About, Severity              string
	Judged, Failing, Exempt, Unknown int
	// Silent says why the check says nothing; it is empty when it does.
	Silent string
}

// Status sums a check up in one word, which is also its class in the style sheet.
func (c Check) Status() string {
	switch {
	case c.Silent != "":
		return "absent"
	case c.Failing > 0:
		return "fail"
	case c.Unknown > 0:
		return "unknown"
	case c.Judged == 0:
		return "none"
	case c.Exempt > 0:
		return "exempt"
	default:
		return "pass"
	}
}

// Summary counts the checks of the gap.
func (g Gap) Summary() (s Summary) {
	for _, c := range g.Checks {
		switch {
		case c.Silent != "":
			s.Absent++
			continue
		case c.Failing > 0:
			s.Failing++
		}
		s.Judging++
	}
	return s
}

// Summary counts all checks.
func (o Overview) Summary() (s Summary) {
	for _, g := range o.Gaps {
		one := g.Summary()
		s.Failing, s.Judging, s.Absent = s.Failing+one.Failing, s.Judging+one.Judging, s.Absent+one.Absent
	}
	return s
}

// Summary is how many checks something fails, of how many that say anything, and how many say nothing.
type Summary struct{ Failing, Judging, Absent int }

// String returns the summary in words. Checks that say nothing are not among those that nothing fails.
func (s Summary) String() string {
	switch {
	case s.Judging == 0:
		return "Nothing is judged"
	case s.Absent == 0:
		return fmt.Sprintf("%d of %d checks fail", s.Failing, s.Judging)
	default:
		return fmt.Sprintf("%d of %d checks fail, %d say nothing", s.Failing, s.Judging, s.Absent)
	}
}
