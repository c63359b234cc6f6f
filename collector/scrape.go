package collector

import (
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/kube-posture/kube-posture-exporter/internal/check"
	"github.com/kube-posture/kube-posture-exporter/internal/posture"
)

// scrape writes one report. What is many is written in the order in which it is served, so that nobody has to sort it.
type scrape struct {
	*writer
	c *Collector
	r *posture.Report
	// namespace are the namespace label pairs, by namespace index; ordered are the indexes by the pairs' values.
	namespace []*dto.LabelPair
	ordered   []int
	// alone are the lists of nothing but the namespace.
	alone [][]*dto.LabelPair
	// ids are the label pairs of the checks, by index; states those of the namespaces that exist, and nodes those of nodes.
	ids           []*dto.LabelPair
	states, nodes labelled
}

// labelled are label pairs of many things, and their indexes in the order of the values.
type labelled struct {
	pairs   []*dto.LabelPair
	ordered []int
}

// makers write the families about posture that are no check's own.
func makers() map[string]func(*scrape) {
	return map[string]func(*scrape){
		checkInfo.Name: (*scrape).checkInfo, checkResources.Name: (*scrape).checkResources,
		finding.Name:         (*scrape).findings,
		findingsDropped.Name: func(s *scrape) { s.one(findingsDropped, float64(s.r.Dropped)) },
		namesDropped.Name:    (*scrape).namesDropped,
		clusterInfo.Name:     func(s *scrape) { s.one(clusterInfo, 1, s.pair("kubernetes_version", known(s.r.KubernetesVersion))) },
		enforcerInfo.Name: func(s *scrape) {
			for _, name := range s.r.Enforcers {
				s.one(enforcerInfo, 1, s.pair("name", name))
			}
		},
		namespaceInfo.Name: (*scrape).namespaceInfo, namespaceChecked.Name: (*scrape).severities,
		podSecurityLevel.Name: (*scrape).podSecurityLevels, podSecurityReady.Name: (*scrape).podSecurityReady,
		reachableFrom.Name: (*scrape).reachableFrom, reachableOutside.Name: (*scrape).reachableOutside,
		nodeOvercommit.Name: (*scrape).overcommit, nodeUnbounded.Name: (*scrape).unbounded,
		clusterAdminInfo.Name: (*scrape).admins,
		bindingCreated.Name:   (*scrape).bindingsCreated, bindingReview.Name: (*scrape).bindingsReviewed,
		exemptionInfo.Name: (*scrape).exemptionInfo, exemptionTime.Name: (*scrape).exemptionTimes, exemptionHits.Name: (*scrape).exemptionHits,
	}
}

// make writes a family, unless it is about posture and nothing is known of that.
func (s *scrape) make(f *served) {
	if s.r != nil && f.write != nil {
		f.write(s)
	}
}

// known makes an absent fact visible as such: an empty label is the same as none.
func known(value string) string {
	if value == "" {
		return "unknown"
	}
	return value
}

func (s *scrape) family(m Metric) *served { return s.c.families[m.Name] }

func (s *scrape) one(m Metric, value float64, pairs ...*dto.LabelPair) {
	s.gauge(s.family(m), value, s.labels(pairs...))
}

// order returns the indexes of pairs in the order of their values.
func order(pairs []*dto.LabelPair) []int {
	indexes := make([]int, len(pairs))
	for i := range indexes {
		indexes[i] = i
	}
	slices.SortFunc(indexes, func(a, b int) int { return strings.Compare(*pairs[a].Value, *pairs[b].Value) })
	return indexes
}

func (s *scrape) names() {
	s.namespace, s.alone = make([]*dto.LabelPair, len(s.r.Namespaces)), make([][]*dto.LabelPair, len(s.r.Namespaces))
	for i, name := range s.r.Namespaces {
		s.namespace[i] = s.pair("namespace", name)
		s.alone[i] = s.labels(s.namespace[i])
	}
	s.ordered = order(s.namespace)
	entries := s.c.set.Entries()
	s.ids = make([]*dto.LabelPair, len(entries))
	for i := range entries {
		s.ids[i] = s.pair("check", entries[i].ID)
	}
	s.states = label("namespace", s.r.States, s.writer, func(n *posture.NamespaceState) string { return n.Name })
	s.nodes = label("node", s.r.Nodes, s.writer, func(n *posture.NodeState) string { return n.Name })
}

