package selectors

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	got := Find(`sum by (a) (rate(b_total{c=~"d|e", f!="}"}[5m] offset 1h)) # not_this{x="y"}
	/ on (g) group_left (h, i) max without(j) (k:l:m > bool 1e3)
	or label_replace({__name__=~"n_(o|p)"}, "made", "$1", "__name__", "(.+)")`)
	want := Found{
		Selectors: []Selector{
			{Name: "b_total", Matchers: []Matcher{{"c", "=~", "d|e"}, {"f", "!=", "}"}}},
			{Name: "k:l:m"},
			{Matchers: []Matcher{{"__name__", "=~", "n_(o|p)"}}},
		},
		Grouping: []string{"a", "g", "h", "i", "j"},
		Made:     []string{"made"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProblems(t *testing.T) {
	v := Vocabulary{
		Metrics:    map[string][]string{"m": {"check"}, "m_other": {"namespace"}},
		Everywhere: []string{"cluster"},
		Values:     map[string][]string{"check": {"good", "fine"}},
	}
	for expr, want := range map[string][]string{
		`max by (cluster, check) (m{check=~"good|fine"})`:            nil,
		`m{check="$check"} and on (cluster) {__name__=~"m_(other)"}`: nil,
		`label_join(m, "made", "") * on (made) m_other`:              nil,
		`gone{a="b"}`:                       {"nobody exports gone"},
		`{__name__=~"m_(other|gone)"}`:      {"nobody exports m_gone"},
		`m{namespace="x"}`:                  {"m has no label namespace"},
		`m{check=~"good|bad"}`:              {"the label check is never bad"},
		`sum by (namespace) (m)`:            {"no metric in the expression has the label namespace"},
		`sum by (namespace) (m) + m_other`:  nil,
		`{namespace="x"}`:                   {"a selector names no metric"},
		`m unless on (cluster, check) gone`: {"nobody exports gone"},
	} {
		if diff := cmp.Diff(want, v.Problems(expr)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expr, diff)
		}
	}
}
