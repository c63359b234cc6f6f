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

// sample is a gauge with one value. A big cluster has hundreds of thousands of series, so samples are cut from slabs and share the
// label pairs that they have in common, instead of being made one by one.
type sample struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair
	value  float64
}

// Desc implements prometheus.Metric.
func (s *sample) Desc() *prometheus.Desc { return s.desc }

// Write implements prometheus.Metric.
func (s *sample) Write(out *dto.Metric) error {
	out.Label = s.labels
	out.Gauge = &dto.Gauge{Value: &s.value}
	return nil
}

// writer sends samples to a scrape.
type writer struct {
	out   chan<- prometheus.Metric
	slab  []sample
	pairs []*dto.LabelPair
}

const slabSize = 1024

// gauge sends one sample, unless its family is left out, of which there is no desc; labels are sorted by name and not changed after.
func (w *writer) gauge(desc *prometheus.Desc, value float64, labels []*dto.LabelPair) {
	if desc == nil {
		return
	}
	if len(w.slab) == 0 {
		w.slab = make([]sample, slabSize)
	}
	s := &w.slab[0]
	w.slab = w.slab[1:]
	*s = sample{desc: desc, labels: labels, value: value}
	w.out <- s
}

// labels returns a list of pairs sorted by name, cut from a slab.
func (w *writer) labels(pairs ...*dto.LabelPair) []*dto.LabelPair {
	if len(w.pairs) < len(pairs) {
		w.pairs = make([]*dto.LabelPair, max(slabSize, len(pairs)))
	}
	list := w.pairs[:len(pairs):len(pairs)]
	w.pairs = w.pairs[len(pairs):]
	copy(list, pairs)
	slices.SortFunc(list, func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) })
	return list
}

// pair makes a label pair.
func pair(name, value string) *dto.LabelPair {
	value = labelValue(value)
	return &dto.LabelPair{Name: &name, Value: &value}
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
