package rules

// Kind says what an alert is for.
type Kind string

// The kinds, in the order of the documentation.
const (
	// Drift fires on something that exists now and did not a drift window ago.
	Drift Kind = "drift"
	// Practice fires on work that is due.
	Practice Kind = "practice"
	// Sight fires when the exporter, or Prometheus through it, does not see.
	Sight Kind = "sight"
)

// The severities of alerts, the worst first.
const (
	Critical = "critical"
	Warning  = "warning"
	Info     = "info"
)

// The uids of the dashboards that alerts link to. They are the names of the dashboards' files too.
const (
	Overview  = "kube-posture-overview"
	Namespace = "kube-posture-namespace"
	Findings  = "kube-posture-findings"
	RBAC      = "kube-posture-rbac"
	Network   = "kube-posture-network"
	Resources = "kube-posture-resources"
	Exporter  = "kube-posture-exporter"
)

// Recording is a recording rule. Its name is level:metric:operation.
type Recording struct {
	Record, Expr string
	// Labels are those of its series, besides cluster and what else Prometheus adds to all series of a cluster.
	Labels []string
	// Says is what the series mean, for the documentation.
	Says string
}

// Group is a group of recording rules, which are evaluated together and in their order.
type Group struct {
	Name, Interval string
	Rules          []Recording
}

// Alert is everything about one alertname.
type Alert struct {
	Name string
	Kind Kind
	// Gap becomes a label; empty where the series bring it along, or where there is none.
	Gap string
	// Variants are the severities at which it exists, the worst first.
	Variants []Variant
	// Summary and Description are annotations, in the template language of Prometheus.
	Summary, Description string
	// Dashboard is the uid of the dashboard that shows more, and Query what follows it in the link.
	Dashboard, Query string
	// Why and Tune are for the table: why one wants to know, and which settings change when it fires.
	Why, Tune string
	// Namespaced alerts do not fire for what is in a young namespace.
	Namespaced bool
}

// Variant is an alert at one severity: one alerting rule.
type Variant struct {
	Severity string
	// Enabled is false when the rule is not written at all.
	Enabled bool
	Expr    string
	// For is how long the expression must hold, KeepFiringFor how long the alert outlives it. Empty is not at all.
	For, KeepFiringFor string
	// When says what this severity is for.
	When string
}

// Rules is everything that the parameters make.
type Rules struct {
	Recording []Group
	Alerts    []Alert
}

// Runbook is the alert's runbook, from the root of the repository.
func (a *Alert) Runbook() string { return "docs/runbooks/" + a.Name + ".md" }

// Records lists the recording rules of all groups.
func (r *Rules) Records() []Recording {
	var list []Recording
	for _, g := range r.Recording {
		list = append(list, g.Rules...)
	}
	return list
}
