package live_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"github.com/kube-posture/kube-posture-exporter/collector"
)

// samples are the values of one scrape, by name and sorted labels as the text format writes them.
type samples map[string]float64

// sample is the key of one of the exporter's own samples; the prefix is added.
func sample(name string, labels ...string) string {
	pairs := make([]string, 0, len(labels)/2)
	for i := 0; i < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+"="+strconv.Quote(labels[i+1]))
	}
	slices.Sort(pairs)
	return collector.Namespace + name + "{" + strings.Join(pairs, ",") + "}"
}

func flatten(families []*dto.MetricFamily) samples {
	s := make(samples)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var pairs []string
			for _, l := range m.GetLabel() {
				pairs = append(pairs, l.GetName()+"="+strconv.Quote(l.GetValue()))
			}
			slices.Sort(pairs)
			key := f.GetName() + "{" + strings.Join(pairs, ",") + "}"
			switch f.GetType() {
			case dto.MetricType_COUNTER:
				s[key] = m.GetCounter().GetValue()
			case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
				s[key] = float64(m.GetHistogram().GetSampleCount())
			default:
				s[key] = m.GetGauge().GetValue()
			}
		}
	}
	return s
}

// family is the name of the sample's family, without the prefix.
func family(key string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(key, collector.Namespace), "{")
	return name
}

// label is the value of one of the sample's labels, empty when it has none of that name.
func label(key, name string) string {
	_, pairs, _ := strings.Cut(key, "{")
	_, rest, _ := strings.Cut(","+pairs, ","+name+"=\"")
	value, _, _ := strings.Cut(rest, "\"")
	return value
}

// aboutItself says whether the family is about the exporter and not about the cluster's posture.
func aboutItself(name string) bool {
	for _, prefix := range []string{"informer_", "watch_errors_", "check_panics_", "compute_", "config_", "build_", "snapshot_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// posture are the samples about the cluster's posture.
func (s samples) posture() samples {
	return s.filter(func(key string) bool { return strings.HasPrefix(key, collector.Namespace) && !aboutItself(family(key)) })
}

func (s samples) filter(keep func(key string) bool) samples {
	kept := make(samples)
	for key, v := range s {
		if keep(key) {
			kept[key] = v
		}
	}
	return kept
}

// sum adds up the samples of a family that have a label value.
func (s samples) sum(name string, labels ...string) (total float64) {
	for key, v := range s {
		if family(key) != name {
			continue
		}
		matches := true
		for i := 0; i < len(labels); i += 2 {
			matches = matches && label(key, labels[i]) == labels[i+1]
		}
		if matches {
			total += v
		}
	}
	return total
}

// differences is how many differing samples an error names.
const differences = 20

// equal says how two sets of samples differ.
func equal(want, got samples) error {
	keys := make(map[string]bool)
	for key := range want {
		keys[key] = true
	}
	for key := range got {
		keys[key] = true
	}
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		w, wanted := want[key]
		g, there := got[key]
		switch {
		case !wanted:
			lines = append(lines, fmt.Sprintf("+ %s %v", key, g))
		case !there:
			lines = append(lines, fmt.Sprintf("- %s %v", key, w))
		case w != g:
			lines = append(lines, fmt.Sprintf("! %s is %v, want %v", key, g, w))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	more := ""
	if len(lines) > differences {
		lines, more = lines[:differences], fmt.Sprintf("\nand %d more", len(lines)-differences)
	}
	return fmt.Errorf("samples differ (- missing, + not wanted, ! another value):\n%s%s", strings.Join(lines, "\n"), more)
}

// expect are the values that samples should have; absent stands for no such sample.
type expect map[string]float64

const absent = -1

func (e expect) compare(s samples) error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(e)) {
		got, there := s[key]
		switch want := e[key]; {
		case want == absent && there:
			errs = append(errs, fmt.Errorf("%s is %v, want none", key, got))
		case want != absent && !there:
			errs = append(errs, fmt.Errorf("there is no %s, want %v", key, want))
		case want != absent && got != want:
			errs = append(errs, fmt.Errorf("%s is %v, want %v", key, got, want))
		}
	}
	return errors.Join(errs...)
}
