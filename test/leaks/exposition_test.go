package leaks

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// exposition is one scrape.
type exposition map[string]*dto.MetricFamily

func parse(text []byte) (exposition, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	return parser.TextToMetricFamilies(bytes.NewReader(text))
}

// value is that of a family with one series, or of the series with the given label value; found says whether there is one.
func (e exposition) value(family string, label ...string) (v float64, found bool) {
	for _, m := range e[family].GetMetric() {
		if len(label) == 2 && labelOf(m, label[0]) != label[1] {
			continue
		}
		return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue(), true
	}
	return 0, false
}

func labelOf(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// series counts the samples of a text.
func series(text []byte) (n int) {
	for line := range bytes.Lines(text) {
		if line[0] != '#' && line[0] != '\n' {
			n++
		}
	}
	return n
}

// ownMetrics are the beginnings of the names of what tells about the process and its history, which two processes need not share.
func ownMetrics() []string {
	return []string{
		"go_", "process_", "promhttp_", "kube_posture_informer_last_event_timestamp_seconds", "kube_posture_informer_resource_version",
		"kube_posture_watch_errors_total",
		"kube_posture_compute_duration_seconds", "kube_posture_config_last_reload_success_timestamp_seconds",
	}
}

// posture are the lines about the cluster, the number of objects of each kind included, in the order of the text.
func posture(text []byte) (lines []string) {
	own := ownMetrics()
	for line := range bytes.Lines(text) {
		s := strings.TrimSpace(string(line))
		if s == "" || s[0] == '#' || slices.ContainsFunc(own, func(prefix string) bool { return strings.HasPrefix(s, prefix) }) {
			continue
		}
		lines = append(lines, s)
	}
	return lines
}

// differences says in which lines two expositions differ, and shows some of them; empty when they say the same.
func differences(want, got []string) string {
	const shown = 10
	count := make(map[string]int, len(want))
	for _, line := range want {
		count[line]--
	}
	for _, line := range got {
		count[line]++
	}
	var different []string
	for line, n := range count {
		if n != 0 {
			different = append(different, fmt.Sprintf("%+d %s", n, line))
		}
	}
	if len(different) == 0 {
		return ""
	}
	slices.SortFunc(different, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return fmt.Sprintf("%d of %d lines differ:\n%s", len(different), len(want), strings.Join(different[:min(shown, len(different))], "\n"))
}
