package dashboards

import (
	"fmt"
	"maps"
	"regexp"
)

// Query is one expression that a dashboard sends to Prometheus.
type Query struct {
	// Dashboard is the uid.
	Dashboard string
	// Title is the panel's; Panel is its ID, 0 for variables and annotations.
	Title string
	Panel int
	// Type is the panel's, or variable, or annotation.
	Type  string
	RefID string
	Expr  string
	// Instant is whether it is asked for one moment, and not for a range.
	Instant bool
	// MayBeEmpty is why it may answer nothing in a healthy cluster with posture data; empty when it must not.
	MayBeEmpty string
}

// Queries lists every expression of the dashboard: of its panels, those in folded rows too, its annotations and its variables.
func (d *Dashboard) Queries() []Query {
	var list []Query
	for _, p := range d.All() {
		for _, t := range p.Targets {
			list = append(list, Query{
				Dashboard: d.UID, Title: p.Title, Panel: p.ID, Type: p.Type, RefID: t.RefID, Expr: t.Expr, Instant: t.Instant,
				MayBeEmpty: orElse(t.MayBeEmpty, p.MayBeEmpty),
			})
		}
	}
	for _, a := range d.Annotations.List {
		list = append(list, Query{
			Dashboard: d.UID, Title: "annotation " + a.Name, Type: "annotation", RefID: a.Target.RefID, Expr: a.Target.Expr, MayBeEmpty: "no alert fires",
		})
	}
	for _, v := range d.Templating.List {
		if v.Series != "" {
			list = append(list, Query{Dashboard: d.UID, Title: "variable " + v.Name, Type: "variable", RefID: "A", Expr: v.Series, Instant: true})
		}
	}
	return list
}

// variable is a variable in a text: $name, ${name}, or ${name:format}. What follows a dot is of the row that a link is in.
var variable = regexp.MustCompile(`\$([a-zA-Z_]\w*)|\$\{([a-zA-Z_]\w*)(?::\w+|(?:\.[^}]*))?\}`)

// Expand puts values in place of variables, and leaves those in place that it has no value for. $__range, $__interval and $__rate_interval
// have values of their own unless they are given.
func Expand(expr string, vars map[string]string) string {
	values := map[string]string{"__range": "1h", "__range_s": "3600", "__interval": "1m", "__rate_interval": "5m"}
	maps.Copy(values, vars)
	return variable.ReplaceAllStringFunc(expr, func(found string) string {
		if value, ok := values[variableName(found)]; ok {
			return value
		}
		return found
	})
}

// Everything are values for every variable of the dashboard that choose all there is.
func (d *Dashboard) Everything() map[string]string {
	values := map[string]string{}
	for _, v := range d.Templating.List {
		if v.Type != "datasource" {
			values[v.Name] = ".*"
		}
	}
	return values
}

// Variables lists the names of the variables in a text, in their order.
func Variables(text string) []string {
	var names []string
	for _, found := range variable.FindAllString(text, -1) {
		names = append(names, variableName(found))
	}
	return names
}

func variableName(found string) string {
	m := variable.FindStringSubmatch(found)
	return orElse(m[1], m[2])
}

// String names the query in a message.
func (q Query) String() string { return fmt.Sprintf("%s: %s (%s)", q.Dashboard, q.Title, q.RefID) }
