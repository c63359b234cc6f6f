package dashboards

import (
	"slices"
	"strings"
	"testing"

	"github.com/kube-posture/kube-posture-exporter/internal/rules"
)

const oneReplica = `instance="10.0.0.1:9911",job="kube-posture-exporter"`

// TestPanelsShowTheDemo: on a cluster with gaps no panel is empty, unless it says why.
func TestPanelsShowTheDemo(t *testing.T) {
	w := &world{}
	w.demo(t, oneReplica, false)
	w.others(oneReplica)
	list, queries := expressions(t, ".*")
	answers := w.ask(t, list, "3h")
	for _, expr := range list {
		if q := queries[expr]; len(answers[expr]) == 0 && q.MayBeEmpty == "" {
			t.Errorf("%s shows nothing: %s", q, expr)
		}
	}
	rowsJoin(t, answers)
}

// rowsJoin: a table joins its queries by labels, so each must tell rows by labels that the first has, and bring others that no other query has.
func rowsJoin(t *testing.T, answers map[string]answer) {
	t.Helper()
	for _, d := range made(t) {
		for _, p := range d.All() {
			if p.Type != "table" || len(p.Targets) < 2 {
				continue
			}
			owner := map[string]string{}
			for _, target := range p.Targets {
				for labels := range answers[Expand(target.Expr, d.Everything())] {
					for _, name := range labelNames(labels) {
						if first, ok := owner[name]; !ok {
							owner[name] = target.RefID
						} else if first != "A" && first != target.RefID || name == "__name__" {
							t.Errorf("%s: %s: the rows of %s and %s differ by %s", d.UID, p.Title, first, target.RefID, name)
						}
					}
				}
			}
		}
	}
}

// TestReplicasAndClustersDoNotAddUp: the same numbers with two replicas, with the labels that a service discovery adds, beside another cluster.
func TestReplicasAndClustersDoNotAddUp(t *testing.T) {
	lonely, crowd := &world{}, &world{}
	lonely.demo(t, oneReplica, false)
	lonely.others(oneReplica)
	const target = `job="kube-posture-exporter",namespace="monitoring",container="exporter",endpoint="http",service="exporter",cluster=`
	crowd.demo(t, `instance="10.0.0.1:9911",pod="a",`+target+`"one"`, false)
	crowd.demo(t, `instance="10.0.0.2:9911",pod="b",`+target+`"one"`, false)
	crowd.others(`cluster="one"`)
	crowd.demo(t, `instance="10.1.0.1:9911",pod="c",`+target+`"two"`, true)
	crowd.others(`cluster="two"`)

	all, queries := expressions(t, ".*")
	one, _ := expressions(t, "one")
	want, got := lonely.ask(t, all, "3h"), crowd.ask(t, one, "3h")
	compared := 0
	for i, expr := range all {
		q := queries[expr]
		if strings.Contains(expr, "instance") { // shows each replica
			continue
		}
		compared++
		mine := got[one[i]]
		for labels := range mine {
			if !strings.Contains(labels, `cluster="one"`) {
				t.Errorf("%s shows another cluster: {%s}", q, labels)
			}
		}
		alone, beside := want[expr], mine.without("cluster")
		if strings.Contains(expr, "topk") { // of equals it takes any
			alone, beside = alone.ranked(), beside.ranked()
		}
		if !alone.like(beside) {
			t.Errorf("%s\n%s\nalone:  %v\nbeside: %v", q, expr, alone, beside)
		}
	}
	if compared < 100 {
		t.Errorf("compared only %d queries", compared)
	}
}

// TestBlindIsNotZero: of an exporter that has seen nothing yet only the blindness is shown.
func TestBlindIsNotZero(t *testing.T) {
	w := &world{}
	w.blind(oneReplica)
	list, queries := expressions(t, ".*")
	answers := w.ask(t, list, "3h")
	for expr, a := range answers {
		q := queries[expr]
		if q.Dashboard != rules.Exporter && q.Title != "Blind spots" {
			t.Errorf("%s shows %v while nothing is known", q, a)
		}
	}
	for _, expr := range list {
		if queries[expr].Title == "Blind spots" && answers[expr][""] != 2 {
			t.Errorf("the blind spots are %v, want 2 kinds", answers[expr])
		}
	}
}

// TestNewFindingsAreKnownOrNot: no 0 before there is anything to compare with, then the 0, then the number. Where the exporter keeps the
// names of findings to itself, or drops some, there is no 0 either.
func TestNewFindingsAreKnownOrNot(t *testing.T) {
	quiet, loud, low, dropped := &world{}, &world{}, &world{}, &world{}
	of := func(family string) func(inputSeries) bool {
		return func(s inputSeries) bool { return strings.HasPrefix(s.Series, "kube_posture_"+family+"{") }
	}
	low.demo(t, oneReplica, false)
	low.Series = slices.DeleteFunc(low.Series, func(s inputSeries) bool { return of("finding")(s) || of("findings_dropped")(s) })
	dropped.demo(t, oneReplica, false)
	dropped.Series = slices.DeleteFunc(dropped.Series, func(s inputSeries) bool { return strings.Contains(s.Series, `name="new"`) })
	at := slices.IndexFunc(dropped.Series, of("findings_dropped"))
	if at < 0 {
		t.Fatal("nothing says how many findings are dropped")
	}
	dropped.Series[at].Values = "1x400"
	quiet.demo(t, oneReplica, false)
	loud.demo(t, oneReplica, false)
	quiet.Series = slices.DeleteFunc(quiet.Series, func(s inputSeries) bool { return strings.Contains(s.Series, `name="new"`) })
	list, queries := expressions(t, ".*")
	list = slices.DeleteFunc(list, func(e string) bool { return queries[e].Title != "New findings" })
	if len(list) != 4 {
		t.Fatalf("%d queries, want 4: now and in a day, of a namespace, of what is chosen", len(list))
	}
	for _, moment := range []struct {
		w        *world
		at       string
		now, day any
	}{{quiet, "30m", nil, nil}, {quiet, "3h", 0.0, nil}, {loud, "3h", 2.0, 2.0}, {low, "3h", nil, nil}, {dropped, "3h", nil, nil}} {
		answers := moment.w.ask(t, list, moment.at)
		for _, expr := range list {
			want := moment.now
			if strings.Contains(expr, "24h") {
				want = moment.day
			}
			value, ok := answers[expr][""]
			if ok != (want != nil) || ok && value != want {
				t.Errorf("%s at %s: %v, want %v", queries[expr], moment.at, answers[expr], want)
			}
		}
	}
}
