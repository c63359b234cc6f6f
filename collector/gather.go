package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Families makes every family but those of the counters, as a registry would make them of what Collect sends, and hands one after the other
// to emit, in the order of their names, but for those that are not wanted; nil wants all. A family is emit's until it returns: the memory is that of the next one. In a big cluster all
// families together are as much as half of what the exporter holds of the cluster.
//
// A registry takes several times as long, because it looks at each metric as at one that anybody may have made: these have their
// labels sorted, valid and as described because nothing else can be written here. What a mistake could still bring about, a series that
// is made twice, is left out and returned as an error, as a registry does it.
//
// A panic is an error as well, ErrBroken, and ends it. What was emitted before is then not all there is, and must not be shown.
// It ends with the context's error when the context ends.
func (c *Collector) Families(ctx context.Context, wanted func(name string) bool, emit func(*dto.MetricFamily)) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v\n%s", ErrBroken, r, debug.Stack())
		}
	}()
	var errs []error
	s, err := c.begin(ctx)
	if err != nil {
		return err
	}
	for i, f := range c.sorted {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if wanted != nil && !wanted(f.name) {
			continue
		}
		s.make(f)
		if family := &s.writer.families[i]; len(family.Metric) > 0 {
			errs = append(errs, tidy(family))
			emit(family)
			s.done(family)
		}
	}
	return errors.Join(errs...)
}

// ErrBroken is a mistake of the exporter.
var ErrBroken = errors.New("nothing is known of the cluster's posture in this scrape, please report this")

// Counters is what a registry should know when what Families makes is served beside it: all is described, so that no name is taken
// twice, and only the counters are collected.
func (c *Collector) Counters() prometheus.Collector { return onlyCounters{c} }

type onlyCounters struct{ *Collector }

// Collect implements prometheus.Collector.
func (o onlyCounters) Collect(out chan<- prometheus.Metric) {
	for _, counter := range o.counters.all() {
		counter.Collect(out)
	}
}

// tidy puts the metrics of a family into the order of a registry, which nearly all are in already, and leaves out those that are there.
func tidy(f *dto.MetricFamily) error {
	inOrder := true
	for i := 1; i < len(f.Metric) && inOrder; i++ {
		inOrder = byLabels(f.Metric[i-1], f.Metric[i]) < 0
	}
	if inOrder {
		return nil
	}
	slices.SortStableFunc(f.Metric, byLabels)
	single, again := f.Metric[:1], []*dto.Metric(nil)
	for _, m := range f.Metric[1:] {
		if byLabels(single[len(single)-1], m) == 0 {
			again = append(again, m)
		} else {
			single = append(single, m)
		}
	}
	f.Metric = single
	if len(again) == 0 {
		return nil
	}
	return fmt.Errorf("%d series of %s were made before with the same labels and are left out, please report this; the first is {%s}",
		len(again), f.GetName(), again[0])
}

func byLabels(a, b *dto.Metric) int { return byValues(a.Label, b.Label) }

// byValues compares the labels of two metrics of one family.
func byValues(a, b []*dto.LabelPair) int {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if order := strings.Compare(*a[i].Value, *b[i].Value); order != 0 {
			return order
		}
	}
	return cmp.Compare(len(a), len(b))
}
