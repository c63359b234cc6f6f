package check

import (
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/internal/model"
)

// Gap is one of the questions that the exporter answers.
type Gap string

// The gaps.
const (
	Root        Gap = "root"
	Network     Gap = "network"
	Token       Gap = "token"
	Resources   Gap = "resources"
	RBAC        Gap = "rbac"
	PodSecurity Gap = "pod_security"
)

// Severity says how bad a failing resource is. The rule is in docs/checks.md: what takes the node or the cluster at once is
// critical, what the baseline standard forbids or exposes secrets is high, what the restricted standard forbids or lets one pod
// starve others is medium, hygiene is low.
type Severity uint8

// The severities, from least to most severe.
const (
	Low Severity = iota
	Medium
	High
	Critical
	SeverityCount
)

var severityNames = [...]string{"low", "medium", "high", "critical"}

// String returns the severity as it stands in labels and configuration.
func (s Severity) String() string { return severityNames[s] }

// Severities lists the names of the severities, from most to least severe.
func Severities() []string {
	names := slices.Clone(severityNames[:])
	slices.Reverse(names)
	return names
}

// ParseSeverity is the reverse of String.
func ParseSeverity(name string) (Severity, bool) {
	i := slices.Index(severityNames[:], name)
	return Severity(max(i, 0)), i >= 0
}

// Label is an extra label of a check's gauge, and the closed set of its values.
type Label struct {
	Name   string
	Values []string
}

// Reference is the number of a control in a published benchmark.
type Reference struct {
	// Edition is the benchmark and its version, such as cis-1.12. Numbers move between editions, so neither says anything alone.
	Edition string
	// Control is the number in that edition.
	Control string
}

// String returns edition and number as they stand in the cis label.
func (r Reference) String() string { return r.Edition + ":" + r.Control }

// Check is one check. Its ID is the name of its metric without the prefix, of its file, of its fixtures' folder and of its anchor in
// the documentation.
type Check struct {
	ID       string
	Gap      Gap
	Severity Severity
	// Title is the HELP text: what is counted and what is not.
	Title string
	// Why says what an attacker or an accident makes of a failing resource, and what justifies the severity.
	Why string
	// Remediation says what to change.
	Remediation string
	// Labels are the extra labels of the gauge; a resource may fail several of their combinations at once.
	Labels []Label
	// Open names one more label whose values come from the configuration; the verdicts do not know them. Empty for nearly every check.
	Open string
	// ClusterWide says that the gauge has no namespace label.
	ClusterWide bool
	// Control names the Pod Security Standards control that the check corresponds to, such as "restricted/runAsNonRoot".
	Control string
	CIS     []Reference
	// Needs are the kinds without which nothing true can be said: when one cannot be listed, the check's gauges are absent.
	Needs []model.Kind
	// LinuxOnly says that what the check judges does not exist on Windows: a pod that runs there
	// passes.
	LinuxOnly bool

	// Judge is exactly one function; its type says which resource the check judges.
	Judge Judge
}

// Resource is what the check judges, as it stands in the resource label of check_info.
func (c *Check) Resource() string { return c.Judge.resource() }

// Values is how many combinations of label values the check has; 1 when it has no extra label.
func (c *Check) Values() int {
	n := 1
	for _, l := range c.Labels {
		n *= len(l.Values)
	}
	return n
}

// LabelValues returns the label values of combination i, in the order of Labels. The last label turns fastest.
func (c *Check) LabelValues(i int) []string {
	values := make([]string, len(c.Labels))
	for l := len(c.Labels) - 1; l >= 0; l-- {
		n := len(c.Labels[l].Values)
		values[l], i = c.Labels[l].Values[i%n], i/n
	}
	return values
}

// Mask returns a bit for each combination that has the given label value; every bit for the empty value.
func (c *Check) Mask(value string) uint16 {
	var mask uint16
	for i := range c.Values() {
		if value == "" || slices.Contains(c.LabelValues(i), value) {
			mask |= 1 << i
		}
	}
	return mask
}

// AllCIS returns every reference, comma-separated, as it stands in the cis label.
func (c *Check) AllCIS() string {
	refs := make([]string, len(c.CIS))
	for i, r := range c.CIS {
		refs[i] = r.String()
	}
	return strings.Join(refs, ",")
}
