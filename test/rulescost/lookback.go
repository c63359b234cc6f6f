package main

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// rule is one rule of the files, in the order of evaluation.
type rule struct {
	File, Group, Name, Severity string
	Recording                   bool
	expr                        parser.Expr
}

// lookback is a place where a rule reads the past.
type lookback struct {
	Rule      string `json:"rule"`
	Recording bool   `json:"recording"`
	Selector  string `json:"selector"`
	// Series is how many series were found, in the round after the last.
	Series int `json:"series"`

	metric string
	// from and to are how old what is read is.
	from, to time.Duration
	query    string
}

// readRules reads rule files as Prometheus does.
func readRules(files []string) ([]rule, error) {
	p := parser.NewParser(parser.Options{})
	var list []rule
	for _, file := range files {
		groups, errs := rulefmt.ParseFile(file, false, model.UTF8Validation, p, promslog.NewNopLogger())
		if len(errs) > 0 {
			return nil, fmt.Errorf("%s: %w", file, errs[0])
		}
		for _, g := range groups.Groups {
			for _, r := range g.Rules {
				expr, err := p.ParseExpr(r.Expr)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", file, err)
				}
				list = append(list, rule{File: file, Group: g.Name, Name: r.Record + r.Alert, Severity: r.Labels["severity"], Recording: r.Record != "", expr: expr})
			}
		}
	}
	return list, nil
}

// lookbacks are the places where the rule reads the past.
func (r *rule) lookbacks() []lookback {
	var list []lookback
	parser.Inspect(r.expr, func(n parser.Node, path []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		l := lookback{Rule: r.Name, Recording: r.Recording, Selector: v.String(), metric: metricOf(v), to: v.OriginalOffset, from: v.OriginalOffset}
		l.query = fmt.Sprintf("count(%s)", v)
		if len(path) > 0 {
			if m, ok := path[len(path)-1].(*parser.MatrixSelector); ok {
				l.from += m.Range
				l.Selector, l.query = m.String(), fmt.Sprintf("count(last_over_time(%s))", m)
			}
		}
		if l.from > 0 {
			list = append(list, l)
		}
		return nil
	})
	return list
}

func metricOf(v *parser.VectorSelector) string {
	if v.Name != "" {
		return v.Name
	}
	for _, m := range v.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

// withoutOffsets is the rule as if the past were the present: what it records then has the labels that it always has.
func (r *rule) withoutOffsets() (string, error) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(r.expr.String())
	if err != nil {
		return "", err
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			v.OriginalOffset = 0
		}
		return nil
	})
	return expr.String(), nil
}
