package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

const (
	minute = int64(time.Minute / time.Millisecond)
	hour   = 60 * minute
	day    = 24 * hour
)

// cluster is everything that Prometheus has been told of one cluster, and when.
type cluster struct {
	parameters
	rules []rule
	// start is when the raw samples begin and oldest when anything does; the head begins at boundary; the measurement begins at now.
	oldest, start, boundary, now int64
	// young is the namespace that is only there since an hour or less.
	young    string
	lookback map[string][]lookback
	series   []*series
	findings int
}

// ranges are the lengths of blocks to which Prometheus compacts when it keeps a year, in hours.
var ranges = []int64{486, 162, 54, 18, 6, 2}

// newCluster makes every series. The moment is chosen so that the past lies in as many blocks as it ever does, and so that the head is
// compacted in the middle of the measurement.
func newCluster(ctx context.Context, p parameters, progress io.Writer) (*cluster, error) {
	c := &cluster{parameters: p, lookback: make(map[string][]lookback)}
	var err error
	if c.rules, err = readRules(p.Files); err != nil {
		return nil, err
	}
	c.boundary = (1024*ranges[0] + ranges[0] - 2) * hour
	c.now = c.boundary + 3*hour - int64(p.Rounds+2)*minute
	c.start = c.now - int64(p.Days)*day
	c.oldest = c.start
	for i := range c.rules {
		for _, l := range c.rules[i].lookbacks() {
			c.lookback[l.metric] = append(c.lookback[l.metric], l)
			c.oldest = min(c.oldest, c.now-(l.from+time.Hour).Milliseconds())
		}
	}
	families, err := exposition(p, time.UnixMilli(c.now))
	if err != nil {
		return nil, err
	}
	c.young = youngest(families)
	info := checkInfo(families)
	h := newHistory(c)
	for replica := range p.Replicas {
		for _, f := range families {
			for _, m := range f.Metric {
				if m.Histogram == nil {
					c.addRaw(h, f.GetName(), m, replica, info)
				}
			}
		}
		c.add(target(replica, model.MetricNameLabel, "up"), 1, replica, c.always())
	}
	fmt.Fprintf(progress, "%d series scraped in the year\n", len(c.series))
	return c, c.learn(ctx)
}

// addRaw adds what one replica says of one series of the exposition; findings are added for each object that has them in the year.
func (c *cluster) addRaw(h *history, name string, m *dto.Metric, replica int, info map[string][2]string) {
	v := m.GetGauge().GetValue() + m.GetCounter().GetValue()
	pairs := []string{model.MetricNameLabel, name}
	values := make(map[string]string, len(m.Label))
	for _, p := range m.Label {
		pairs = append(pairs, p.GetName(), p.GetValue())
		values[p.GetName()] = p.GetValue()
	}
	if name != "kube_posture_finding" {
		c.add(target(replica, pairs...), v, replica, c.lifeOf(values["namespace"]))
		return
	}
	if replica == 0 {
		c.findings++
	}
	for _, o := range h.of(values["namespace"], values["kind"], values["name"]) {
		l := target(replica, append(pairs, "kind", o.kind, "name", o.name)...)
		c.add(l, v, replica, o.spans)
		if replica == 0 && values["namespace"] != c.young {
			c.addAppeared(l, v, o.spans, info[values["check"]])
		}
	}
}

// addAppeared adds what object:kube_posture_finding:appeared has recorded of a finding.
func (c *cluster) addAppeared(l labels.Labels, v float64, of []span, info [2]string) {
	var spans []span
	for _, s := range of {
		if s.from > c.oldest {
			spans = append(spans, span{s.from, min(s.to, s.from+hour)})
		}
	}
	if spans == nil {
		return
	}
	b := labels.NewBuilder(l).Set(model.MetricNameLabel, "object:kube_posture_finding:appeared").Set("gap", info[0]).Set("severity", info[1])
	for _, name := range []string{"instance", "pod", "job", "container", "endpoint", "service"} {
		b.Del(name)
	}
	c.series = append(c.series, newSeries(b.Labels(), v, true, spans))
}

func (c *cluster) add(l labels.Labels, v float64, replica int, spans []span) {
	s := newSeries(l, v, false, spans)
	s.offset = int64(11+17*replica) * 1000
	c.series = append(c.series, s)
}

func (c *cluster) always() []span { return []span{{math.MinInt64, math.MaxInt64}} }

func (c *cluster) lifeOf(namespace string) []span {
	if namespace != "" && namespace == c.young {
		return []span{{c.now - 40*minute, math.MaxInt64}}
	}
	return c.always()
}

// target adds the labels that a ServiceMonitor with honorLabels gives to a series.
func target(replica int, pairs ...string) labels.Labels {
	n := strconv.Itoa(replica)
	pod := "kube-posture-exporter-7d9c6b5f4-x" + n + "k2p"
	all := map[string]string{
		"cluster": "prod", "job": "kube-posture-exporter", "instance": "10.0." + n + ".17:9219", "pod": pod, "container": "exporter",
		"endpoint": "metrics", "service": "kube-posture-exporter", "namespace": "monitoring",
	}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return labels.FromMap(all)
}

// youngest names one namespace of the cluster.
func youngest(families []*dto.MetricFamily) string {
	var names []string
	for _, f := range families {
		if f.GetName() == "kube_posture_namespace_info" {
			for _, m := range f.Metric {
				for _, p := range m.Label {
					if p.GetName() == "namespace" {
						names = append(names, p.GetValue())
					}
				}
			}
		}
	}
	return slices.Max(names)
}

// checkInfo is the gap and the severity of each check.
func checkInfo(families []*dto.MetricFamily) map[string][2]string {
	info := make(map[string][2]string)
	for _, f := range families {
		if f.GetName() != "kube_posture_check_info" {
			continue
		}
		for _, m := range f.Metric {
			values := make(map[string]string)
			for _, p := range m.Label {
				values[p.GetName()] = p.GetValue()
			}
			info[values["check"]] = [2]string{values["gap"], values["severity"]}
		}
	}
	return info
}