// label makes the pairs of many things.
func label[T any](name string, things []T, w *writer, value func(*T) string) labelled {
	pairs := make([]*dto.LabelPair, len(things))
	for i := range things {
		pairs[i] = w.pair(name, value(&things[i]))
	}
	return labelled{pairs, order(pairs)}
}

// checkInfo and checkResources write level 0.
func (s *scrape) checkInfo() {
	entries := s.c.set.Entries()
	for i := range entries {
		e := &entries[i]
		s.one(checkInfo, 1, s.ids[i], s.pair("gap", string(e.Gap)), s.pair("severity", s.r.Settings.Severity(e).String()),
			s.pair("resource", e.Resource()), s.pair("pod_security", e.Control), s.pair("cis", e.AllCIS()))
	}
}

func (s *scrape) checkResources() {
	var results [posture.ResultCount]*dto.LabelPair
	for r := range results {
		results[r] = s.pair("result", posture.Result(r).String())
	}
	for i, c := range s.r.Checks {
		if !c.Judged {
			continue
		}
		for r, n := range c.Results {
			s.one(checkResources, float64(n), s.ids[i], results[r])
		}
	}
}

// column is one of those of a check, with the check's own labels.
type column struct {
	index int
	extra []*dto.LabelPair
}

// count writes level 1.
func (s *scrape) count(f *served, e *check.Entry) {
	var columns []column
	for i, c := range s.r.Columns {
		if c.Entry.Index == e.Index && s.r.Settings.Enabled(e)>>c.Value&1 == 1 {
			columns = append(columns, column{i, s.extraLabels(e.Check, c.Value)})
		}
	}
	switch {
	case !s.r.Checks[e.Index].Judged || len(columns) == 0:
	case e.Open != "": // its label values are the names of queries
		for _, a := range s.r.Access {
			s.gauge(f, float64(a.Subjects), s.labels(s.pair(e.Open, a.Name)))
		}
	case e.ClusterWide:
		for _, c := range columns {
			s.gauge(f, float64(max(s.r.Counts[c.index], 0)), c.extra)
		}
	default:
		s.inNamespaces(f, columns)
	}
}

// inNamespaces writes a check that has a count in each namespace. The labels' names decide on the order: namespace by namespace, or each
// column in one piece.
func (s *scrape) inNamespaces(f *served, columns []column) {
	s.room(f, len(s.ordered)*len(columns))
	slices.SortFunc(columns, func(a, b column) int { return byValues(a.extra, b.extra) })
	if extra := columns[0].extra; len(extra) > 0 && *extra[0].Name < "namespace" {
		for i := range columns {
			for _, ns := range s.ordered {
				s.inNamespace(f, &columns[i], ns)
			}
		}
		return
	}
	for _, ns := range s.ordered {
		for i := range columns {
			s.inNamespace(f, &columns[i], ns)
		}
	}
}

func (s *scrape) inNamespace(f *served, c *column, ns int) {
	n := s.r.Counts[ns*len(s.r.Columns)+c.index]
	switch {
	case n == posture.NotJudged:
	case len(c.extra) == 0:
		s.gauge(f, float64(n), s.alone[ns])
	default:
		s.gauge(f, float64(n), s.with(c.extra, s.namespace[ns]))
	}
}

func (s *scrape) extraLabels(c *check.Check, value int) []*dto.LabelPair {
	var extra []*dto.LabelPair
	for i, v := range c.LabelValues(value) {
		extra = append(extra, s.pair(c.Labels[i].Name, v))
	}
	return s.labels(extra...)
}

// severities writes what the scores of namespaces are made of.
func (s *scrape) severities() {
	f := s.family(namespaceChecked)
	s.room(f, 2*int(check.SeverityCount)*len(s.ordered))
	pass, fail := s.pair("result", posture.Pass.String()), s.pair("result", posture.Fail.String())
	var labels [check.SeverityCount]*dto.LabelPair
	for severity := range labels {
		labels[severity] = s.pair("severity", check.Severity(severity).String())
	}
	bySeverity := order(labels[:])
	for _, ns := range s.ordered {
		if ns == 0 { // no namespace
			continue
		}
		for _, result := range []*dto.LabelPair{fail, pass} {
			for _, severity := range bySeverity {
				passed, failed, ok := s.r.Severity(ns, check.Severity(severity))
				if !ok {
					continue
				}
				n := passed
				if result == fail {
					n = failed
				}
				s.gauge(f, float64(n), s.labels(s.namespace[ns], result, labels[severity]))
			}
		}
	}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
