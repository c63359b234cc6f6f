package dashboards

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

// builder makes expressions of what the collector exports and the rules record. What it is asked for and does not know it keeps as an error.
type builder struct {
	rules.Parameters
	set      *check.Set
	families map[string]collector.Metric
	records  map[string][]string
	alerts   []rules.Alert
	err      error
}

func newBuilder(p rules.Parameters, set *check.Set) (*builder, error) {
	b := &builder{Parameters: p, set: set, families: make(map[string]collector.Metric), records: make(map[string][]string)}
	made, err := rules.Make(b.Parameters, set)
	if err != nil {
		return nil, err
	}
	for _, r := range made.Records() {
		b.records[r.Record] = r.Labels
	}
	for _, m := range collector.Metrics(set) {
		b.families[m.Name] = m
	}
	b.alerts = made.Alerts
	return b, nil
}

// family is the collector's family of that name, without the prefix.
func (b *builder) family(name string) collector.Metric {
	m, ok := b.families[collector.Namespace+name]
	if !ok {
		b.err = errors.Join(b.err, fmt.Errorf("the collector has no family %s%s", collector.Namespace, name))
	}
	return m
}

// checkID is the name of a check that exists.
func (b *builder) checkID(id string) string {
	if b.set.Entry(id) == nil {
		b.err = errors.Join(b.err, fmt.Errorf("there is no check %s", id))
	}
	return id
}

// raw selects a family as it was scraped, in the clusters that are chosen.
func (b *builder) raw(name string, matchers ...string) string {
	return chosen(b.family(name).Name, matchers...)
}

// rec selects a recorded series, in the clusters that are chosen.
func (b *builder) rec(name string, matchers ...string) string {
	if _, ok := b.records[name]; !ok {
		b.err = errors.Join(b.err, fmt.Errorf("no rule records %s", name))
	}
	return chosen(name, matchers...)
}

// trend is a recorded difference against the past. These are recorded so seldom that a moment just before the next one sees none.
func (b *builder) trend(name string, matchers ...string) string {
	return "last_over_time(" + b.rec(name, matchers...) + "[10m])"
}

// row is a recorded series by some of its labels and without its name. Tables need it so: their rows are joined by all labels that are in
// every query, and the name is one.
func (b *builder) row(labels, name string, matchers ...string) string {
	return fmt.Sprintf("max by (%s) (%s)", labels, b.rec(name, matchers...))
}

// max is what the replicas say together, by the family's own labels. Naming these, and not the ones to drop, also drops the namespace that
// some service discoveries give to a family that has none of its own. Where replicas disagree, the one that sees more counts.
func (b *builder) max(name string, matchers ...string) string {
	return b.one("max", name, b.raw(name, matchers...))
}

// min is the same where the replica counts that sees less.
func (b *builder) min(name string, matchers ...string) string {
	return b.one("min", name, b.raw(name, matchers...))
}

func (b *builder) one(aggregation, name, selector string) string {
	return fmt.Sprintf("%s by (%s) (%s)", aggregation, strings.Join(slices.Concat([]string{"cluster"}, b.family(name).Labels), ", "), selector)
}

// own is the gauge of a check.
func (b *builder) own(id string, matchers ...string) string { return b.max(b.checkID(id), matchers...) }

// failing are the resources that fail a check in the whole cluster, as recorded.
func (b *builder) failing(id string) string {
	return b.rec(rules.CheckResources, fmt.Sprintf("check=%q", b.checkID(id)), `result="fail"`)
}

// judgedBefore is 0 for each cluster in which checks are judged now and were a while ago: there, nothing new is a fact and not a gap in
// the record.
func (b *builder) judgedBefore(ago string) string {
	return fmt.Sprintf("max by (cluster) (%s * 0) and on (cluster) (%s offset %s) and on (cluster) %s",
		b.rec(rules.CheckResources), b.rec(rules.CheckResources), ago, b.everyFinding())
}

// everyFinding is there for each cluster whose findings are all shown: none is dropped, and the exporter does not keep names to itself.
func (b *builder) everyFinding() string { return "(" + b.max("findings_dropped") + " == 0)" }

// seen is 0 for each cluster that an exporter reports on, in the same scrape as everything else about it.
func (b *builder) seen() string {
	return fmt.Sprintf("max by (cluster) (%s) * 0", b.raw("cluster_info"))
}

// ranked are the gap and the severity of the checks, with a label to sort by: 1 is the worst.
func (b *builder) ranked(matchers ...string) string {
	return rank(b.rec(rules.CheckInfo, matchers...))
}

// rank adds a label to sort by to what has a severity.
func rank(expr string) string {
	for i, s := range check.Severities() {
		expr = fmt.Sprintf(`label_replace(%s, "rank", "%d", "severity", %q)`, expr, i+1, s)
	}
	return expr
}

// withSeverity adds what a check is about to an expression that has a check and a cluster.
func (b *builder) withSeverity(expr string, matchers ...string) string {
	return fmt.Sprintf("%s\n* on (cluster, check) group_left (gap, severity, rank) %s", expr, b.ranked(matchers...))
}

// perNamespace has a value for every namespace, with its team, for tables to sort by: where there is none, and nothing is shown for it,
// it is 0.
func (b *builder) perNamespace(expr string) string {
	info := b.row("cluster, namespace, team", rules.NamespaceInfo, in("namespace"))
	return fmt.Sprintf("(%s)\n* on (cluster, namespace) group_left (team) %s\nor\n(%s * 0)", expr, info, info)
}

// kindOf lists the alerts of a kind, as a regular expression.
func (b *builder) kindOf(k rules.Kind) string {
	var names []string
	for _, a := range b.alerts {
		if a.Kind == k {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, "|")
}

// chosen selects a series in the clusters that are chosen.
func chosen(name string, matchers ...string) string {
	return name + "{" + strings.Join(slices.Concat([]string{in("cluster")}, matchers), ", ") + "}"
}

// in matches a label with the variable of the same name. Its "All" matches series without the label, too.
func in(label string) string { return fmt.Sprintf(`%s=~"$%s"`, label, label) }

// is matches a label with a value.
func is(label, value string) string { return fmt.Sprintf("%s=%q", label, value) }

// owned adds a label that every series then has, whether or not it has a team: rows are joined by labels, and where a query had none with a
// team its numbers would be put beside every team.
func owned(expr string) string {
	return fmt.Sprintf(`label_replace(label_replace(%s, "owner", "nobody", "team", ""), "owner", "$1", "team", "(.+)")`, expr)
}

// maxBy takes the greatest.
func maxBy(labels, expr string) string { return fmt.Sprintf("max by (%s) (%s)", labels, expr) }

// sumBy adds up.
func sumBy(labels, expr string) string { return fmt.Sprintf("sum by (%s) (%s)", labels, expr) }

// orZero fills in a 0 where the proof, which is 0 itself, says that it is one.
func orZero(expr, proof string) string { return fmt.Sprintf("%s\nor\n(%s)", expr, proof) }
