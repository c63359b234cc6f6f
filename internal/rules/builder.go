package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kube-posture/kube-posture-exporter/collector"
	"github.com/kube-posture/kube-posture-exporter/internal/check"
)

// builder makes expressions of the families that the collector has. What it is asked for and does not know it keeps as an error.
type builder struct {
	Parameters
	set      *check.Set
	families map[string]collector.Metric
	err      error
}

func newBuilder(p Parameters, set *check.Set) *builder {
	b := &builder{Parameters: p, set: set, families: make(map[string]collector.Metric)}
	for _, m := range collector.Metrics(set) {
		b.families[m.Name] = m
	}
	return b
}

// family is the collector's family of that name, without the prefix.
func (b *builder) family(name string) collector.Metric {
	m, ok := b.families[collector.Namespace+name]
	if !ok {
		b.err = errors.Join(b.err, fmt.Errorf("the collector has no family %s%s", collector.Namespace, name))
	}
	return m
}

// raw selects a family as it was scraped. matchers and offset may be empty.
func (b *builder) raw(name, matchers, offset string) string {
	return selector(b.family(name).Name, matchers, offset)
}

// one says what the replicas say together. Where they disagree for a moment, the aggregation decides: max is the one that sees more.
func (b *builder) one(aggregation, name, matchers, offset string) string {
	return fmt.Sprintf("%s without (%s) (%s)", aggregation, b.without(name), b.raw(name, matchers, offset))
}

func (b *builder) max(name, matchers, offset string) string {
	return b.one("max", name, matchers, offset)
}

// without lists the labels that a target adds to the family. A family without a namespace of its own gets the exporter's from some
// service discoveries, so that goes too.
func (b *builder) without(name string) string {
	own := b.family(name).Labels
	var drop []string
	for _, l := range slices.Concat(b.ScrapeLabels, []string{"namespace"}) {
		if !slices.Contains(own, l) {
			drop = append(drop, l)
		}
	}
	return strings.Join(drop, ", ")
}

// checkID is the name of a check that exists.
func (b *builder) checkID(id string) string {
	if b.set.Entry(id) == nil {
		b.err = errors.Join(b.err, fmt.Errorf("there is no check %s", id))
	}
	return id
}

// judgedThen selects, for every check or the one given, the proof that it was judged at the offset. It is in the same scrape as everything
// that the check says, and absent when the exporter was away, had not seen everything yet, or could not list a kind that the check needs.
func (b *builder) judgedThen(id string) string {
	matchers := ""
	if id != "" {
		matchers = fmt.Sprintf("check=%q", b.checkID(id))
	}
	return b.raw("check_resources", matchers, b.DriftWindow)
}

func selector(name, matchers, offset string) string {
	if matchers != "" {
		name += "{" + matchers + "}"
	}
	if offset != "" {
		name += " offset " + offset
	}
	return name
}

// lines joins the parts of an expression.
func lines(parts ...string) string { return strings.Join(parts, "\n") }

// indent moves every line of an expression to the right.
func indent(expr string) string { return "  " + strings.ReplaceAll(expr, "\n", "\n  ") }

// group puts an expression into parentheses.
func group(expr string) string { return "(\n" + indent(expr) + "\n)" }
