package rules

// Parameters are what may be tuned without touching an expression. Every value is text, because it is put into the rules as it is: that lets
// a chart put a reference to one of its own values there, and a test put seconds where the shipped rules have hours.
type Parameters struct {
	// Interval is that of every group but the trend's.
	Interval, TrendInterval string
	// ScrapeLabels are the labels that Prometheus gives to a target, and by which replicas differ.
	ScrapeLabels []string
	// Job is a regular expression for the job label of the exporter.
	Job string

	DriftWindow, NamespaceAge, KeepFiring string
	RecurringKinds, RecurringMemory       string
	Hour, Day, Week, Quarter              string

	WeightCritical, WeightHigh, WeightMedium, WeightLow string

	ScoreDrop, OvercommitRatio, UnboundedPods string
	ExemptionDays                             string
	CounterWindow, WatchErrors, SilentSeconds string
	// Absent is how far back an exporter is remembered that is gone.
	Absent string

	// RunbookURL and DashboardURL are what the links of the annotations begin with.
	RunbookURL, DashboardURL string

	// Variants overrides the severity, the duration and the presence of single rules, by Key.
	Variants map[string]Override
}

// Override changes one alerting rule; what is empty stays.
type Override struct {
	Disabled      bool
	Severity, For string
}

// Key names an alerting rule in Parameters.Variants, by the severity that it has unless it is changed.
func Key(alert, severity string) string { return alert + "/" + severity }

// Defaults are the parameters of the shipped files.
func Defaults() Parameters {
	return Parameters{
		Interval: "1m", TrendInterval: "5m",
		ScrapeLabels: []string{"instance", "pod", "job", "container", "endpoint", "service"},
		Job:          ".*kube-posture-exporter.*",
		DriftWindow:  "1h", NamespaceAge: "2h", KeepFiring: "5m",
		RecurringKinds: "CronJob", RecurringMemory: "8d",
		Hour: "1h", Day: "1d", Week: "7d", Quarter: "90d",
		WeightCritical: "10", WeightHigh: "5", WeightMedium: "2", WeightLow: "1",
		ScoreDrop: "0.1", OvercommitRatio: "1.5", UnboundedPods: "10", ExemptionDays: "14",
		CounterWindow: "15m", WatchErrors: "10", SilentSeconds: "900", Absent: "1d",
		RunbookURL:   "https://github.com/kube-posture/kube-posture-exporter/blob/main/docs/runbooks/",
		DashboardURL: "https://grafana.example.com/d/",
	}
}

// Tunable is one parameter as the documentation and a chart show it.
type Tunable struct {
	// Key is its name: lower camel case, with a dot between group and name.
	Key string
	// Value points into the parameters.
	Value *string
	// Says is what it decides.
	Says string
}

// Tunables lists the parameters, in the order of the documentation. Severities, durations and presence of single rules are besides these,
// in Variants.
func (p *Parameters) Tunables() []Tunable {
	return []Tunable{
		{"drift.window", &p.DriftWindow, "what did not exist this long ago is new; a drift alert ends when the gap is closed or this old"},
		{"drift.namespaceAge", &p.NamespaceAge, "nothing in a namespace that is younger is drift; at least twice `drift.window`"},
		{"drift.keepFiring", &p.KeepFiring, "how long a drift alert outlives its cause, so that a restart of the exporter does not end and repeat it"},
		{"drift.recurringKinds", &p.RecurringKinds,
			"kinds, as a regular expression, whose findings come and go by design; `CronJob|Deployment` where workloads are scaled to zero every night"},
		{"drift.recurringMemory", &p.RecurringMemory, "how long a finding of such a kind is remembered and not new again"},
		{"score.weights.critical", &p.WeightCritical, "what a resource counts that a critical check judges"},
		{"score.weights.high", &p.WeightHigh, "the same for a high one"},
		{"score.weights.medium", &p.WeightMedium, "the same for a medium one"},
		{"score.weights.low", &p.WeightLow, "the same for a low one"},
		{"thresholds.scoreDrop", &p.ScoreDrop, "by how much a namespace's score, from 0 to 1, falls within `drift.window`"},
		{"thresholds.overcommitRatio", &p.OvercommitRatio, "sum of the memory limits on a node over what it can allocate"},
		{"thresholds.unboundedPods", &p.UnboundedPods, "pods on a node that may use all its memory"},
		{"thresholds.exemptionDays", &p.ExemptionDays, "days before the end of an exemption"},
		{"thresholds.watchErrors", &p.WatchErrors, "failed lists and watches of one kind within `counterWindow`"},
		{"thresholds.silentSeconds", &p.SilentSeconds, "seconds without an answer, bookmarks included, of the API server for one kind"},
		{"counterWindow", &p.CounterWindow, "over how long errors and panics are counted"},
		{"absent", &p.Absent, "how long a cluster is remembered whose exporter is gone"},
		{"job", &p.Job, "a regular expression for the `job` label of the exporter's targets"},
		{"interval", &p.Interval, "how often rules are evaluated"},
		{"trendInterval", &p.TrendInterval, "how often differences against the past are recorded"},
		{"runbookURL", &p.RunbookURL, "what links to runbooks begin with"},
		{"dashboardURL", &p.DashboardURL, "what links to dashboards begin with: your Grafana"},
	}
}
