package collector

import (
	"encoding/hex"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// writer makes the metrics of one scrape. A big cluster has hundreds of thousands, so they and their lists of label pairs are cut from
// slabs, of which each family uses those of the one before, and they share the pairs and the values that they have in common.
type writer struct {
	families []dto.MetricFamily
	metrics  slab[dto.Metric]
	lists    slab[*dto.LabelPair]
	pairs    slab[labelPair]
	small    [smallValues]*dto.Gauge
	// spare is the list of metrics of the family that was last done with.
	spare []*dto.Metric
}

// labelPair is a pair together with the texts that it points to.
type labelPair struct {
	dto.LabelPair
	name, value string
}

const (
	// smallValues is up to where equal values are one: most series of a cluster are 0, and nearly all are small counts.
	smallValues = 256
)

func newWriter(served []*served) *writer {
	w := &writer{families: make([]dto.MetricFamily, len(served))}
	for i, f := range served {
		w.families[i].Name, w.families[i].Help, w.families[i].Type = &f.name, &f.help, dto.MetricType_GAUGE.Enum()
	}
	return w
}

// room prepares a family for its metrics.
func (w *writer) room(f *served, n int) {
	if family := &w.families[f.place]; family.Metric == nil {
		family.Metric, w.spare = slices.Grow(w.spare, n), nil
	}
}

// keep says that what has been made so far stays.
func (w *writer) keep() {
	w.metrics.keep()
	w.lists.keep()
}

// done says that nobody looks at a family any more, nor at anything that was made since keep but label pairs and values.
func (w *writer) done(family *dto.MetricFamily) {
	if cap(family.Metric) > cap(w.spare) {
		w.spare = family.Metric[:0]
	}
	family.Metric = nil
	w.metrics.reuse()
	w.lists.reuse()
}

// gauge adds a metric, unless its family is left out, which is nil then; labels are sorted by name and not changed after.
func (w *writer) gauge(f *served, value float64, labels []*dto.LabelPair) {
	if f == nil {
		return
	}
	m := &w.metrics.take(1)[0]
	m.Label, m.Gauge = labels, w.value(value)
	family := &w.families[f.place]
	family.Metric = append(family.Metric, m)
}

// value returns the value as it stands in metrics.
func (w *writer) value(value float64) *dto.Gauge {
	if !(value >= 0 && value < smallValues) || value != float64(int(value)) {
		return newValue(value)
	}
	g := &w.small[int(value)]
	if *g == nil {
		*g = newValue(value)
	}
	return *g
}

func newValue(value float64) *dto.Gauge {
	g := &struct {
		dto.Gauge
		value float64
	}{value: value}
	g.Value = &g.value
	return &g.Gauge
}

// labels returns a list of pairs sorted by name.
func (w *writer) labels(pairs ...*dto.LabelPair) []*dto.LabelPair { return w.with(pairs, nil) }

// with returns some pairs and one more, unless that is nil, sorted by name.
func (w *writer) with(pairs []*dto.LabelPair, more *dto.LabelPair) []*dto.LabelPair {
	n := len(pairs) + 1
	if more == nil {
		n--
	}
	list := w.lists.take(n)
	copy(list, pairs)
	if more != nil {
		list[n-1] = more
	}
	for i := 1; i < n; i++ { // there are six at most, and they are in order already where there are many lists
		for j := i; j > 0 && *list[j].Name < *list[j-1].Name; j-- {
			list[j-1], list[j] = list[j], list[j-1]
		}
	}
	return list
}

// pair makes a label pair. Every label of the exporter comes from here: see labelValue.
func (w *writer) pair(name, value string) *dto.LabelPair {
	p := &w.pairs.take(1)[0]
	p.name, p.value = name, labelValue(value)
	p.Name, p.Value = &p.name, &p.value
	return &p.LabelPair
}

// sample is a metric on its way to a registry.
type sample struct {
	desc   *prometheus.Desc
	metric *dto.Metric
}

// Desc implements prometheus.Metric.
func (s sample) Desc() *prometheus.Desc { return s.desc }

// Write implements prometheus.Metric.
func (s sample) Write(out *dto.Metric) error {
	out.Label, out.Gauge = s.metric.Label, s.metric.Gauge
	return nil
}

const (
	// longValue is from where on a label value is cut: no name of a Kubernetes object is as long, and a subject's name has no bound.
	longValue = 512
	// kept is how much of it stays before its hash.
	kept = 400
	// replacement marks a value that is not shown as it is.
	replacement = "\uFFFD"
)

// labelValue makes any text fit to be a label value. The text format allows only valid UTF-8, and two series with the same labels
// would cost the whole scrape, so different texts stay different: what cannot be shown is quoted, marked, and told apart by a hash
// when it is too long.
func labelValue(value string) string {
	if len(value) <= longValue && utf8.ValidString(value) && !strings.HasPrefix(value, replacement) {
		return value
	}
	quoted := strconv.QuoteToASCII(value)
	if len(quoted) > longValue {
		hash := fnv.New128a()
		hash.Write([]byte(value))
		quoted = quoted[:kept] + "..." + hex.EncodeToString(hash.Sum(nil))
	}
	return replacement + quoted
}
